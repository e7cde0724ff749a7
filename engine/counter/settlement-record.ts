import { brokenIdentity } from '../adjudicate/identities.ts'
import type { Claim } from '../claim/claim.ts'
import {
  type Amounts,
  type Decision,
  isLookup,
  type LineSplit,
  type TraceStep,
} from '../claim/decision.ts'
import type { Pack } from '../policy/compile.ts'
import type { Facts } from '../policy/facts.ts'
import { FACT_NAMES } from '../policy/facts.ts'
import type { Value } from '../policy/table.ts'

/** What the journal keeps of a settlement; the answer is a pure rendering of it. */
export interface SettlementRecord {
  readonly requestId: string
  readonly claim: Claim
  readonly decision: Decision
  /** Versions of the person's, the institution's and the approval's records that were read. */
  readonly records: readonly [number, number, number]
  /** Of a settlement booked by a rebill: the position of the reversal before it. */
  readonly replaces?: number
}

/** The layout of the packed form; a change of it gets a new number and keeps the old reader. */
const LAYOUT = 1

const AMOUNTS = [
  'totalFen',
  'ownPayFen',
  'overLimitFen',
  'firstSelfPayFen',
  'inScopeFen',
  'deductibleFen',
  'fundFen',
  'hospitalFen',
  'patientFen',
  'accountFen',
  'cashFen',
] as const satisfies readonly (keyof Amounts)[]

const FACTS = Object.keys(FACT_NAMES).sort() as (keyof Facts)[]

/** The record as compact plain data: arrays in a fixed order, trace steps as row references. */
export function packSettlement(record: SettlementRecord): unknown {
  const { requestId, claim, decision: d, records, replaces } = record
  return [
    LAYOUT,
    requestId,
    packClaim(claim),
    [d.packId, d.packHash, d.knownAt, d.catalogueHash],
    [d.scheme, d.benefitYear, d.admission, d.discharge],
    FACTS.map((fact) => d.facts[fact]),
    AMOUNTS.map((amount) => d.amounts[amount]),
    d.funds.map((fund) => [
      fund.fund,
      fund.layer,
      fund.baseFen,
      fund.payFen,
      fund.segments.map((s) => [s.fromFen, s.toFen, s.baseFen, s.ratePermyriad, s.payFen]),
      fund.reason ?? null,
    ]),
    d.lines.map((line) => [
      line.class,
      line.ownPayFen,
      line.overLimitFen,
      line.firstSelfPayFen,
      line.inScopeFen,
      ...line.reasons,
    ]),
    d.trace.map(packStep),
    d.remaining.map(({ cap, leftFen }) => [cap, leftFen]),
    d.clearing,
    d.deltas.map(({ subject, accumulator, amount }) => [subject, accumulator, amount]),
    d.reads.map(({ subject, accumulator, value }) => [subject, accumulator, value]),
    records,
    replaces ?? null,
  ]
}

/**
 * Reads a packed record back. `packByHash` gives the pack version that it names. Throws when the
 * record is not whole or breaks an identity: the journal is damaged or we have a bug.
 */
export function unpackSettlement(
  packed: unknown,
  packByHash: (hash: string) => Pack | undefined,
): SettlementRecord {
  // The one place where the shape of what packSettlement wrote is taken at its word.
  // biome-ignore lint/suspicious/noExplicitAny: positions are fixed by the layout number
  const p = packed as any
  if (p[0] !== LAYOUT) throw new Error(`a settlement is packed in an unknown layout: ${p[0]}`)
  const [, requestId, packedClaim, policy, care, facts, amounts, funds, lines, trace] = p
  const [, , , , , , , , , , remaining, clearing, deltas, reads, records, replaces] = p
  const [packId, packHash, knownAt, catalogueHash] = policy
  const [scheme, benefitYear, admission, discharge] = care
  const pack = packByHash(packHash)
  if (pack === undefined)
    throw new Error(`the pack ${packId} ${packHash} is not in the data folder`)
  const claim = unpackClaim(packedClaim)
  const decision: Decision = {
    packId,
    packHash,
    knownAt,
    catalogueHash,
    scheme,
    benefitYear,
    admission,
    discharge,
    facts: fromPairs(FACTS, facts) as unknown as Facts,
    amounts: fromPairs(AMOUNTS, amounts) as unknown as Amounts,
    // biome-ignore lint/suspicious/noExplicitAny: as above
    funds: funds.map((fund: any) => ({
      fund: fund[0],
      layer: fund[1],
      baseFen: fund[2],
      payFen: fund[3],
      // biome-ignore lint/suspicious/noExplicitAny: as above
      segments: fund[4].map((s: any) => ({
        fromFen: s[0],
        toFen: s[1],
        baseFen: s[2],
        ratePermyriad: s[3],
        payFen: s[4],
      })),
      ...(fund[5] === null ? {} : { reason: fund[5] }),
    })),
    // biome-ignore lint/suspicious/noExplicitAny: as above
    lines: lines.map((line: any, index: number): LineSplit => {
      const { lineId, amountFen } = claim.lines[index]!
      const [itemClass, ownPayFen, overLimitFen, firstSelfPayFen, inScopeFen, ...reasons] = line
      return {
        lineId,
        class: itemClass,
        amountFen,
        ownPayFen,
        overLimitFen,
        firstSelfPayFen,
        inScopeFen,
        reasons,
      }
    }),
    trace: trace.map((step: unknown) => unpackStep(step, pack)),
    // biome-ignore lint/suspicious/noExplicitAny: as above
    remaining: remaining.map(([cap, leftFen]: any) => ({ cap, leftFen })),
    clearing,
    // biome-ignore lint/suspicious/noExplicitAny: as above
    deltas: deltas.map(([subject, accumulator, amount]: any) => ({ subject, accumulator, amount })),
    // biome-ignore lint/suspicious/noExplicitAny: as above
    reads: reads.map(([subject, accumulator, value]: any) => ({ subject, accumulator, value })),
  }
  const broken = brokenIdentity(decision)
  if (broken !== undefined) throw new Error(`a settlement read back breaks the identity: ${broken}`)
  return { requestId, claim, decision, records, ...(replaces === null ? {} : { replaces }) }
}

function packStep(step: TraceStep): unknown {
  const layer = step.layer ?? null
  return isLookup(step)
    ? [step.step, layer, step.table.index, step.period.index, step.row, step.inputs]
    : [step.step, layer, step.inputs, step.result]
}

function unpackStep(packed: unknown, pack: Pack): TraceStep {
  const parts = packed as [string, string | null, ...unknown[]]
  const [step, layer] = parts
  const named = layer === null ? { step } : { step, layer }
  if (parts.length === 4) {
    const [, , inputs, result] = parts as unknown as [
      string,
      string | null,
      Record<string, Value>,
      Record<string, Value>,
    ]
    return { ...named, inputs, result }
  }
  const [, , tableIndex, periodIndex, row, inputs] = parts as unknown as [
    string,
    string | null,
    number,
    number,
    number,
    Value[],
  ]
  const table = pack.tables[tableIndex]
  const period = table?.periods[periodIndex]
  const result = period?.results[row]
  if (table === undefined || period === undefined || result === undefined) {
    throw new Error(
      `a trace names the row ${tableIndex}/${periodIndex}/${row}, which the pack lacks`,
    )
  }
  return { ...named, table, period, row, result, inputs }
}

const CLAIM_FIELDS = [
  'personId',
  'institutionId',
  'careType',
  'admittedOn',
  'dischargedOn',
  'servedOn',
  'diagnoses',
  'diseaseCode',
  'approvalId',
  'transferFrom',
  'account',
] as const satisfies readonly (keyof Claim)[]

const LINE_FIELDS = [
  'lineId',
  'code',
  'quantity',
  'unitPriceFen',
  'amountFen',
  'servedOn',
  'supplyDays',
  'hospitalApproved',
] as const satisfies readonly (keyof Claim['lines'][number])[]

function packClaim(claim: Claim): unknown {
  return [
    CLAIM_FIELDS.map((field) => claim[field] ?? null),
    claim.lines.map((line) => withoutTail(LINE_FIELDS.map((field) => line[field] ?? null))),
  ]
}

function unpackClaim(packed: unknown): Claim {
  const [fields, lines] = packed as [unknown[], unknown[][]]
  return {
    ...present(CLAIM_FIELDS, fields),
    lines: lines.map((line) => present(LINE_FIELDS, line)),
  } as unknown as Claim
}

/** Absent fields at the end need no place. */
function withoutTail(values: unknown[]): unknown[] {
  let length = values.length
  while (length > 0 && values[length - 1] === null) length--
  return values.slice(0, length)
}

function present(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  names.forEach((name, index) => {
    const value = values[index]
    if (value !== null && value !== undefined) object[name] = value
  })
  return object
}

function fromPairs(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name, index) => [name, values[index]]))
}
