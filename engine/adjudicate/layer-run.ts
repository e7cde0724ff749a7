import type { FundPart } from '../claim/decision.ts'
import type { Delta } from '../ledger/entry.ts'
import { type Fen, minus, plus, smaller, ZERO_FEN } from '../money/fen.ts'
import type { Cap, Layer } from '../policy/compile.ts'
import type { UsageScope } from '../policy/usage-scopes.ts'
import { type Usage, usageAccumulator } from './accumulators.ts'
import { NO_PENALTY, type Penalty } from './area.ts'
import type { FigurePlace } from './figures.ts'
import type { Buckets, Item } from './lines.ts'
import { PatientShare } from './parts.ts'
import type { TransferRule } from './transfer.ts'
import type { Workings } from './workings.ts'

/**
 * What the layers of one bill share, or of that part of it that falls into one benefit year: what
 * they read, the patient's share as it shrinks, and what they have come to so far.
 */
export interface LayerRun {
  readonly workings: Workings
  readonly penalty: Penalty
  readonly transfer: TransferRule | undefined
  readonly buckets: Buckets
  readonly items: readonly Item[]
  readonly share: PatientShare
  /** What the earlier year's part of the stay could not bear of a deductible, by layer. */
  readonly carried: ReadonlyMap<string, Due>
  /** What the earlier year's part of the stay left of the sums of fixed layers. */
  readonly carriedSums: ReadonlyMap<string, StaySum>
  /** What all funds paid of the earlier year's part. */
  readonly paidEarlierFen: Fen
  /** The earlier year of a split stay, whose part is of the same visit. */
  readonly earlierYear: string | undefined
  /** What was due of deductibles that every stay bears, by layer. */
  readonly stayDues: Map<string, Due>
  /** The sums of fixed layers, of which a stay has each once. */
  readonly staySums: Map<string, StaySum>
  readonly deltas: Delta[]
  readonly capUses: CapUse[]
  /** What the layers before this one did, by their ids. */
  readonly outcomes: Map<string, LayerOutcome>
  /** Payments by stretches of the in-scope cost, in the order of positions. */
  readonly stretches: PaidStretch[]
}

/** What the earlier part of a split stay leaves to the later one. */
export type Carried = Pick<LayerRun, 'carried' | 'carriedSums' | 'paidEarlierFen' | 'earlierYear'>

/** What is to be borne before a layer pays, and what it would be without a penalty. */
export interface Due {
  readonly dueFen: Fen
  readonly standardFen: Fen
}

/** The sum of a fixed layer, and what of it is still to be paid of this stay. */
export interface StaySum {
  readonly standardFen: Fen
  readonly ratePpm: number
  readonly leftFen: Fen
}

/** A cap as it stands before a layer pays. */
export interface CapUse {
  readonly cap: Cap
  readonly fund: string
  /** In fen; for visits, counts. */
  readonly capFen: Fen
  /** Used before this bill. */
  readonly beforeFen: number
  /** The same, and what earlier layers used on this very bill. */
  readonly usedFen: Fen
  readonly leftFen: Fen
}

const NOTHING_CARRIED: ReadonlyMap<string, never> = new Map<string, never>()

/** A run of layers that begins: nothing paid, nothing read. */
export function newRun(
  given: Pick<LayerRun, 'workings' | 'penalty' | 'buckets' | 'items' | 'share'> &
    Partial<Pick<LayerRun, 'transfer' | 'deltas'> & Carried>,
): LayerRun {
  const { workings, penalty, transfer, buckets, items, share, earlierYear } = given
  const { carried = NOTHING_CARRIED, carriedSums = NOTHING_CARRIED, deltas = [] } = given
  const { paidEarlierFen = ZERO_FEN } = given
  return {
    workings,
    penalty,
    transfer,
    buckets,
    items,
    share,
    carried,
    carriedSums,
    paidEarlierFen,
    earlierYear,
    stayDues: new Map(),
    staySums: new Map(),
    deltas,
    capUses: [],
    outcomes: new Map(),
    stretches: [],
  }
}

/** A run without a bill, for what can be said before there is care. */
export function runBeforeCare(workings: Workings): LayerRun {
  const none = { totalFen: ZERO_FEN, ownPayFen: ZERO_FEN, overLimitFen: ZERO_FEN }
  const buckets = { firstSelfPayFen: ZERO_FEN, inScopeFen: ZERO_FEN, ...none }
  return newRun({ workings, penalty: NO_PENALTY, buckets, items: [], share: new PatientShare() })
}

/** A stretch of the in-scope cost of the bill, and what was paid of it. */
export interface PaidStretch {
  readonly costFen: Fen
  readonly paidFen: Fen
}

/** What a layer did. */
export interface LayerOutcome {
  readonly part: FundPart
  /** Borne before it paid, and what it adds to the year's base. */
  readonly borneFen: Fen
  readonly baseFen: Fen
  /** Whether it was the one that sorted the in-scope amount. */
  readonly sorted: boolean
}

/** What the layers before this one paid on this bill; of some of them, if they are named. */
export function paidBefore({ outcomes }: LayerRun, ids?: readonly string[]): Fen {
  let paidFen = ZERO_FEN
  for (const [id, { part }] of outcomes) {
    if (ids === undefined || ids.includes(id)) paidFen = plus(paidFen, part.payFen)
  }
  return paidFen
}

/** The in-scope amount of the bill less what the deductibles of sorting layers took so far. */
export function aboveDeductible({ buckets, outcomes }: LayerRun): Fen {
  let leftFen = buckets.inScopeFen
  for (const { sorted, borneFen } of outcomes.values()) {
    if (sorted) leftFen = minus(leftFen, smaller(leftFen, borneFen))
  }
  return leftFen
}

/** What an amount of a layer may be a share of. */
export function placeOf(run: LayerRun, layer: Layer, baseFen?: Fen): FigurePlace {
  return { layer: layer.id, baseFen, aboveDeductibleFen: aboveDeductible(run) }
}

/** Adds usage to the person's year, and to the narrower scopes that the pack asks for. */
export function addUsage(
  { workings, deltas }: LayerRun,
  { fund, benefit }: Layer,
  usage: Usage,
  amount: number,
): void {
  if (amount === 0) return
  const subject = workings.subject
  const time = workings.time
  const add = (scope: UsageScope | 'year') => {
    const accumulator = usageAccumulator(usage, fund, benefit, time, scope)
    deltas.push({ subject, accumulator, amount })
  }
  add('year')
  const { usageScopes } = workings.pack
  if (usageScopes.size === 0) return
  for (const scope of usageScopes.get(`${fund}/${benefit}`) ?? []) add(scope)
}

/** What the layers before have added on this very bill. */
export function addedOnThisBill({ deltas }: LayerRun, accumulator: string): number {
  let added = 0
  for (const delta of deltas) if (delta.accumulator === accumulator) added += delta.amount
  return added
}
