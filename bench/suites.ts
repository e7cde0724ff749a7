import type { Scale } from '../fixtures/world.ts'
import type { DataSize } from './data-folders.ts'

export const SUITE_NAMES = ['smoke', 'quick', 'full'] as const
export type SuiteName = (typeof SUITE_NAMES)[number]

/** How much of everything a suite takes. */
export interface Suite {
  readonly scale: Scale
  /** Distinct claims that are sent in turn. */
  readonly claims: number
  readonly rounds: number
  /** Of one measurement; a round has one for each side and client. */
  readonly seconds: number
  /** 0 for none: the figures are of a cold server then. */
  readonly warmUpSeconds: number
  readonly connections: number
  /** Of settlements in one measurement: long enough for the fold to be at work all the time. */
  readonly settleSeconds: number
  /** Open-loop samples of one side over all rounds, at least. */
  readonly samples: number
  /** Settlements per second whose latency is measured. */
  readonly settleRate: number
  /** A small and a large catalogue, the one that is reloaded, few and many people. */
  readonly catalogues: { readonly small: DataSize; readonly large: DataSize }
  readonly reloaded: DataSize
  readonly people: { readonly few: DataSize; readonly many: DataSize }
  /** Distinct claims of as many people: so many that caches do not hold them all. */
  readonly peopleClaims: number
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
} as const

export const SUITES: Readonly<Record<SuiteName, Suite>> = {
  /** For breakage, not for speed. */
  smoke: {
    scale: 'demo',
    claims: 300,
    rounds: 2,
    seconds: 1,
    warmUpSeconds: 0,
    connections: 16,
    settleSeconds: 1,
    samples: 400,
    settleRate: 300,
    catalogues: {
      small: { scale: 'demo', catalogueCodes: 1_000 },
      large: { scale: 'demo', catalogueCodes: 10_000 },
    },
    reloaded: { scale: 'demo', catalogueCodes: 5_000 },
    people: { few: { scale: 'demo', people: 500 }, many: { scale: 'demo', people: 5_000 } },
    peopleClaims: 1_000,
    // Ample: how fast the machine is, is not what smoke is for.
    scenarioSeconds: 120,
    limitSeconds: 400,
  },
  quick: {
    ...CITY,
    claims: 5_000,
    rounds: 5,
    seconds: 3,
    warmUpSeconds: 2,
    settleSeconds: 4,
    peopleClaims: 20_000,
    scenarioSeconds: 300,
    limitSeconds: 1_200,
  },
  full: {
    ...CITY,
    claims: 20_000,
    rounds: 5,
    seconds: 10,
    warmUpSeconds: 5,
    settleSeconds: 60,
    peopleClaims: 400_000,
    scenarioSeconds: 1_200,
    limitSeconds: 4 * 3_600,
  },
}
