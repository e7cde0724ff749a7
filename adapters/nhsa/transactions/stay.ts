import { isRefusal, type Refusal } from '../../../engine/claim/outcomes.ts'
import { openVisit } from '../../../engine/counter/open-visit.ts'
import { changeVisit } from '../../../engine/counter/visit-events.ts'
import { cancel, change, discharge, undoDischarge } from '../../../engine/visit/rules.ts'
import type { Visit, VisitEvent, VisitInfo } from '../../../engine/visit/visit.ts'
import type { Row } from '../row.ts'
import { type Call, type Declined, type Done, declined, NOTHING, unlessBooked } from './call.ts'
import { notYet } from './days-to-come.ts'
import { diagnosesAfter, diagnosesOf } from './diagnoses.ts'
import { careFault, careTypeOf, credentialFault } from './insured.ts'
import { ofVisit } from './outpatient-visit.ts'
import { particularsOf } from './particulars.ts'

/** 2401. Refused while the person lies anywhere, naming the place. */
export async function admit(call: Call): Promise<Done | Declined> {
  const row = call.input.one('mdtrtinfo')
  const info = await infoOf(call, row)
  const fault =
    (await credentialFault(call, row)) ??
    ('declined' in info ? info : undefined) ??
    notYet(call, row, 'begntime')
  const refused = fault && (await unlessBooked(call, fault))
  if (refused !== undefined) return refused
  const begunOn = row.date('begntime')!
  const said = diagnosesOf(call.input.many('diseinfo'))
  const opened = await openVisit(call.ports, {
    ...call.message,
    kind: 'stay',
    personId: row.text('psn_no')!,
    info: { ...('declined' in info ? { begunOn, careType: 'inpatient' } : info), ...said.info },
    particulars: { ...particularsOf(row), ...said.particulars },
  })
  if (isRefusal(opened)) return declined(opened)
  return { output: { result: { mdtrt_id: opened.answer.visitId } }, booked: true }
}

/** 2402, with the diagnoses at discharge. */
export async function dischargeStay(call: Call): Promise<Done | Declined> {
  const row = call.input.one('dscginfo')
  const diseaseCode = row.text('dise_codg')
  const said = diagnosesOf(call.input.many('diseinfo'))
  const info = { ...said.info, ...(diseaseCode === undefined ? {} : { diseaseCode }) }
  const early = notYet(call, row, 'endtime')
  const refused = early && (await unlessBooked(call, early))
  if (refused !== undefined) return refused
  const on = row.date('endtime')!
  const particulars = { ...particularsOf(row), ...said.particulars }
  return changeStay(call, row, (visit) => discharge(visit, { on, info, particulars }))
}

/** 2403. A diagnosis that it does not name, by number, stays as it is. */
export async function changeAdmission(call: Call): Promise<Done | Declined> {
  const row = call.input.one('adminfo')
  const info = await infoOf(call, row)
  const fault = 'declined' in info ? info : notYet(call, row, 'begntime')
  const refused = fault && (await unlessBooked(call, fault))
  if (refused !== undefined) return refused
  const particulars = particularsOf(row)
  return changeStay(call, row, (visit) => {
    const said = diagnosesAfter(visit, call.input.many('diseinfo'))
    return change(visit, {
      info: { ...('declined' in info ? {} : info), ...said.info },
      particulars: { ...particulars, ...said.particulars },
    })
  })
}

/** 2404: without lines or settlements only. */
export function cancelAdmission(call: Call): Promise<Done | Declined> {
  return changeStay(call, call.input.one('data'), (visit) => cancel(visit))
}

/** 2405. */
export function undoDischarged(call: Call): Promise<Done | Declined> {
  return changeStay(call, call.input.one('data'), undoDischarge)
}

async function changeStay(
  call: Call,
  row: Row,
  decide: (visit: Visit) => VisitEvent | Refusal,
): Promise<Done | Declined> {
  const changed = await changeVisit(call.ports, ofVisit(call, row), decide)
  return isRefusal(changed) ? declined(changed) : { output: NOTHING, booked: true }
}

async function infoOf(call: Call, row: Row): Promise<VisitInfo | Declined> {
  const begunOn = row.date('begntime')!
  const diseaseCode = row.text('dise_codg')
  const careType = await careTypeOf(call, row, begunOn, diseaseCode)
  if (typeof careType !== 'string') return careType
  const unfit = careFault('stay', careType)
  if (unfit !== undefined) return unfit
  return { begunOn, careType, ...(diseaseCode === undefined ? {} : { diseaseCode }) }
}
