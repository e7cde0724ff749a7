import {
  type ComputedStep,
  type FundPart,
  isLookup,
  type TraceStep,
} from '../../../engine/claim/decision.ts'
import { type Fen, plus, ZERO_FEN } from '../../../engine/money/fen.ts'
import { nhsaFund } from '../../../engine/policy/nhsa.ts'
import type { FundTypeSource } from '../../../engine/policy/pack.ts'
import { processInfo } from './process-info.ts'
import { type InterfaceRow, interfaceOf, planOf, type Settled } from './setlinfo.ts'

/** What the parts of funds of one type come to. */
interface TypeOfFund extends FundTypeSource {
  readonly parts: FundPart[]
  payFen: Fen
}

/**
 * `setldetail`: a row for every type of fund, then for the personal account and for the hospital's
 * part where they bear something. A fund that pays nothing has a row, too, which says why, unless it
 * is not for this person at all.
 */
export function setldetail(settled: Settled): InterfaceRow[] {
  const { decision } = settled
  const { account, hospital } = interfaceOf(settled)
  const { accountFen, hospitalFen } = decision.amounts
  const all = typesOfFunds(settled)
  const concerned = all.filter(({ parts }) => parts.some(concerns))
  const types = concerned.length > 0 ? concerned : all
  const rows = types.map(({ type, name, payFen, parts }, at) => {
    const layers = new Set(parts.map(({ layer }) => layer))
    const own = decision.trace.filter(({ layer, step }) =>
      layer === undefined
        ? at === 0 && !(accountFen !== 0 && isOfAccount(step))
        : layers.has(layer),
    )
    return row(settled, { type, name }, payFen, leftOfCaps(settled, parts), parts, own)
  })
  if (accountFen !== 0) {
    const own = decision.trace.filter(({ step }) => isOfAccount(step))
    rows.push(row(settled, account, accountFen, undefined, [], own))
  }
  if (hospitalFen !== 0) rows.push(row(settled, hospital, hospitalFen, undefined, [], []))
  return rows
}

/** Steps of no layer stand in the first row, but for those that explain the row of the account. */
function isOfAccount(step: TraceStep['step']): boolean {
  return step === 'account' || step === 'account-pays'
}

function row(
  settled: Settled,
  { type, name }: FundTypeSource,
  payFen: Fen,
  leftFen: number | undefined,
  parts: readonly FundPart[],
  steps: readonly TraceStep[],
): InterfaceRow {
  return {
    fund_pay_type: type,
    fund_pay_type_name: name,
    inscp_scp_amt: settled.decision.amounts.inScopeFen,
    crt_payb_lmt_amt: leftFen,
    fund_payamt: payFen,
    setl_proc_info: processInfo(planOf(settled).layers, parts, steps),
  }
}

/** In the order in which the layers pay. */
function typesOfFunds(settled: Settled): TypeOfFund[] {
  const nhsa = interfaceOf(settled)
  const types = new Map<string, TypeOfFund>()
  for (const part of settled.decision.funds) {
    const { type, name } = nhsaFund(nhsa, part.fund, settled.decision.scheme)
    const known = types.get(type) ?? { type, name, parts: [], payFen: ZERO_FEN }
    known.parts.push(part)
    known.payFen = plus(known.payFen, part.payFen)
    types.set(type, known)
  }
  return [...types.values()]
}

function concerns({ payFen, reason }: FundPart): boolean {
  return payFen !== 0 || reason?.code !== 'does-not-apply'
}

/**
 * What the tightest cap on the payments of these layers left before this bill (本次可支付限额金额);
 * nothing where no cap bounds them.
 */
function leftOfCaps(settled: Settled, parts: readonly FundPart[]): number | undefined {
  const { layers } = planOf(settled)
  const caps = new Set(
    layers
      .filter(({ id }) => parts.some(({ layer }) => layer === id))
      .flatMap((layer) => layer.paymentCaps.map(({ id }) => `${layer.id}\n${id}`)),
  )
  let leftFen: number | undefined
  for (const step of settled.decision.trace) {
    if (step.step !== 'cap-left' || isLookup(step)) continue
    const { layer, inputs, result }: ComputedStep = step
    if (!caps.has(`${layer}\n${inputs['cap']}`)) continue
    const left = result['leftFen'] as number
    if (leftFen === undefined || left < leftFen) leftFen = left
  }
  return leftFen
}
