import { startYizhan } from '../children/yizhan.ts'
import { QUOTES, quotableClaims } from '../claims.ts'
import type { Scenario } from '../scenario.ts'
import { sideBySide } from '../side-by-side.ts'

/** What a second acceptor adds. Connections are not spread evenly: with many it matters less. */
const CONNECTIONS = 128

export const threads2Vs1: Scenario = {
  name: 'threads_2_vs_1',
  title: 'quotes/s of two acceptors over one; by wrk, which leaves room on two cores',
  suites: ['full'],
  target: { atLeast: 1.5 },
  async run(context) {
    const { client } = context
    const one = await startYizhan(context, { threads: 1 })
    const two = await startYizhan(context, { threads: 2 })
    const requests = await quotableClaims(context, two)
    const plan = () => ({ path: QUOTES, requests })
    const result = await sideBySide(context, {
      floor: { server: one, plan, connections: CONNECTIONS },
      ours: { server: two, plan, connections: CONNECTIONS },
      byRequests: true,
    })
    const marks = client.name === 'wrk' ? [] : ['without wrk the client is the bottleneck']
    return { ...result, marks }
  },
}
