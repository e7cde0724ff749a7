import { chinaTime } from '../../../engine/calendar/china-time.ts'
import type { Claim } from '../../../engine/claim/claim.ts'
import { type Decision, isLookup } from '../../../engine/claim/decision.ts'
import { divideHalfUp, type Fen, plus, ZERO_FEN } from '../../../engine/money/fen.ts'
import type { Catalogue } from '../../../engine/policy/catalogue.ts'
import type { Pack, Plan } from '../../../engine/policy/compile.ts'
import {
  medTypeFor,
  type Nhsa,
  nhsaCode,
  nhsaFund,
  payingAgency,
} from '../../../engine/policy/nhsa.ts'
import { FUND_COLUMNS, type FundColumn } from '../../../engine/policy/pack.ts'
import { planFor } from '../../../engine/policy/policy.ts'
import type { PersonRecord } from '../../../engine/registry/records.ts'

/**
 * A row of an answer: texts, and numbers as integers of 1/10^places of their field, so that money is
 * in fen; undefined is empty.
 */
export type InterfaceRow = Readonly<Record<string, string | number | undefined>>

/** What an answer about a settlement is written from. The client's own split of the bill is none of it. */
export interface Settled {
  /** The version of the pack that decided. */
  readonly pack: Pack
  readonly claim: Claim
  readonly decision: Decision
  readonly person: Pick<PersonRecord, 'sex' | 'bornOn'>
  /** What the visit said of itself and the person, kept for its answers. */
  readonly visit: SettledVisit
  /** Of the call that asks (发送方报文ID). */
  readonly messageId: string
  /** What the person's account holds after this payment; undefined where nobody asked. */
  readonly balanceFen: Fen | undefined
  /** The catalogue that decided, as long as it is in force. */
  readonly catalogue?: Catalogue
  /** Absent before it is booked. */
  readonly booked?: { readonly setlId: string; readonly bookedAt: number }
}

export interface SettledVisit {
  readonly mdtrtId: string
  readonly psnNo: string
  readonly psnName?: string
  readonly psnCertType?: string
  readonly certno?: string
  readonly naty?: string
  readonly mdtrtCertType?: string
  /** Absent: what the city calls this kind of care. */
  readonly medType?: string
}

/**
 * `setlinfo` of every settlement and trial settlement: the amounts of the decision in the columns of
 * the city. A trial has no id, time, way of clearing or agency yet. Throws for a city that does not
 * speak the interface, or another version of the pack than decided.
 */
export function setlinfo(settled: Settled): InterfaceRow {
  const { claim, decision, person, visit, messageId, balanceFen, booked } = settled
  const { amounts, facts, clearing } = decision
  const nhsa = interfaceOf(settled)
  const medType = visit.medType ?? medTypeFor(nhsa, claim.careType)
  return {
    mdtrt_id: visit.mdtrtId,
    setl_id: booked?.setlId,
    psn_no: visit.psnNo,
    psn_name: visit.psnName,
    psn_cert_type: visit.psnCertType,
    certno: visit.certno,
    gend: GENDERS[person.sex],
    naty: visit.naty,
    brdy: person.bornOn,
    age: facts.age * AGE_SCALE,
    insutype: nhsaCode(nhsa, 'insutype', facts),
    psn_type: nhsaCode(nhsa, 'psn_type', facts),
    cvlserv_flag: nhsaCode(nhsa, 'cvlserv_flag', facts),
    setl_time: booked && interfaceTime(booked.bookedAt),
    mdtrt_cert_type: visit.mdtrtCertType,
    med_type: medType,
    medfee_sumamt: amounts.totalFen,
    fulamt_ownpay_amt: amounts.ownPayFen,
    overlmt_selfpay: amounts.overLimitFen,
    preselfpay_amt: amounts.firstSelfPayFen,
    inscp_scp_amt: amounts.inScopeFen,
    act_pay_dedc: amounts.deductibleFen,
    ...fundColumns(nhsa, decision),
    pool_prop_selfpay: poolShare(nhsa, decision),
    fund_pay_sumamt: amounts.fundFen,
    psn_part_amt: amounts.patientFen,
    acct_pay: amounts.accountFen,
    psn_cash_pay: amounts.cashFen,
    balc: balanceFen,
    acct_mulaid_pay: sharedAccountFen(decision),
    hosp_part_amt: amounts.hospitalFen,
    medins_setl_id: messageId,
    clr_optins: booked && payingAgency(nhsa, clearing),
    clr_way: booked && nhsaCode(nhsa, 'clr_way', facts),
    clr_type: nhsaCode(nhsa, 'clr_type', facts),
  }
}

/** How the city writes its answers. Throws where it does not, or the pack is of another version. */
export function interfaceOf({ pack, decision }: Pick<Settled, 'pack' | 'decision'>): Nhsa {
  if (pack.hash !== decision.packHash) {
    throw new Error(`decided by the pack ${decision.packHash}, not ${pack.hash}`)
  }
  if (pack.nhsa === undefined) throw new Error(`the pack ${pack.id} has no nhsa.yaml`)
  return pack.nhsa
}

export function planOf({ pack, claim, decision }: Settled): Plan {
  const plan = planFor(pack, decision.scheme, claim.careType)
  if (plan === undefined) throw new Error(`no plan of ${decision.scheme} for ${claim.careType}`)
  return plan
}

/** `yyyy-MM-dd HH:mm:ss` in China. */
export function interfaceTime(at: number): string {
  return chinaTime(at).slice(0, 'yyyy-MM-dd HH:mm:ss'.length).replace('T', ' ')
}

/** GB/T 2261.1. */
export const GENDERS = { male: '1', female: '2' } as const
/** `age` has one decimal place. */
const AGE_SCALE = 10
/** `pool_prop_selfpay` has four. */
const PROPORTION_SCALE = 10_000

/** What each column's funds pay together. */
function fundColumns(nhsa: Nhsa, { scheme, funds }: Decision): Record<FundColumn, Fen> {
  const columns = Object.fromEntries(FUND_COLUMNS.map((column) => [column, ZERO_FEN])) as Record<
    FundColumn,
    Fen
  >
  for (const { fund, payFen } of funds) {
    const { column } = nhsaFund(nhsa, fund, scheme)
    columns[column] = plus(columns[column], payFen)
  }
  return columns
}

/** What the pool paid of what its layers could share: nothing else is derived from it. */
function poolShare(nhsa: Nhsa, { scheme, funds }: Decision): number {
  let payFen = ZERO_FEN
  let baseFen = ZERO_FEN
  for (const part of funds) {
    if (nhsaFund(nhsa, part.fund, scheme).column !== 'hifp_pay') continue
    payFen = plus(payFen, part.payFen)
    baseFen = plus(baseFen, part.baseFen)
  }
  if (baseFen === 0) return 0
  return Math.min(PROPORTION_SCALE, divideHalfUp(payFen * PROPORTION_SCALE, baseFen))
}

/** What somebody else's account paid, of what accounts paid in all. */
function sharedAccountFen({ trace }: Decision): number {
  let paidFen = 0
  for (const step of trace) {
    if (isLookup(step) || step.step !== 'account-pays') continue
    if (step.inputs['whose'] === 'shared') paidFen += step.result['payFen'] as number
  }
  return paidFen
}
