import type { Scale } from '../fixtures/world.ts'

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
  /** The whole run is given up after so long. */
  readonly limitSeconds: number
}

export const SUITES: Readonly<Record<SuiteName, Suite>> = {
  /** For breakage, not for speed. */
  smoke: {
    scale: 'demo',
    claims: 300,
    rounds: 2,
    seconds: 1,
    warmUpSeconds: 0,
    connections: 16,
    limitSeconds: 150,
  },
  quick: {
    scale: 'city',
    claims: 5_000,
    rounds: 5,
    seconds: 4,
    warmUpSeconds: 3,
    connections: 32,
    limitSeconds: 900,
  },
  full: {
    scale: 'city',
    claims: 20_000,
    rounds: 9,
    seconds: 10,
    warmUpSeconds: 6,
    connections: 32,
    limitSeconds: 3_600,
  },
}
