import { setTimeout as sleep } from 'node:timers/promises'
import { startYizhan } from '../children/yizhan.ts'
import { QUOTES, quotableClaims } from '../claims.ts'
import type { BenchRequest } from '../requests.ts'
import type { BenchContext, Scenario } from '../scenario.ts'
import { memoryMb } from '../server-figures.ts'
import { median, rounded, spread } from '../statistics.ts'

const [FEW, MANY] = [1, 3]
const ROUNDS = 3
/** Connections are not spread evenly: with so many every thread gets its share. */
const CONNECTIONS = 96
const SETTLED_MS = 3_000

/** Memory that one more acceptor takes after some load, all else being equal. */
export const threadMemoryMb: Scenario = {
  name: 'thread_memory_mb',
  title: 'added resident memory per extra acceptor at a million catalogue rows',
  suites: ['full'],
  target: { atMost: 40 },
  async run(context) {
    const rounds: { readonly few: number; readonly many: number }[] = []
    const size = context.suite.catalogues.large
    const sorting = await startYizhan(context, { size })
    const requests = await quotableClaims(context, sorting, { size })
    await sorting.stop()
    for (let round = 0; round < ROUNDS; round++) {
      const few = await memoryWith(context, FEW, requests)
      const many = await memoryWith(context, MANY, requests)
      rounds.push({ few, many })
      context.say(
        `round ${round + 1}/${ROUNDS}: ${few.toFixed(0)} MB with ${FEW}, ${many.toFixed(0)} with ${MANY}`,
      )
    }
    const added = rounds.map(({ few, many }) => (many - few) / (MANY - FEW))
    return {
      value: rounded(median(added)),
      unit: 'MB',
      rounds: ROUNDS,
      spread: rounded(spread(added), 2),
      detail: { threads: [FEW, MANY], rounds },
    }
  },
}

async function memoryWith(
  context: BenchContext,
  threads: number,
  requests: readonly BenchRequest[],
): Promise<number> {
  const { suite, client } = context
  const size = suite.catalogues.large
  const server = await startYizhan(context, { size, threads })
  const { address } = server
  const load = { address, path: QUOTES, requests, connections: CONNECTIONS, seconds: suite.seconds }
  await client.run(load)
  await sleep(SETTLED_MS)
  const memory = memoryMb(server)
  await server.stop()
  return memory
}
