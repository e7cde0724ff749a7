import { brokenIdentity } from '../adjudicate/identities.ts'
import type { Claim } from '../claim/claim.ts'
import { claimForm, claimOf } from '../claim/claim-form.ts'
import type { Amounts, Clearing, Decision, LineSplit, Read } from '../claim/decision.ts'
import type { Entry } from '../ledger/entry.ts'
import type { Pack } from '../policy/compile.ts'
import type { Facts } from '../policy/facts.ts'
import type { PackedPart } from '../visit/event-form.ts'
import { packFacts, unpackFacts } from './packed-facts.ts'
import { packStep, unpackStep } from './packed-step.ts'
import { textOf, wordOf } from './record-words.ts'

/** What the journal keeps of a settlement; the answer is a pure rendering of it. */
export interface SettlementRecord {
  readonly requestId: string
  readonly claim: Claim
  readonly decision: Decision
  /** Versions of the person's, the institution's and the approval's records that were read. */
  readonly records: readonly [number, number, number]
  /** Of a settlement booked by a rebill: the position of the reversal before it. */
  readonly replaces?: number
  /** Of a settlement of a visit: which one, and which part of it. */
  readonly visit?: PackedPart
}

/**
 * The layout of the packed form; a change of it gets a new number, keeps the old reader and gives the
 * journal a version, so that programs from before refuse the file (`adapters/sqlite/migrations.ts`).
 */
const LAYOUT = 4
/** Of the earlier layouts, which can still be read. */
const EARLIER_LAYOUTS = [1, 2, 3]

/** Where a packed record has what its decision read. */
const READS_AT = 12
const RECORDS_AT = 13
const REPLACES_AT = 14
/** Where it has its visit, if it has one. */
const VISIT_AT = 16
const CLEARING_AT = 11

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

const CLEARING = [
  'homeDistrict',
  'careDistrict',
  'institutionId',
  'bearer',
  'payer',
  'clearingType',
  'way',
] as const satisfies readonly (keyof Clearing)[]

/**
 * The record as compact plain data: arrays in a fixed order, trace steps as row references, the words
 * of the engine as numbers. The deltas are not in it: the entry around it has them.
 */
export function packSettlement(record: SettlementRecord): unknown {
  const { requestId, claim, decision: d, records, replaces, visit } = record
  const packed = [
    LAYOUT,
    requestId,
    claimForm(claim),
    [d.packId, d.packHash, d.knownAt, d.catalogueHash],
    [d.scheme, d.benefitYear, d.admission, d.discharge],
    packFacts(d.facts),
    AMOUNTS.map((amount) => d.amounts[amount]),
    d.funds.map((fund) => [
      fund.fund,
      fund.layer,
      fund.baseFen,
      fund.payFen,
      fund.segments.map((s) => [
        s.fromFen,
        s.toFen,
        s.baseFen,
        s.ratePermyriad,
        s.payFen,
        s.items ?? null,
      ]),
      fund.reason ?? null,
      fund.benefitYear ?? null,
    ]),
    d.lines.map((line) => [
      line.class,
      line.ownPayFen,
      line.overLimitFen,
      line.firstSelfPayFen,
      line.inScopeFen,
      ...line.reasons.map(wordOf),
    ]),
    d.trace.map(packStep),
    d.remaining.map(({ cap, leftFen }) => [cap, leftFen]),
    CLEARING.map((member) => d.clearing[member]),
    d.reads.map(({ subject, accumulator, value }) => [subject, accumulator, value]),
    records,
    replaces ?? null,
    d.transferBorneFen ?? null,
  ]
  // What few settlements have takes no place when absent.
  return visit === undefined ? packed : [...packed, visit]
}

/**
 * Reads a packed record back. `packByHash` gives the pack version that it names. Throws when the
 * record is not whole or breaks an identity: the journal is damaged or we have a bug.
 */
export function unpackSettlement(
  entry: Pick<Entry, 'content' | 'deltas'>,
  packByHash: (hash: string) => Pack | undefined,
): SettlementRecord {
  // The one place where the shape of what packSettlement wrote is taken at its word.
  // biome-ignore lint/suspicious/noExplicitAny: positions are fixed by the layout number
  const p = entry.content as any
  const layout = p[0]
  if (layout !== LAYOUT && !EARLIER_LAYOUTS.includes(layout)) {
    throw new Error(`a settlement is packed in an unknown layout: ${layout}`)
  }
  const [, requestId, packedClaim, policy, care, facts, amounts, funds, lines, trace] = p
  const [, , , , , , , , , , remaining, clearing, reads, records, replaces, transferBorneFen] = p
  const visit = p[VISIT_AT] as PackedPart | undefined
  const [packId, packHash, knownAt, catalogueHash] = policy
  const [scheme, benefitYear, admission, discharge] = care
  const pack = packByHash(packHash)
  if (pack === undefined)
    throw new Error(`the pack ${packId} ${packHash} is not in the data folder`)
  const claim = claimOf(packedClaim)
  const decision: Decision = {
    packId,
    packHash,
    knownAt,
    catalogueHash,
    scheme,
    benefitYear,
    admission,
    discharge,
    facts: unpackFacts(layout, facts),
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
        ...given({ items: s[5] }),
      })),
      ...given({ reason: fund[5], benefitYear: fund[6] }),
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
        reasons: reasons.map(textOf) as LineSplit['reasons'],
      }
    }),
    trace: trace.map((step: unknown) => unpackStep(step, pack)),
    // biome-ignore lint/suspicious/noExplicitAny: as above
    remaining: remaining.map(([cap, leftFen]: any) => ({ cap, leftFen })),
    clearing: fromPairs(CLEARING, clearing) as unknown as Clearing,
    deltas: entry.deltas,
    reads: readsOf(reads),
    ...given({ transferBorneFen }),
  }
  const broken = brokenIdentity(decision)
  if (broken !== undefined) throw new Error(`a settlement read back breaks the identity: ${broken}`)
  return {
    requestId,
    claim,
    decision,
    records,
    ...(replaces === null ? {} : { replaces }),
    ...(visit === undefined ? {} : { visit }),
  }
}

/** What a settlement was decided on, without reading what came of it. */
export interface Basis extends Omit<SettlementRecord, 'decision'> {
  readonly decidedOn: Pick<Decision, 'packId' | 'packHash' | 'catalogueHash'>
  readonly reads: readonly Read[]
}

/** Nothing for a row of an earlier layout, which is never packed again. */
export function basisIn({ content }: Pick<Entry, 'content'>): Basis | undefined {
  // biome-ignore lint/suspicious/noExplicitAny: positions are fixed by the layout number
  const p = content as any
  const [layout, requestId, packedClaim, [packId, packHash, , catalogueHash]] = p
  if (layout !== LAYOUT) return undefined
  const [records, replaces, visit] = [p[RECORDS_AT], p[REPLACES_AT], p[VISIT_AT]]
  return {
    requestId,
    claim: claimOf(packedClaim),
    decidedOn: { packId, packHash, catalogueHash },
    reads: readsOf(p[READS_AT]),
    records,
    ...given({ replaces, visit }),
  }
}

/** The pack and its version that decided, without reading the rest. */
export function policyIn({ content }: Pick<Entry, 'content'>): {
  packId: string
  packHash: string
} {
  const [, , , [packId, packHash]] = content as [unknown, unknown, unknown, [string, string]]
  return { packId, packHash }
}

/** The claim of a packed record and the part of a visit that it is, without reading the rest. */
export function billIn({ content }: Pick<Entry, 'content'>): { claim: Claim; visit?: PackedPart } {
  const packed = content as unknown[]
  const claim = claimOf(packed[2] as Parameters<typeof claimOf>[0])
  const visit = packed[VISIT_AT] as PackedPart | undefined
  return visit === undefined ? { claim } : { claim, visit }
}

/** What sorts a settlement into its statement, without reading the rest. */
export interface Sorted {
  readonly packHash: string
  readonly facts: Facts
  readonly clearing: Clearing
}

export function sortedBy({ content }: Pick<Entry, 'content'>): Sorted {
  // biome-ignore lint/suspicious/noExplicitAny: positions are fixed by the layout number
  const packed = content as any
  const [layout, , , [, packHash], , facts] = packed
  return {
    packHash,
    facts: unpackFacts(layout, facts),
    clearing: fromPairs(CLEARING, packed[CLEARING_AT]) as unknown as Clearing,
  }
}

/** The settlement that a packed record's claim names as the stay before, without reading the rest. */
export function transferIn({ content }: Pick<Entry, 'content'>): string | undefined {
  const [, , claim] = content as unknown[]
  return claimOf(claim as Parameters<typeof claimOf>[0]).transferFrom
}

/** What the decision of a packed record leaned on, without reading the rest. */
export function readsIn({ content }: Pick<Entry, 'content'>): Read[] {
  return readsOf((content as unknown[])[READS_AT])
}

function readsOf(packed: unknown): Read[] {
  const reads = packed as [subject: string, accumulator: string, value: number][]
  return reads.map(([subject, accumulator, value]) => ({ subject, accumulator, value }))
}

/** The members that were packed; an absent one was packed as null, or not at all by layout 1. */
function given<T extends object>(members: T): Partial<T> {
  const present = Object.entries(members).filter(
    ([, value]) => value !== null && value !== undefined,
  )
  return Object.fromEntries(present) as Partial<T>
}

function fromPairs(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name, index) => [name, values[index]]))
}
