import { createHash } from 'node:crypto'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { quotePurchase, settlePurchase } from '../../../engine/counter/settle-visit.ts'
import { visitLineForm } from '../../../engine/visit/event-form.ts'
import type { VisitInfo, VisitLine } from '../../../engine/visit/visit.ts'
import type { Terms } from '../../../engine/visit/visit-bill.ts'
import type { Settled } from '../money/setlinfo.ts'
import { lineNodes, settlementNodes } from '../money/settlement-answer.ts'
import type { Row } from '../row.ts'
import { accountOf } from './account-use.ts'
import { type Call, type Declined, type Done, declined, unlessBooked } from './call.ts'
import { chargeLine, chargeTypeIn, signsFault, signsFit, supplyOf } from './charge-line.ts'
import { chargedAhead } from './days-to-come.ts'
import { packsOfLines } from './drug-codes.ts'
import { careFault, careTypeOf, credentialFault } from './insured.ts'
import { OF_LINE, particularsOf } from './particulars.ts'
import { identityIn } from './person.ts'
import { answered, insuranceWarning, settledOf, settlementOutput, warned } from './settled.ts'
import { UNLISTED, withOwnPay } from './unlisted-items.ts'

/** 2101: what 2102 would answer now, without its ids and time. */
export async function preSettleDrugs(call: Call): Promise<Done | Declined> {
  const purchase = await purchaseIn(call)
  if ('declined' in purchase) return purchase
  const { outcome: quoted } = await withOwnPay(purchase.lines, (lines) =>
    quotePurchase(call.ports, { ...call.message, ...purchase, lines }),
  )
  if (isRefusal(quoted)) return declined(quoted)
  return answerOf(call, await settledOf(call, quoted, saidIn(call, '')))
}

/** 2102: a purchase that is opened, loaded and settled in one; the same one again is the same. */
export async function settleDrugs(call: Call): Promise<Done | Declined> {
  const asked = await purchaseIn(call)
  const refused = 'declined' in asked ? await unlessBooked(call, asked) : undefined
  if (refused !== undefined) return refused
  const purchase = 'declined' in asked ? BOOKED_BEFORE : asked
  const row = call.input.one('druginfo')
  const request = {
    ...call.message,
    personId: row.text('psn_no')!,
    ...purchase,
    particulars: particularsOf(row),
    sameness: samenessOf(row, call.input.many('drugdetail'), purchase.lines),
  }
  const { outcome: booked } = await withOwnPay(purchase.lines, (lines) =>
    settlePurchase(call.ports, { ...request, lines }),
  )
  if (isRefusal(booked)) return declined(booked)
  const settled = await settledOf(call, booked.answer, saidIn(call, booked.answer.visitId))
  return { ...answerOf(call, settled), booked: true }
}

interface Purchase {
  readonly personId: string
  readonly info: VisitInfo
  readonly lines: readonly VisitLine[]
  readonly terms: Terms
}

/** What a message says that is answered from its entry, whatever it says. */
const BOOKED_BEFORE: Omit<Purchase, 'personId'> = {
  info: { begunOn: '0001-01-01', careType: 'pharmacy' },
  lines: [],
  terms: {},
}

async function purchaseIn(call: Call): Promise<Purchase | Declined> {
  const row = call.input.one('druginfo')
  const rows = call.input.many('drugdetail')
  const foreign = await credentialFault(call, row)
  if (foreign !== undefined) return foreign
  const wrong = rows.findIndex((line) => !signsFit(line, false))
  if (wrong >= 0) return signsFault(wrong)
  const ahead = chargedAhead(call, rows)
  if (ahead !== undefined) return ahead
  const codes = packsOfLines(call.input, rows)
  if ('declined' in codes) return codes
  const begunOn = row.date('begntime')!
  const diseaseCode = row.text('dise_codg')
  const careType = await careTypeOf(call, row, begunOn, diseaseCode)
  if (typeof careType !== 'string') return careType
  const unfit = careFault('day', careType)
  if (unfit !== undefined) return unfit
  const totalFen = row.amount('medfee_sumamt')!
  const account = await accountOf(call, row, begunOn, totalFen)
  if ('declined' in account) return account
  return {
    personId: row.text('psn_no')!,
    info: { begunOn, careType, ...(diseaseCode === undefined ? {} : { diseaseCode }) },
    lines: rows.map((line, at) => ({
      line: Object.assign({}, chargeLine(line), supplyOf(line)),
      particulars: particularsOf(line, OF_LINE),
      ...codes[at]!,
    })),
    terms: { totalFen, account },
  }
}

const OF_PURCHASE = ['psn_no', 'insutype', 'dise_codg', 'acct_used_flag', 'med_type', 'invono']
const OF_SOLD_LINE = ['rxno', 'medins_list_codg']

/**
 * What tells one purchase from another: all but message id and time of sending, and the credential,
 * as an electronic one has another token each time that it is shown.
 */
function samenessOf(row: Row, rows: readonly Row[], lines: readonly VisitLine[]): string {
  const texts = (of: Row, codes: readonly string[]) => codes.map((code) => of.text(code) ?? null)
  const said = [
    texts(row, OF_PURCHASE),
    row.time('begntime'),
    row.amount('medfee_sumamt'),
    rows.map((line) => [texts(line, OF_SOLD_LINE), line.time('fee_ocur_time')]),
    lines.map(visitLineForm),
  ]
  return createHash('sha256').update(JSON.stringify(said)).digest('base64url')
}

function saidIn({ input }: Call, visitId: string) {
  const row = input.one('druginfo')
  return {
    mdtrtId: visitId,
    mdtrtCertType: row.text('mdtrt_cert_type')!,
    medType: row.text('med_type')!,
    ...identityIn(row),
  }
}

function answerOf({ envelope, input }: Call, settled: Settled): Done {
  const nodes = settlementNodes(settled)
  const { transaction } = envelope
  const rows = input.many('drugdetail')
  // A pharmacy's messages say nothing of approvals: only what no catalogue has was without one.
  const unlisted = settled.claim.lines.map(({ hospitalApproved }) => hospitalApproved === false)
  const detlcutinfo = lineNodes(settled).map((row, at) =>
    answered(
      transaction,
      'detlcutinfo',
      Object.assign(
        {},
        row,
        chargeTypeIn(particularsOf(rows[at]!, OF_LINE)),
        unlisted[at] && { memo: UNLISTED },
      ),
    ),
  )
  const { warning } = insuranceWarning(input.one('druginfo'), nodes)
  return {
    output: { ...settlementOutput(transaction, nodes), detlcutinfo },
    ...warned(warning, unlisted.includes(true) ? UNLISTED : undefined),
  }
}
