import type { ClaimLine } from '../../../engine/claim/claim.ts'
import { isRefusal, type Refusal } from '../../../engine/claim/outcomes.ts'
import { uploadedPacksFault } from '../../../engine/counter/drug-packs.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import { quoteLines } from '../../../engine/counter/settle-visit.ts'
import { changeVisit, type VisitRequest } from '../../../engine/counter/visit-events.ts'
import { remove } from '../../../engine/visit/rules.ts'
import { upload } from '../../../engine/visit/upload.ts'
import type { Visit, VisitLine } from '../../../engine/visit/visit.ts'
import { atItsPrice } from '../../../engine/visit/visit-bill.ts'
import { lineNodes } from '../money/settlement-answer.ts'
import type { Row } from '../row.ts'
import type { OutputRow } from '../write-node.ts'
import { diseaseOf, diseasesFault, infoFor } from './batch-disease.ts'
import {
  type Call,
  type Declined,
  type Done,
  decline,
  declined,
  NOTHING,
  unlessBooked,
} from './call.ts'
import { chargeLine, chargeTypeIn, signsFault, signsFit, supplyOf, taken } from './charge-line.ts'
import { chargedAhead } from './days-to-come.ts'
import { packsOfLines } from './drug-codes.ts'
import { ofVisit } from './outpatient-visit.ts'
import { OF_LINE, particularsOf } from './particulars.ts'
import { settledOf } from './settled.ts'
import { UNLISTED, withOwnPay } from './unlisted-items.ts'

/**
 * 医院审批标志: none is needed; approved; withheld, which makes the line own pay. Any other code might
 * be meant as either of these.
 */
const APPROVALS: Readonly<Record<string, { hospitalApproved?: boolean }>> = {
  '0': {},
  '1': { hospitalApproved: true },
  '2': { hospitalApproved: false },
}

/**
 * 2204 and 2301. Each line is answered with the parts that the policy splits it into, so that an item
 * which cannot be settled is refused before anything is kept.
 */
export async function uploadLines(call: Call): Promise<Done | Declined> {
  const rows = call.input.many('feedetail')
  const [first] = rows
  const codes = packsOfLines(call.input, rows)
  const wrong =
    rowsFault(rows) ?? chargedAhead(call, rows) ?? ('declined' in codes ? codes : undefined)
  const fault = wrong && (await unlessBooked(call, wrong))
  if (fault !== undefined) return fault
  const packs = 'declined' in codes ? [] : codes
  const isStay = call.message.operation === STAY_UPLOAD
  const lines = rows.map(
    (row, at): VisitLine =>
      Object.assign({}, isStay ? stayLineOf(row) : visitLineOf(row), packs[at]),
  )
  const request = ofVisit(call, first!)
  const visit = await findVisit(call.ports, request)
  const mixed = isRefusal(visit) ? undefined : diseasesFault(visit, lines)
  const several = mixed && (await unlessBooked(call, mixed))
  if (several !== undefined) return several
  const unfit = isRefusal(visit) ? visit : await uploadedPacksFault(call.ports, visit, lines)
  if (isRefusal(visit) || unfit !== undefined) return refusedUpload(call, request, unfit!)
  const result: OutputRow[] = []
  const kept: VisitLine[] = []
  const asReturned = returnsOf(visit, lines)
  for (const together of groupsOf(lines)) {
    const [{ batch }] = together as [VisitLine]
    const info = await infoFor(call, visit, await diseaseOf(call, visit, together, batch))
    const own = await withOwnPay(together, (tried) =>
      quoteLines(call.ports, { ...visit, info }, tried.map(asReturned)),
    )
    if (isRefusal(own.outcome)) return refusedUpload(call, request, own.outcome)
    const parts = lineNodes(await settledOf(call, own.outcome, { mdtrtId: request.visitId }))
    for (const [at, row] of parts.entries()) {
      const { returns, particulars } = together[at]!
      const told = Object.assign({}, row, chargeTypeIn(particulars))
      const said = own.unlisted.has(at) ? { memo: UNLISTED, ...told } : told
      result.push(returns === undefined ? said : taken(said))
    }
    kept.push(...own.lines)
  }
  const uploaded = await changeVisit(call.ports, request, (now) => upload(now, kept))
  if (isRefusal(uploaded)) return declined(uploaded)
  const warned = result.some(({ memo }) => memo === UNLISTED) ? { warning: UNLISTED } : {}
  return { output: { result }, booked: true, ...warned }
}

const STAY_UPLOAD = '2301'

/** A return is split as the line that it takes back: a settlement has so much less of that one. */
function returnsOf(visit: Visit, sent: readonly VisitLine[]) {
  const inMessage = new Map(sent.map((one) => [one.line.lineId, one]))
  return (one: VisitLine): VisitLine => {
    const original = one.returns && (visit.lines.get(one.returns) ?? inMessage.get(one.returns))
    if (!original) return one
    const { lineId, quantity, unitPriceFen, amountFen, hospitalApproved } = one.line
    const withheld = hospitalApproved === false ? { hospitalApproved } : {}
    const own = { lineId, quantity, unitPriceFen, amountFen, ...withheld }
    return { ...one, line: atItsPrice({ ...original.line, ...own }) }
  }
}

/** Batches are settled on their own, and so split on their own; a stay has none. */
function groupsOf(lines: readonly VisitLine[]): VisitLine[][] {
  const groups = new Map<string | undefined, VisitLine[]>()
  for (const line of lines) groups.set(line.batch, [...(groups.get(line.batch) ?? []), line])
  return [...groups.values()]
}

/** Nothing is refused under an id that has booked something: that is said instead. */
async function refusedUpload(
  call: Call,
  request: VisitRequest,
  refusal: Refusal,
): Promise<Declined> {
  const earlier = await changeVisit(call.ports, request, () => refusal)
  if (isRefusal(earlier)) return declined(earlier)
  const { declined: sentence, code } = declined(refusal)
  return decline(code, `明细此前已上传成功；现在重新试算时：${sentence}`)
}

function visitsFault(rows: readonly Row[]): Declined | undefined {
  for (const code of ['mdtrt_id', 'psn_no']) {
    if (new Set(rows.map((row) => row.text(code))).size > 1) {
      return decline('invalid-request', `一条报文的明细必须属于同一次就诊（${code}不一致）`)
    }
  }
  return undefined
}

function rowsFault(rows: readonly Row[]): Declined | undefined {
  const mixed = visitsFault(rows)
  if (mixed !== undefined) return mixed
  for (const [index, row] of rows.entries()) {
    const returned = row.node.fields.some(({ code }) => code === RETURNED) && row.has(RETURNED)
    if (!signsFit(row, returned)) {
      return signsFault(index, `；退费须为负数并填写原费用流水号（${RETURNED}）`)
    }
    if (!Object.hasOwn(APPROVALS, approvalOf(row))) {
      return decline(
        'invalid-request',
        `第${index + 1}条明细：医院审批标志（hosp_appr_flag）只能是0（无须审批）、1（审批通过）或2（审批不通过）`,
      )
    }
  }
  return undefined
}

/** 原费用流水号: the line that this one takes back. */
const RETURNED = 'init_feedetl_sn'

function approvalOf(row: Row): string {
  return row.text('hosp_appr_flag') ?? '0'
}

function lineOf(row: Row): ClaimLine {
  return Object.assign({}, chargeLine(row), APPROVALS[approvalOf(row)])
}

function visitLineOf(row: Row): VisitLine {
  return {
    line: Object.assign({}, lineOf(row), supplyOf(row)),
    batch: row.text('chrg_bchno')!,
    particulars: particularsOf(row, OF_LINE),
  }
}

function stayLineOf(row: Row): VisitLine {
  const returns = row.text(RETURNED)
  return {
    line: lineOf(row),
    particulars: particularsOf(row, OF_LINE),
    ...(returns === undefined ? {} : { returns }),
  }
}

const ALL_UNSETTLED = '0000'

/** 2205: a batch, or all lines that are not settled. */
export async function removeLines(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const batch = row.text('chrg_bchno')!
  const removal = batch === ALL_UNSETTLED ? ({ all: true } as const) : { batch }
  const removed = await changeVisit(call.ports, ofVisit(call, row), (visit) =>
    remove(visit, removal),
  )
  return isRefusal(removed) ? declined(removed) : { output: NOTHING, booked: true }
}

/** 2302: lines by their numbers, or all that are not settled. */
export async function removeStayLines(call: Call): Promise<Done | Declined> {
  const rows = call.input.many('data')
  const numbers = rows.map((row) => row.text('feedetl_sn')!)
  const wrong = visitsFault(rows)
  const fault = wrong && (await unlessBooked(call, wrong))
  if (fault !== undefined) return fault
  const removal = numbers.includes(ALL_UNSETTLED) ? ({ all: true } as const) : { numbers }
  const removed = await changeVisit(call.ports, ofVisit(call, rows[0]!), (visit) =>
    remove(visit, removal),
  )
  return isRefusal(removed) ? declined(removed) : { output: NOTHING, booked: true }
}
