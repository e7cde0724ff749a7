import type { Fen } from '../../../engine/money/fen.ts'
import { nhsaCode } from '../../../engine/policy/nhsa.ts'
import type { CodeName } from '../../../engine/policy/pack.ts'
import { brokenIdentity, brokenLineIdentity } from './identities.ts'
import { lineRows } from './line-rows.ts'
import { setldetail } from './setldetail.ts'
import {
  type InterfaceRow,
  interfaceOf,
  interfaceTime,
  type Settled,
  setlinfo,
} from './setlinfo.ts'

/** The nodes in which the national interface answers for a settlement. */
export interface SettlementNodes {
  readonly setlinfo: InterfaceRow
  readonly setldetail: readonly InterfaceRow[]
}

/**
 * What 2102, 2206, 2207, 2303 and 2304 answer for a trial or a settlement. A pure function of what the
 * journal keeps, so that every later answer is the same. Throws when an identity is broken: our bug,
 * and nothing must leave.
 */
export function settlementNodes(settled: Settled): SettlementNodes {
  return sound({ setlinfo: setlinfo(settled), setldetail: setldetail(settled) })
}

/** A cancellation: 2103, 2208, 2305. */
export interface Cancelled {
  readonly setlId: string
  readonly bookedAt: number
  /** Of the call that cancels, not of the one that settled. */
  readonly messageId: string
  /** What the person's account holds after it. */
  readonly balanceFen: Fen | undefined
}

/**
 * What a cancellation answers: every amount of the settlement negated exactly, the deductible, too;
 * proportion, age and codes as they were. How the settlement came about is not told again.
 */
export function cancellationNodes(settled: Settled, cancelled: Cancelled): SettlementNodes {
  return negatedBy(settlementNodes(settled), cancelled)
}

function negatedBy({ setlinfo, setldetail }: SettlementNodes, cancelled: Cancelled) {
  return sound({
    setlinfo: {
      ...negated(setlinfo),
      setl_id: cancelled.setlId,
      setl_time: interfaceTime(cancelled.bookedAt),
      medins_setl_id: cancelled.messageId,
      balc: cancelled.balanceFen,
    },
    setldetail: setldetail.map((row) => ({
      ...negated(row),
      crt_payb_lmt_amt: undefined,
      setl_proc_info: undefined,
    })),
  })
}

/** What became of a settlement, and whether it or its cancellation is asked for. */
export type Queried = 'standing' | 'cancelled' | Cancelled

/**
 * What 5203 answers: beside `setlinfo` the same sums under further names, where it was and of which
 * year.
 */
export function queriedNodes(settled: Settled, queried: Queried): SettlementNodes {
  const { decision, claim } = settled
  const { amounts, facts } = decision
  const nhsa = interfaceOf(settled)
  const code = (name: CodeName) => nhsaCode(nhsa, name, facts)
  const { setlinfo, setldetail } = settlementNodes(settled)
  const further = {
    begndate: decision.admission,
    enddate: decision.discharge,
    insu_optins: decision.clearing.homeDistrict,
    fixmedins_code: decision.clearing.institutionId,
    fixmedins_poolarea: decision.clearing.careDistrict,
    pay_loc: code('pay_loc'),
    hosp_lv: code('hosp_lv'),
    dedc_hosp_lv: code('dedc_hosp_lv'),
    psn_pay: amounts.patientFen,
    cash_payamt: amounts.cashFen,
    refd_setl_flag: queried === 'standing' ? '0' : '1',
    year: String(decision.benefitYear),
    dise_codg: claim.diseaseCode,
  }
  const nodes = { setlinfo: { ...setlinfo, ...further }, setldetail }
  return typeof queried === 'string' ? nodes : negatedBy(nodes, queried)
}

/** `detlcutinfo`: the lines as they were split. Throws when an identity is broken. */
export function lineNodes(settled: Settled): readonly InterfaceRow[] {
  const rows = lineRows(settled)
  for (const row of rows) {
    const broken = brokenLineIdentity(row, scaledInteger)
    if (broken !== undefined) throw new Error(`a line breaks ${broken.identity}: ${broken.detail}`)
  }
  return rows
}

function sound(nodes: SettlementNodes): SettlementNodes {
  const broken = brokenIdentity(nodes, scaledInteger)
  if (broken === undefined) return nodes
  throw new Error(`an answer breaks ${broken.identity}: ${broken.detail}`)
}

/** Our rows hold integers of the places that are asked for. Throws on any other number. */
function scaledInteger(value: unknown): bigint | undefined {
  return value === undefined ? undefined : BigInt(value as number)
}

/** Numbers that are no money, which a cancellation leaves. */
const NO_MONEY: ReadonlySet<string> = new Set([
  'age',
  'pool_prop_selfpay',
  'selfpay_prop',
  'cnt',
  'pric',
  'pric_uplmt_amt',
])

function negated(row: InterfaceRow): InterfaceRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' && !NO_MONEY.has(name) ? 0 - value : value,
    ]),
  )
}
