import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { MessageKey } from '../ledger/entry.ts'
import { type Particulars, type VisitEvent, type VisitInfo, visitSubject } from '../visit/visit.ts'
import { type Booked, earlier } from './booked.ts'
import { findRecord } from './records.ts'
import {
  bookEvent,
  changeIn,
  keyOf,
  type VisitChange,
  type VisitMessage,
  type VisitPorts,
} from './visit-events.ts'

export interface OpenVisitRequest extends VisitMessage {
  /** 挂号 or 入院. */
  readonly kind: 'outpatient' | 'stay'
  readonly personId: string
  readonly info: VisitInfo
  readonly particulars?: Particulars
}

/** Opens a visit of a registered person; an admission is refused while the person is in hospital. */
export function openVisit(
  ports: VisitPorts,
  request: OpenVisitRequest,
): Promise<Booked<VisitChange> | Refusal> {
  const key = keyOf(request)
  return ports.inWork.run(key, () => openAlone(ports, request, key))
}

async function openAlone(
  ports: VisitPorts,
  request: OpenVisitRequest,
  key: MessageKey,
): Promise<Booked<VisitChange> | Refusal> {
  const stranger = await strangersFault(ports, request)
  if (stranger !== undefined) return (await earlier(ports, request, key, changeIn)) ?? stranger
  const { kind, personId, info, particulars = {}, requester } = request
  const event: VisitEvent = {
    type: 'opened',
    kind,
    personId,
    institutionId: requester.id,
    info,
    lines: [],
    particulars,
  }
  const guard = { subject: visitSubject(key), position: 0 }
  for (;;) {
    // Nobody but this message opens it; whether it did before is for the key to say.
    const outcome = await bookEvent(ports, request, key, { last: 0, guard }, event)
    if (outcome !== 'moved') return outcome
  }
}

/** Whether person and institution are registered; whether they may settle is decided then. */
export async function strangersFault(
  ports: VisitPorts,
  { requester, personId }: Pick<OpenVisitRequest, 'requester' | 'personId'>,
): Promise<Refusal | undefined> {
  if (requester.role !== 'institution') {
    return refuse('role-not-allowed', 'Only an institution has visits.')
  }
  if (isRefusal(await findRecord(ports, 'institution', requester.id))) {
    return refuse('institution-unknown', 'The institution is not registered.')
  }
  if (isRefusal(await findRecord(ports, 'person', personId))) {
    return refuse('person-unknown', 'No such person is registered.', {
      errors: [{ pointer: '/personId', code: 'unknown' }],
    })
  }
  return undefined
}
