import type { RatioResult } from '../scenario.ts'
import { median, rounded, spread } from '../statistics.ts'
import { medianOf, type Speed } from './rounds.ts'

/**
 * How many decisions we make while the floor makes one: by the clock or by CPU time, whichever is
 * worse for us (an engine with threads of its own is faster by the clock than by CPU time). Both
 * are in the detail.
 */
export function againstFloor(
  floor: readonly Speed[],
  ours: readonly Speed[],
  detail: RatioResult['detail'],
): RatioResult {
  const byClock = ours.map((speed, round) => speed.perSecond / floor[round]!.perSecond)
  const byCpu = ours.map((speed, round) => floor[round]!.cpuMicros / speed.cpuMicros)
  const clockIsWorse = median(byClock) <= median(byCpu)
  const ratios = clockIsWorse ? byClock : byCpu
  const metric = clockIsWorse ? 'perSecond' : 'cpuMicros'
  const digits = clockIsWorse ? 4 : 3
  return {
    floor: rounded(medianOf(floor, metric), digits),
    ours: rounded(medianOf(ours, metric), digits),
    ratio: rounded(median(ratios)),
    rounds: ratios.length,
    spread: rounded(spread(ratios), 2),
    unit: clockIsWorse ? 'decisions/s' : 'CPU µs/decision',
    detail: {
      ...detail,
      floorSpeed: mediansOf(floor),
      oursSpeed: mediansOf(ours),
      ratioByClock: rounded(median(byClock)),
      ratioByCpu: rounded(median(byCpu)),
      roundsByClock: byClock.map((ratio) => rounded(ratio)),
      roundsByCpu: byCpu.map((ratio) => rounded(ratio)),
    },
  }
}

function mediansOf(speeds: readonly Speed[]): Speed {
  return {
    perSecond: rounded(medianOf(speeds, 'perSecond')),
    cpuMicros: rounded(medianOf(speeds, 'cpuMicros')),
  }
}
