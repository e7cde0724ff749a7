import { claimAt } from '../../fixtures/claims.ts'
import type { World } from '../../fixtures/world.ts'
import type { ServerChild } from '../children/server-child.ts'
import { startYizhan } from '../children/yizhan.ts'
import { postAll, QUOTES, quotableClaims } from '../claims.ts'
import { latencyRounds, measuredSeconds } from '../latency-rounds.ts'
import type { OpenLoopResult } from '../load/open-loop.ts'
import type { BenchRequest } from '../requests.ts'
import type { BenchContext, RatioResult, Scenario } from '../scenario.ts'
import { capacityOf } from '../side-by-side.ts'
import { rounded } from '../statistics.ts'

const STAYS = 24
/** Of one core: what the stays are worth. */
const CORE_SHARE = 0.3
/** Quoted before the stays' cost is taken, so that it is not the compiler's. */
const STAYS_WARM = 2
/** Of the comparison without the pool, which only stands beside the key. */
const SAMPLES_SHARE_BARE = 0.25
/** Large requests are few: a connection each, and more when they queue. */
const STAY_CONNECTIONS = { connections: 4, connectionsMax: 500 }

const smallClaim = (world: World, n: number) => claimAt(world, n, { care: 'outpatient', lines: 5 })
const stay = (world: World, n: number) => claimAt(world, n, { care: 'inpatient', lines: 3_000 })

/** Whether a cashier's small claim waits behind somebody's long stay. */
export const mixedSmallP99: Scenario = {
  name: 'mixed_small_p99',
  title: 'p99 of 5-line quotes while 3,000-line stays take 30 % of a core, over without them',
  suites: ['quick', 'full'],
  target: { atMost: 1.5, orMsApart: 2 },
  async run(context) {
    const pooled = await startYizhan(context)
    const small = await quotableClaims(context, pooled, { make: smallClaim })
    const stays = await quotableClaims(context, pooled, { make: stay, count: STAYS })
    const plan = () => ({ path: QUOTES, requests: small })
    const capacity = await capacityOf(context, { server: pooled, plan }, context.threads)
    const load = { small, stays, ratePerSecond: capacity / 4 }
    const { samples } = context.suite
    const withPool = await mixed(context, pooled, { ...load, samples })
    await pooled.stop()

    context.say('the same without the pool')
    const bare = await startYizhan(context, { poolThreads: 0 })
    const without = await mixed(context, bare, { ...load, samples: SAMPLES_SHARE_BARE * samples })
    return {
      ...withPool,
      also: {
        ...withPool.also,
        withoutPoolP99Ms: without.ours,
        withoutPoolRatio: without.ratio,
        withoutPoolDifferenceMs: without.also!['differenceMs']!,
      },
      marks: [...withPool.marks!, ...without.marks!.map((mark) => `without the pool: ${mark}`)],
      detail: { withPool: withPool.detail, withoutPool: without.detail },
    }
  },
}

interface Load {
  readonly small: readonly BenchRequest[]
  readonly stays: readonly BenchRequest[]
  /** Of the small ones. */
  readonly ratePerSecond: number
  readonly samples: number
}

async function mixed(
  context: BenchContext,
  server: ServerChild,
  { small, stays, ratePerSecond, samples }: Load,
): Promise<RatioResult> {
  const micros = await cpuMicrosPerStay(server, stays)
  const staysPerSecond = (CORE_SHARE * 1e6) / micros
  context.say(`a stay takes ${(micros / 1000).toFixed(1)} ms: ${staysPerSecond.toFixed(1)}/s`)
  const side = { server, path: QUOTES, requests: small, ratePerSecond, samples }
  const besides: OpenLoopResult[] = []
  const result = await latencyRounds(context, {
    floor: { name: 'alone', ...side },
    ours: {
      name: 'beside stays',
      ...side,
      async around(measure) {
        const [result, beside] = await Promise.all([
          measure(),
          context.openLoop({
            address: server.address,
            path: QUOTES,
            requests: stays,
            ratePerSecond: staysPerSecond,
            seconds: measuredSeconds(context, side),
            warmUpSeconds: 0,
            arrivals: 'poisson',
            seed: 7,
            ...STAY_CONNECTIONS,
          }),
        ])
        besides.push(beside)
        return result
      },
    },
  })
  const answered = besides.reduce((sum, beside) => sum + beside.answered, 0)
  const failed = besides.flatMap((beside) => Object.values(beside.failed))
  const staysFailed = failed.reduce((sum, count) => sum + count, 0)
  return {
    ...result,
    also: {
      ...result.also,
      stayCpuMs: rounded(micros / 1000),
      staysPerSecond: rounded(staysPerSecond),
      staysFailed,
    },
    // Whoever has too much to do keeps stays waiting: no reason to throw the small ones' figures away.
    marks: [
      ...result.marks!,
      ...(staysFailed === 0 ? [] : [`${staysFailed} stays were not answered, ${answered} were`]),
    ],
  }
}

async function cpuMicrosPerStay(server: ServerChild, stays: readonly BenchRequest[]) {
  for (let n = 0; n < STAYS_WARM; n++) await postAll(server, QUOTES, stays)
  const before = await server.cpuMicros()
  await postAll(server, QUOTES, stays, undefined, 1)
  return ((await server.cpuMicros()) - before) / stays.length
}
