import type { RatioResult } from '../scenario.ts'
import { median, rounded, spread } from '../statistics.ts'
import { medianOf, type Speed } from './rounds.ts'

/**
 * How many decisions we make while the floor makes one, by CPU time: the clock of a machine with
 * others on it says more about them. Both are in the detail.
 */
export function againstFloor(
  floor: readonly Speed[],
  ours: readonly Speed[],
  detail: RatioResult['detail'],
): RatioResult {
  const byClock = ours.map((speed, round) => speed.perSecond / floor[round]!.perSecond)
  const byCpu = ours.map((speed, round) => floor[round]!.cpuMicros / speed.cpuMicros)
  return {
    floor: perCpuSecond(floor),
    ours: perCpuSecond(ours),
    ratio: rounded(median(byCpu)),
    rounds: byCpu.length,
    spread: rounded(spread(byCpu), 2),
    unit: PER_CPU_SECOND,
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

export const PER_CPU_SECOND = 'decisions per second of CPU time'

export function perCpuSecond(speeds: readonly Speed[]): number {
  return rounded(1e6 / medianOf(speeds, 'cpuMicros'))
}

function mediansOf(speeds: readonly Speed[]): Speed {
  return {
    perSecond: rounded(medianOf(speeds, 'perSecond')),
    cpuMicros: rounded(medianOf(speeds, 'cpuMicros')),
  }
}
