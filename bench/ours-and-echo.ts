import { startEcho } from './children/echo.ts'
import type { ServerChild } from './children/server-child.ts'
import { startYizhan } from './children/yizhan.ts'
import { medianAnswer, QUOTES, quotableClaims, SETTLEMENTS, withNewIds } from './claims.ts'
import type { BenchRequest } from './requests.ts'
import type { BenchContext } from './scenario.ts'
import { capacityOf } from './side-by-side.ts'

export interface OursAndEcho {
  readonly ours: ServerChild
  readonly floor: ServerChild
  readonly requests: readonly BenchRequest[]
}

/** What scenarios that work with these two name as shared. */
export const OURS_AND_ECHO = 'ours and the echo'

/** Our server, claims that it accepts, and an echo of its answers of median size. */
export function oursAndEcho(context: BenchContext): Promise<OursAndEcho> {
  return context.shared(async (shared) => {
    const ours = await startYizhan(shared)
    const requests = await quotableClaims(shared, ours)
    const quote = await medianAnswer(ours, QUOTES, requests)
    const settlement = await medianAnswer(ours, SETTLEMENTS, requests, withNewIds())
    const floor = await startEcho(shared, { quote, settlement, requests })
    return { ours, floor, requests }
  })
}

/** Quotes per second that the echo can answer. */
export function echoCapacity(
  context: BenchContext,
  { floor, requests }: OursAndEcho,
): Promise<number> {
  const plan = () => ({ path: QUOTES, requests })
  return capacityOf(context, { server: floor, plan }, context.threads)
}
