import { exactDecimal, roundedOff } from './exact-decimal.ts'

/**
 * The identities that hold between the amounts of the national interface, on every answer, settled
 * or cancelled. Amounts are exact integers: of fen, counts of 1/10,000, prices and shares of as many
 * places as the interface gives them.
 */

/** One row of an answer: its members as JSON has them, numbers or texts. */
export type ParsedRow = Readonly<Record<string, unknown>>

/** What a member says, as an integer of 1/10^`places`; nothing where it is empty. */
export type ReadAmount = (said: unknown, places: number) => bigint | undefined

/** The parts of an answer that the identities speak of. */
export interface ParsedSettlement {
  readonly setlinfo: ParsedRow
  readonly setldetail: readonly ParsedRow[]
}

/** An identity that does not hold, or an amount that it needs and cannot be read. */
export interface BrokenIdentity {
  readonly identity: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'unreadable'
  /** What should be equal, with the amounts of both sides as decimals. */
  readonly detail: string
}

const FEN = 2
const COUNT = 4
const PRICE = 6
const SHARE = 4

/** What the funds pay, column by column; `hifdm_pay` exists in some provinces only. */
const FUNDS = [
  'hifp_pay',
  'cvlserv_pay',
  'hifes_pay',
  'hifmi_pay',
  'hifob_pay',
  'maf_pay',
  'oth_pay',
] as const

/**
 * The first identity from I1 to I5 that a settlement's answer breaks, or nothing.
 *
 * The exceptions, all of them: cancellations may leave the patient's and the hospital's part empty
 * (some provinces write them as `psn_pay` and `ownpay_hosp_part` there); an identity with a part that
 * nobody wrote says nothing.
 */
export function brokenIdentity(
  { setlinfo, setldetail }: ParsedSettlement,
  amountIn: ReadAmount = exactDecimal,
): BrokenIdentity | undefined {
  return firstOf(() => {
    const optional = (name: string) => amountIn(setlinfo[name], FEN)
    const of = (name: string) => needed(optional(name), name)
    const total = of('medfee_sumamt')
    const fund = of('fund_pay_sumamt')
    const account = of('acct_pay')
    const cash = of('psn_cash_pay')
    const hospital = optional('hosp_part_amt') ?? optional('ownpay_hosp_part')
    const patient = optional('psn_part_amt') ?? optional('psn_pay')
    const ownPay = of('fulamt_ownpay_amt') + of('overlmt_selfpay') + of('preselfpay_amt')
    const columns = FUNDS.reduce((sum, name) => sum + of(name), optional('hifdm_pay') ?? 0n)
    const rows = setldetail.reduce(
      (sum, row) => sum + needed(amountIn(row['fund_payamt'], FEN), 'fund_payamt'),
      0n,
    )
    return [
      equal(
        'I1',
        'medfee_sumamt = fulamt_ownpay_amt + overlmt_selfpay + preselfpay_amt + inscp_scp_amt',
        total,
        ownPay + of('inscp_scp_amt'),
      ),
      equal('I2', 'fund_pay_sumamt = the sum of what the funds pay', fund, columns),
      equal(
        'I3',
        'medfee_sumamt = fund_pay_sumamt + psn_part_amt + hosp_part_amt',
        total,
        sumOf(fund, patient, hospital),
      ),
      equal('I4', 'psn_part_amt = acct_pay + psn_cash_pay', patient, account + cash),
      equal(
        'I5',
        'the sum of setldetail = fund_pay_sumamt + acct_pay + hosp_part_amt',
        rows,
        sumOf(fund, account, hospital),
      ),
      equal('I5', 'the sum of setldetail = medfee_sumamt - psn_cash_pay', rows, total - cash),
    ]
  })
}

/** Nothing where one of the parts is nothing. */
function sumOf(...parts: readonly (bigint | undefined)[]): bigint | undefined {
  return parts.reduce(
    (sum, part) => (sum === undefined || part === undefined ? undefined : sum + part),
    0n,
  )
}

/**
 * The first identity, I6 or I7, that a line of an answer breaks, or nothing. A line without count,
 * price or share is held against the rest; a share of 0 beside a first self-pay is an empty one.
 */
export function brokenLineIdentity(
  line: ParsedRow,
  amountIn: ReadAmount = exactDecimal,
): BrokenIdentity | undefined {
  return firstOf(() => {
    const of = (name: string) => needed(amountIn(line[name], FEN), name)
    const total = of('det_item_fee_sumamt')
    const ownPay = of('fulamt_ownpay_amt')
    const overLimit = of('overlmt_amt')
    const firstSelfPay = of('preselfpay_amt')
    const count = amountIn(line['cnt'], COUNT)
    const price = amountIn(line['pric'], PRICE)
    const share = amountIn(line['selfpay_prop'], SHARE)
    const isTold = share !== undefined && (share !== 0n || firstSelfPay === 0n)
    const buckets = ownPay + overLimit + firstSelfPay + of('inscp_scp_amt')
    const priced =
      count === undefined || price === undefined
        ? undefined
        : roundedOff(count * price, COUNT + PRICE - FEN)
    const within = total - ownPay - overLimit
    return [
      equal('I6', 'det_item_fee_sumamt = the sum of its four parts', total, buckets),
      equal('I6', 'det_item_fee_sumamt = cnt x pric', total, priced),
      equal(
        'I7',
        'preselfpay_amt = the amount within the ceiling x selfpay_prop',
        firstSelfPay,
        isTold ? roundedOff(within * share, SHARE) : undefined,
      ),
    ]
  })
}

function firstOf(
  identities: () => readonly (BrokenIdentity | undefined)[],
): BrokenIdentity | undefined {
  try {
    return identities().find((broken) => broken !== undefined)
  } catch (error) {
    if (error instanceof RangeError) return { identity: 'unreadable', detail: error.message }
    throw error
  }
}

function needed(value: bigint | undefined, name: string): bigint {
  if (value === undefined) throw new RangeError(`${name} is missing`)
  return value
}

function equal(
  identity: BrokenIdentity['identity'],
  what: string,
  left: bigint | undefined,
  right: bigint | undefined,
): BrokenIdentity | undefined {
  if (left === undefined || right === undefined || left === right) return undefined
  return { identity, detail: `${what}: ${inYuan(left)} is not ${inYuan(right)}` }
}

function inYuan(fen: bigint): string {
  const digits = String(fen < 0n ? -fen : fen).padStart(FEN + 1, '0')
  return `${fen < 0n ? '-' : ''}${digits.slice(0, -FEN)}.${digits.slice(-FEN)}`
}
