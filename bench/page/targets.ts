import type { KeyResult } from '../scenario.ts'

/** What a key should come to, and whether it does. */
interface Target {
  /** What is compared with what, for people. */
  readonly is: string
  /** As it is printed. */
  readonly wanted: string
  readonly isMet: (result: KeyResult) => boolean
}

export type Verdict = 'met' | 'missed' | 'no target' | 'no figure'

/** The one figure that a key is judged by; NaN when the file has none. */
export function figureOf(result: KeyResult): number {
  const figure: unknown = 'ratio' in result ? result.ratio : (result as { value?: unknown }).value
  return typeof figure === 'number' ? figure : Number.NaN
}

const atLeast = (least: number, is: string): Target => ({
  is,
  wanted: `≥ ${least}`,
  isMet: (result) => figureOf(result) >= least,
})

const atMost = (most: number, is: string): Target => ({
  is,
  wanted: `≤ ${most}`,
  isMet: (result) => figureOf(result) <= most,
})

const MS_APART = 2

/** Of two latencies, in ms; `none` are counts in the detail that must be there and be 0. */
const latency = (most: number, is: string, none: readonly string[] = []): Target => ({
  is,
  wanted: [`≤ ${most}, or ${MS_APART} ms apart`, ...none.map((name) => `${name} 0`)].join('; '),
  isMet: (result) => {
    const { floor, ours } = result as { floor?: number; ours?: number }
    const apart = floor === undefined || ours === undefined ? Number.NaN : ours - floor
    const near = figureOf(result) <= most || (result.unit === 'ms' && apart <= MS_APART)
    const detail = (result.detail ?? {}) as Readonly<Record<string, unknown>>
    return near && none.every((name) => detail[name] === 0)
  },
})

export const TARGETS: Readonly<Record<string, Target>> = {
  quote_vs_echo: atLeast(0.8, 'quotes of ten lines with trace, over an echo of the same size'),
  settle_vs_echo: atLeast(0.4, 'durable settlements, over the same echo'),
  quote_p99_vs_echo_p99: latency(1.5, 'p99 of quotes over the p99 of the echo, open loop'),
  settle_p99_vs_commit_p50: atMost(
    12,
    'p99 of settlements over the p50 of a durable commit of one row',
  ),
  threads_2_vs_1: atLeast(1.5, 'quotes of two acceptors over one'),
  mixed_small_p99: latency(1.5, 'p99 of small quotes with large stays beside them, over without'),
  reload_p99_vs_steady: latency(1.5, 'p99 while a catalogue is reloaded, over steady', [
    'failedRequests',
    'mixedVersions',
  ]),
  catalogue_1m_vs_10k: atLeast(0.9, 'quotes on a catalogue of a million rows over ten thousand'),
  people_10m_vs_10k: atLeast(0.75, 'settlements among ten million people over ten thousand'),
  thread_memory_mb: atMost(40, 'memory that one more acceptor adds, in MB'),
  rule_vs_zen_12: atLeast(100, 'a benefit decision out of 12 rows, over zen-engine at its best'),
  rule_vs_zen_1200: atLeast(1_000, 'the same out of 1,200 rows'),
  rule_vs_handwritten: atLeast(0.2, 'the same out of 12 rows, over a function written for them'),
  lines_growth: atMost(1.05, 'exponent of the time of a decision, 10 to 5,000 lines'),
  decide_10_lines_us: atMost(10, 'one whole decision of ten lines with trace, in µs'),
  start_vs_bare: atMost(10, 'a cold start to ready over a bare Fastify start'),
}

export function verdictOn(name: string, result: KeyResult | undefined): Verdict {
  if (result === undefined || !Number.isFinite(figureOf(result))) return 'no figure'
  const target = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined
  if (target === undefined) return 'no target'
  return target.isMet(result) ? 'met' : 'missed'
}
