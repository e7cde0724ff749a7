import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { openVisit } from '../../../engine/counter/open-visit.ts'
import { changeVisit } from '../../../engine/counter/visit-events.ts'
import { cancel, change } from '../../../engine/visit/rules.ts'
import type { Row } from '../row.ts'
import { type Call, type Declined, type Done, declined, NOTHING, unlessBooked } from './call.ts'
import { diagnosesAfter } from './diagnoses.ts'
import { careFault, careTypeOf, credentialFault } from './insured.ts'
import { particularsOf } from './particulars.ts'

/** 2201. What kind of care it becomes, and for what, is for 2203 or the settlement to say. */
export async function register(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const foreign = await credentialFault(call, row)
  const refused = foreign && (await unlessBooked(call, foreign))
  if (refused !== undefined) return refused
  const opened = await openVisit(call.ports, {
    ...call.message,
    kind: 'outpatient',
    personId: row.text('psn_no')!,
    info: { begunOn: row.date('begntime')!, careType: 'outpatient' },
    particulars: particularsOf(row),
  })
  if (isRefusal(opened)) return declined(opened)
  const { visitId, event } = opened.answer
  return {
    output: {
      data: {
        mdtrt_id: visitId,
        psn_no: event.type === 'opened' ? event.personId : undefined,
        ipt_otp_no: row.text('ipt_otp_no'),
      },
    },
    booked: true,
  }
}

/** 2202. Unsettled lines go with the registration. */
export async function cancelRegistration(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const cancelled = await changeVisit(call.ports, ofVisit(call, row), (visit) => cancel(visit))
  return isRefusal(cancelled) ? declined(cancelled) : { output: NOTHING, booked: true }
}

/**
 * 2203 and 2203A: diagnoses, disease and kind of care. A diagnosis goes by its number, and counts until it
 * is sent as void.
 */
export async function describeVisit(call: Call): Promise<Done | Declined> {
  const row = call.input.one('mdtrtinfo')
  const begunOn = row.date('begntime')!
  const diseaseCode = row.text('dise_codg')
  const careType = await careTypeOf(call, row, begunOn, diseaseCode)
  const fault = typeof careType === 'string' ? careFault('day', careType) : careType
  const refused = fault && (await unlessBooked(call, fault))
  if (refused !== undefined) return refused
  const info = {
    begunOn,
    ...(typeof careType === 'string' ? { careType } : {}),
    ...(diseaseCode === undefined ? {} : { diseaseCode }),
  }
  const particulars = particularsOf(row)
  const changed = await changeVisit(call.ports, ofVisit(call, row), (visit) => {
    const said = diagnosesAfter(visit, call.input.many('diseinfo'))
    return change(visit, {
      info: { ...info, ...said.info },
      particulars: { ...particulars, ...said.particulars },
    })
  })
  return isRefusal(changed) ? declined(changed) : { output: NOTHING, booked: true }
}

/** A message about the visit and the patient that a row names. */
export function ofVisit({ message }: Call, row: Row) {
  return { visitId: row.text('mdtrt_id')!, personId: row.text('psn_no')!, ...message }
}
