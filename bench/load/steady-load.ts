import type { OpenLoopPlan } from './open-loop.ts'

const CONNECTIONS = 32
const CONNECTIONS_MAX = 2_000

/** A load by chance at a mean rate, over as many connections as it takes. */
export function steadyLoad(address: URL, rate: number, duration: number) {
  return {
    address: address.origin,
    ratePerSecond: rate,
    seconds: duration,
    warmUpSeconds: 0,
    arrivals: 'poisson',
    seed: Date.now() % 1_000_000,
    connections: CONNECTIONS,
    connectionsMax: CONNECTIONS_MAX,
  } as const satisfies Partial<OpenLoopPlan>
}
