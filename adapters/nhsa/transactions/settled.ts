import type { Claim } from '../../../engine/claim/claim.ts'
import { type Decision, isLookup } from '../../../engine/claim/decision.ts'
import { reversalId } from '../../../engine/claim/ids.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { entryAt } from '../../../engine/counter/booked.ts'
import { findRecord } from '../../../engine/counter/records.ts'
import type { ReversalRecord } from '../../../engine/counter/reverse.ts'
import type { SettledBill } from '../../../engine/counter/settle-visit.ts'
import { type Fen, minus, toFen } from '../../../engine/money/fen.ts'
import type { Particulars } from '../../../engine/visit/visit.ts'
import type { Settled, SettledVisit } from '../money/setlinfo.ts'
import type { Cancelled, SettlementNodes } from '../money/settlement-answer.ts'
import type { Row } from '../row.ts'
import type { TransactionSpec } from '../spec/spec.ts'
import { codesOf, type Output, type OutputRow } from '../write-node.ts'
import type { Call, Kept } from './call.ts'

export interface DecidedBill {
  readonly claim: Claim
  readonly decision: Decision
  /** Of a settlement that is booked. */
  readonly settlementId?: string
  readonly bookedAt?: number
  readonly requestId?: string
}

/** What visit and settlement were said to be, for messages that do not say it again. */
export function saidBefore(
  ofVisit: Particulars,
  { visitId, particulars }: Pick<SettledBill, 'visitId' | 'particulars'>,
): Omit<SettledVisit, 'psnNo'> {
  const said = Object.assign({}, ofVisit, particulars)
  const [medType, mdtrtCertType] = [said['med_type'], said['mdtrt_cert_type']]
  return {
    mdtrtId: visitId,
    ...(medType === undefined ? {} : { medType }),
    ...(mdtrtCertType === undefined ? {} : { mdtrtCertType }),
  }
}

/** A cancellation as its row keeps it. */
export function cancelledAt(ports: Call['ports'], position: number): Cancelled {
  const { bookedAt, content } = entryAt(ports, position)
  const { requestId, balanceFen } = content as ReversalRecord
  return {
    setlId: reversalId(position),
    bookedAt,
    messageId: requestId,
    balanceFen: balanceFen === undefined ? undefined : toFen(balanceFen),
  }
}

/** A bill as it was decided, with all that its answer is written from. */
export async function settledOf(
  { ports, message }: Call,
  bill: DecidedBill,
  said: Omit<SettledVisit, 'psnNo'>,
): Promise<Settled> {
  const { claim, decision, settlementId, bookedAt, requestId = message.requestId } = bill
  const pack = ports.packByHash(decision.packHash)
  if (pack === undefined) throw new Error(`the pack ${decision.packHash} is not kept`)
  const person = await findRecord(ports, 'person', claim.personId)
  if (isRefusal(person)) throw new Error('a settled person is not registered')
  const catalogue = ports.policy().catalogues.get(pack.catalogueId)
  return {
    pack,
    ...(catalogue?.hash === decision.catalogueHash ? { catalogue } : {}),
    claim,
    decision,
    person,
    visit: { psnNo: claim.personId, ...said },
    messageId: requestId,
    balanceFen: balanceAfter(decision),
    ...(settlementId === undefined || bookedAt === undefined
      ? {}
      : { booked: { setlId: settlementId, bookedAt } }),
  }
}

/** Where the journal keeps the message that asks, if it is the one that settled. */
export function keptAs(
  { message }: Call,
  { requestId, position, bookedAt }: Kept & { readonly requestId: string },
): true | Kept {
  return requestId === message.requestId ? { position, bookedAt } : true
}

/** What the person's own account holds after the payment, as the decision read it. */
function balanceAfter({ trace }: Decision): Fen | undefined {
  for (const step of trace) {
    if (isLookup(step) || step.step !== 'account-pays' || step.inputs['whose'] !== 'own') continue
    return minus(toFen(step.inputs['balanceFen'] as number), toFen(step.result['payFen'] as number))
  }
  return undefined
}

/**
 * What is told where the message names another insurance than the one in force, which pays whatever
 * was sent.
 */
export function insuranceWarning(row: Row, { setlinfo }: SettlementNodes): { warning?: string } {
  const [sent, insured] = [row.text('insutype'), setlinfo['insutype']]
  if (sent === undefined || sent === insured) return {}
  return { warning: `险种类型（insutype）与参保信息不一致：报文为${sent}，已按${insured}结算` }
}

/** Warnings as the text that a message has for them. */
export function warned(...warnings: readonly (string | undefined)[]): { warning?: string } {
  const told = warnings.filter((one) => one !== undefined)
  return told.length === 0 ? {} : { warning: told.join('；') }
}

/** The nodes as an output: only fields that hold something and that the transaction answers. */
export function settlementOutput(
  transaction: TransactionSpec,
  { setlinfo, setldetail }: SettlementNodes,
): Output {
  return { setlinfo: answered(transaction, 'setlinfo', setlinfo), setldetail }
}

/** A row with the fields that the transaction's node has. */
export function answered({ output }: TransactionSpec, node: string, row: OutputRow): OutputRow {
  const codes = codesOf(output.find(({ name }) => name === node)!)
  const others = Object.keys(row).filter((code) => !codes.has(code))
  if (others.length === 0) return row
  return Object.fromEntries(Object.entries(row).filter(([code]) => codes.has(code)))
}
