import type { Scale } from '../fixtures/world.ts'
import type { DataSize } from './data-folders.ts'

export const SUITE_NAMES = ['smoke', 'quick', 'load', 'full'] as const
export type SuiteName = (typeof SUITE_NAMES)[number]

/** How much of everything a suite takes. */
export interface Suite {
  readonly scale: Scale
  /** Distinct claims that are sent in turn. */
  readonly claims: number
  readonly rounds: number
  /** Of one measurement; a round has one for each side and client. */
  readonly seconds: number
  /** Of one measurement of a function. */
  readonly functionMilliseconds: number
  /** Of each server, once; 0 for none: the figures are of a cold server then. */
  readonly warmUpSeconds: number
  readonly connections: number
  /** Of settling without a break, once, to see whether the fold keeps up. */
  readonly sustainedSeconds: number
  /** Open-loop samples of one side over all rounds, and seconds of one measurement, at least. */
  readonly samples: number
  readonly latencySeconds: number
  /** Settlements per second whose latency is measured. */
  readonly settleRate: number
  /** A small and a large catalogue, the one that is reloaded, few and many people. */
  readonly catalogues: { readonly small: DataSize; readonly large: DataSize }
  readonly reloaded: DataSize
  readonly people: { readonly few: DataSize; readonly many: DataSize }
  /** Distinct claims of as many people: so many that caches do not hold them all. */
  readonly peopleClaims: number
  /** Settlements that a shadow run decides again, and the data of their ledger. */
  readonly shadowRun: number
  readonly shadowRunOf: Required<DataSize>
  /** A scenario is given up after so long, unless it says otherwise. */
  readonly scenarioSeconds: number
  /** The whole run is given up after so long. */
  readonly limitSeconds: number
}

const CITY = {
  scale: 'city',
  connections: 32,
  samples: 20_000,
  settleRate: 3_000,
  // As few people as make no difference: these are about the catalogue.
  catalogues: {
    small: { scale: 'city', people: 10_000, catalogueCodes: 10_000 },
    large: { scale: 'city', people: 10_000, catalogueCodes: 1_000_000 },
  },
  reloaded: { scale: 'city', people: 10_000, catalogueCodes: 300_000 },
  people: {
    few: { scale: 'city', people: 10_000, catalogueCodes: 10_000 },
    many: { scale: 'city', people: 10_000_000, catalogueCodes: 10_000 },
  },
  shadowRun: 100_000,
  shadowRunOf: { scale: 'city', people: 20_000, catalogueCodes: 20_000 },
} as const

export const SUITES: Readonly<Record<SuiteName, Suite>> = {
  /** For breakage, not for speed. */
  smoke: {
    scale: 'demo',
    claims: 300,
    rounds: 2,
    seconds: 1,
    functionMilliseconds: 100,
    warmUpSeconds: 0,
    connections: 16,
    sustainedSeconds: 2,
    samples: 400,
    latencySeconds: 1,
    settleRate: 300,
    catalogues: {
      small: { scale: 'demo', catalogueCodes: 1_000 },
      large: { scale: 'demo', catalogueCodes: 10_000 },
    },
    reloaded: { scale: 'demo', catalogueCodes: 5_000 },
    people: { few: { scale: 'demo', people: 500 }, many: { scale: 'demo', people: 5_000 } },
    peopleClaims: 1_000,
    shadowRun: 500,
    shadowRunOf: { scale: 'city', people: 1_000, catalogueCodes: 1_000 },
    // Ample: how fast the machine is, is not what smoke is for.
    scenarioSeconds: 120,
    limitSeconds: 400,
  },
  quick: {
    ...CITY,
    claims: 5_000,
    rounds: 5,
    seconds: 2,
    functionMilliseconds: 200,
    warmUpSeconds: 2,
    sustainedSeconds: 20,
    latencySeconds: 2,
    peopleClaims: 20_000,
    scenarioSeconds: 420,
    limitSeconds: 1_500,
  },
  /** More than can be done, in three minutes. */
  load: {
    ...CITY,
    claims: 5_000,
    rounds: 3,
    seconds: 2,
    functionMilliseconds: 200,
    warmUpSeconds: 2,
    sustainedSeconds: 20,
    latencySeconds: 4,
    peopleClaims: 20_000,
    scenarioSeconds: 200,
    limitSeconds: 300,
  },
  full: {
    ...CITY,
    claims: 10_000,
    rounds: 5,
    seconds: 4,
    functionMilliseconds: 500,
    warmUpSeconds: 3,
    sustainedSeconds: 60,
    latencySeconds: 5,
    // Five rounds and a warm-up of eight seconds each, at 2,500/s.
    peopleClaims: 120_000,
    scenarioSeconds: 600,
    limitSeconds: 2 * 3_600,
  },
}
