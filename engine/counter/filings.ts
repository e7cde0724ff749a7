import { chinaDate } from '../calendar/china-time.ts'
import { filingId, filingPositionOf } from '../claim/ids.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Entry, MessageKey } from '../ledger/entry.ts'
import type { Guard } from '../ledger/ports.ts'
import type { ApprovalRecord } from '../registry/records.ts'
import type { Particulars } from '../visit/visit.ts'
import { type Booked, book, earlier } from './booked.ts'
import { withFiled, withoutFiled } from './filed-records.ts'
import { type Filing, type FilingEvent, packFiling, unpackFiling } from './filing-form.ts'
import { settlementUsing } from './filing-use.ts'
import {
  FILINGS_SUBJECT,
  type Filed,
  type FilingsRead,
  filingsOf,
  type StandingFiling,
} from './filings-of.ts'
import { RecordReading } from './record-reading.ts'
import { changeEntry } from './records.ts'
import { keyOf, type VisitMessage, type VisitPorts } from './visit-events.ts'

export interface FilingRequest extends VisitMessage {
  readonly personId: string
  readonly filing: Filing
  readonly particulars: Particulars
}

export interface WithdrawalRequest extends VisitMessage {
  readonly personId: string
  readonly filingId: string
  /** Of which sort the sender takes it to be. */
  readonly type: Filing['type']
  readonly particulars: Particulars
}

/** The filing that a message made, found standing or withdrew. */
export interface FilingAnswer {
  readonly filingId: string
}

/**
 * Files: changes the record that decisions lean on and books who filed it, in one commit. The same
 * filed again by the same institution is answered with the filing that stands, as long as the record
 * has it.
 */
export function file(
  ports: VisitPorts,
  request: FilingRequest,
): Promise<Booked<FilingAnswer> | Refusal> {
  return bookFiling(ports, request, async (reading, filings) => {
    const { personId, requester, filing, particulars } = request
    const person = await reading.record('person', personId)
    if (person === undefined) return refuse('person-unknown', 'No such person is registered.')
    const same = lastOf(filings, filing)
    if (same?.institutionId === requester.id && (await isRegistered(reading, same))) {
      return { event: { type: 'filed-before', filed: same.position } }
    }
    const filed = { type: 'filed', personId, institutionId: requester.id, filing } as const
    if (filing.type === 'referral') {
      const { last } = filings
      // Nobody else can have filed after `last`: the guard of the person's filings holds.
      const record: ApprovalRecord = {
        approvalId: `F${last}-${personId}`,
        version: 0,
        kind: 'referral',
        personId,
        registeredOn: chinaDate(ports.now()),
        ...filing.approval,
      }
      const change = await changeEntry(ports, reading, requester, 'approval', undefined, record)
      if (isRefusal(change)) return change
      return { event: { ...filed, approvalId: record.approvalId, particulars }, change }
    }
    const record = withFiled(person, filing)
    if (isRefusal(record)) return record
    const change = await changeEntry(ports, reading, requester, 'person', person, record)
    return isRefusal(change) ? change : { event: { ...filed, particulars }, change }
  })
}

/**
 * Takes back what this institution filed. A filing on which a settlement stands is not taken from
 * under it: the settlement is to be reversed first, as with lines that are settled.
 */
export function withdraw(
  ports: VisitPorts,
  request: WithdrawalRequest,
): Promise<Booked<FilingAnswer> | Refusal> {
  return bookFiling(ports, request, async (reading, filings) => {
    const { requester, particulars } = request
    const filed = filedAt(ports, request)
    if (isRefusal(filed)) return filed
    const { position, event } = filed
    if (!filings.standing.some((one) => one.position === position)) {
      return refuse('filing-withdrawn', 'The filing was withdrawn before.')
    }
    const person = await reading.record('person', event.personId)
    const using = settlementUsing(ports, event, await reading.ofPerson(event.personId))
    if (using !== undefined) {
      const more = { settlementId: using }
      return refuse('filing-in-use', `The settlement ${using} leans on it.`, { more })
    }
    // Since the agency took it out, another may have filed the same: that one is not taken back.
    if (lastOf(filings, event.filing)?.position !== position) return changedSince()
    const withdrawal = { type: 'withdrawn', filed: position, particulars } as const
    const { approvalId } = event
    if (approvalId !== undefined) {
      const approval = await reading.record('approval', approvalId)
      if (approval === undefined || approval.withdrawn === true) return changedSince()
      const record = { ...approval, withdrawn: true } as const
      const change = await changeEntry(ports, reading, requester, 'approval', approval, record)
      return isRefusal(change) ? change : { event: withdrawal, change }
    }
    const record = person && withoutFiled(person, event.filing)
    if (person === undefined || record === undefined) return changedSince()
    const change = await changeEntry(ports, reading, requester, 'person', person, record)
    return isRefusal(change) ? change : { event: withdrawal, change }
  })
}

/** The last filing of just this that stands, whoever's it is. */
function lastOf({ standing }: FilingsRead, filing: Filing): StandingFiling | undefined {
  const form = JSON.stringify(filing)
  return standing.findLast((one) => JSON.stringify(one.filing) === form)
}

/** Whether the record still has what was filed: the agency may have taken it out or changed it since. */
async function isRegistered(reading: RecordReading, filed: Filed): Promise<boolean> {
  const { approvalId, filing, personId } = filed
  if (filing.type === 'referral') {
    const { from, until, institutionId } = filing.approval
    const approval = await reading.record('approval', approvalId!)
    return (
      approval !== undefined &&
      approval.withdrawn !== true &&
      approval.from === from &&
      approval.until === until &&
      approval.institutionId === institutionId
    )
  }
  const person = await reading.record('person', personId)
  return person !== undefined && withoutFiled(person, filing) !== undefined
}

function changedSince(): Refusal {
  return refuse('filing-changed', 'The record is no longer as it was filed.')
}

/** What a message makes of a person's filings, with the change of a record that goes before it. */
interface Decided {
  readonly event: FilingEvent
  readonly change?: Entry
}

function bookFiling(
  ports: VisitPorts,
  request: VisitMessage & { readonly personId: string },
  decide: (reading: RecordReading, filings: FilingsRead) => Promise<Decided | Refusal>,
): Promise<Booked<FilingAnswer> | Refusal> {
  const key = keyOf(request)
  return ports.inWork.run(key, async () => {
    for (;;) {
      const reading = new RecordReading(ports)
      const filings = await filingsOf(ports, request.personId)
      const decided = await decide(reading, filings)
      if (isRefusal(decided)) return (await earlier(ports, request, key, answerIn)) ?? decided
      const { event, change } = decided
      const before = change === undefined ? [] : [change]
      const outcome = await book(ports, request, key, answerIn, {
        entries: [...before, filingEntry(ports, request, key, filings, event)],
        guards: distinct([...reading.guards, filings.guard]),
        answer: (first) => ({ answer: answerOf(event, first + before.length), replayed: false }),
      })
      if (outcome !== 'moved') return outcome
    }
  })
}

function filingEntry(
  ports: VisitPorts,
  { requester, requestHash }: VisitMessage,
  key: MessageKey,
  { guard, last }: FilingsRead,
  event: FilingEvent,
): Entry {
  return {
    kind: 'filing',
    bookedAt: ports.now(),
    source: requester.id,
    keys: [key],
    requestHash,
    subjects: [guard.subject, FILINGS_SUBJECT],
    deltas: [],
    content: packFiling({ event, previous: last }),
  }
}

function distinct(guards: readonly Guard[]): Guard[] {
  return [...new Map(guards.map((guard) => [guard.subject, guard])).values()]
}

function answerOf(event: FilingEvent, position: number): FilingAnswer {
  return { filingId: filingId(event.type === 'filed' ? position : event.filed) }
}

function answerIn(entry: Entry, position: number): FilingAnswer {
  return answerOf(unpackFiling(entry).event, position)
}

/** The filing that a withdrawal names; another institution's, person's or sort's is unknown. */
function filedAt(
  ports: VisitPorts,
  { filingId: id, personId, type, requester }: WithdrawalRequest,
): { position: number; event: Filed } | Refusal {
  const unknown = refuse('filing-unknown', 'There is no such filing.')
  const position = filingPositionOf(id)
  const entry = position === undefined ? undefined : ports.ledger.entry(position)
  if (position === undefined || entry?.kind !== 'filing') return unknown
  const { event } = unpackFiling(entry)
  if (event.type !== 'filed' || event.institutionId !== requester.id) return unknown
  return event.personId === personId && event.filing.type === type ? { position, event } : unknown
}
