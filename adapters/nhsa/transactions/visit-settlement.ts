import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { quoteVisit, settleVisit } from '../../../engine/counter/settle-visit.ts'
import type { AskedPart, Terms } from '../../../engine/visit/visit-bill.ts'
import type { SettledVisit } from '../money/setlinfo.ts'
import { settlementNodes } from '../money/settlement-answer.ts'
import type { Row } from '../row.ts'
import { type Call, type Declined, type Done, declined, unlessBooked } from './call.ts'
import { personOf } from './insured.ts'
import { ofVisit } from './outpatient-visit.ts'
import { OF_SETTLEMENT, particularsOf } from './particulars.ts'
import {
  type DecidedBill,
  insuranceWarning,
  keptAs,
  saidBefore,
  settledOf,
  settlementOutput,
  warned,
} from './settled.ts'

/** What a message asks to be settled of its visit, and what its answer says again. */
export interface AskedSettlement {
  readonly part: AskedPart
  readonly terms: Terms | Declined
  readonly said: Omit<SettledVisit, 'psnNo'>
}

/** 2206 and 2303: what the settlement would answer now, without its id and time. */
export async function trialOf(
  call: Call,
  row: Row,
  { part, terms, said }: AskedSettlement,
): Promise<Done | Declined> {
  await personOf(call, row.text('psn_no')!)
  if ('declined' in terms) return terms
  const quoted = await quoteVisit(call.ports, { part, terms, ...ofVisit(call, row) })
  return isRefusal(quoted) ? declined(quoted) : answerOf(call, row, part, quoted, said)
}

/** 2207 and 2304. The split of the bill that the client sends is not looked at; its total is. */
export async function settlementOf(
  call: Call,
  row: Row,
  { part, terms: asked, said }: AskedSettlement,
): Promise<Done | Declined> {
  const refused = 'declined' in asked ? await unlessBooked(call, asked) : undefined
  if (refused !== undefined) return refused
  const terms = 'declined' in asked ? {} : asked
  const { medType } = said
  const ofSettlement = particularsOf(row, OF_SETTLEMENT)
  const particulars =
    medType === undefined ? ofSettlement : Object.assign({}, ofSettlement, { med_type: medType })
  const booked = await settleVisit(call.ports, { part, terms, particulars, ...ofVisit(call, row) })
  if (isRefusal(booked)) return declined(booked)
  const { answer } = booked
  // What the visit is called may have changed since it was booked.
  const told = { ...said, ...saidBefore({}, answer) }
  return { ...(await answerOf(call, row, part, answer, told)), booked: keptAs(call, answer) }
}

async function answerOf(
  call: Call,
  row: Row,
  part: AskedPart,
  bill: DecidedBill,
  said: AskedSettlement['said'],
): Promise<Done> {
  const nodes = settlementNodes(await settledOf(call, bill, said))
  const output = settlementOutput(call.envelope.transaction, nodes)
  const { warning } = insuranceWarning(row, nodes)
  return { output, ...warned(warning, dischargeWarning(part, bill)) }
}

/** What is told where the message names another day than the discharge (2402), which counts. */
function dischargeWarning(part: AskedPart, { decision }: DecidedBill): string | undefined {
  if (!('final' in part) || !part.final) return undefined
  const { until = decision.discharge } = part
  if (until === decision.discharge) return undefined
  return `出院时间（dscgTime）与出院登记不一致：报文为${until}，已按${decision.discharge}结算`
}
