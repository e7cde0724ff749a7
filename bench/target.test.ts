import t from 'tap'
import type { RatioResult, Target } from './scenario.ts'
import { isMet, targetInWords } from './target.ts'

const AT = { floor: 1, ours: 1, rounds: 5, spread: 0, unit: 'ms', detail: {} }
const ratio = (ratio: number, also = {}): RatioResult => ({ ...AT, ratio, also })
const LATENCY: Target = { atMost: 1.5, orMsApart: 2, none: ['failed'] }

t.test('targets', async (t) => {
  const cases = [
    [{ atLeast: 0.8 }, ratio(0.8), true],
    [{ atLeast: 0.8 }, ratio(0.79), false],
    [LATENCY, ratio(1.5, { differenceMs: 9, failed: 0 }), true],
    [LATENCY, ratio(3, { differenceMs: 2, failed: 0 }), true],
    [LATENCY, ratio(3, { differenceMs: 2.1, failed: 0 }), false],
    [LATENCY, ratio(1, { differenceMs: 0, failed: 1 }), false],
    [LATENCY, ratio(1, { differenceMs: 0 }), false],
    [{ atMost: 40 }, { value: 41, unit: 'MB' }, false],
    [{ atMost: 40 }, { value: -3, unit: 'MB' }, true],
  ] as const
  for (const [target, result, met] of cases) {
    t.equal(isMet(target, result), met, `${targetInWords(target)}: ${JSON.stringify(result)}`)
  }
  t.equal(targetInWords(LATENCY), '≤ 1.5, or 2 ms apart, failed 0')
})
