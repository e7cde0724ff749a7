import { startEcho } from './children/echo.ts'
import type { ServerChild } from './children/server-child.ts'
import { startYizhan, type YizhanOptions } from './children/yizhan.ts'
import { medianAnswer, QUOTES, quotableClaims, SETTLEMENTS, withNewIds } from './claims.ts'
import type { BenchRequest } from './requests.ts'
import type { BenchContext } from './scenario.ts'
import { capacityOf } from './side-by-side.ts'

export interface OursAndEcho {
  readonly ours: ServerChild
  readonly floor: ServerChild
  readonly requests: readonly BenchRequest[]
}

/** Our server, claims that it accepts, and an echo of its answers of median size. */
export async function oursAndEcho(
  context: BenchContext,
  path: typeof QUOTES | typeof SETTLEMENTS,
  options: YizhanOptions = {},
): Promise<OursAndEcho> {
  const ours = await startYizhan(context, options)
  const requests = await quotableClaims(context, ours)
  const bodies = () => (path === SETTLEMENTS ? { bodyOf: withNewIds() } : {})
  const decision = await medianAnswer(ours, path, requests, bodies().bodyOf)
  const floor = await startEcho(context, { decision, path, requests, ...bodies() })
  return { ours, floor, requests }
}

/** Quotes per second that the echo can answer: measured once in a run. */
export function echoCapacity(
  context: BenchContext,
  { floor, requests }: OursAndEcho,
): Promise<number> {
  const plan = () => ({ path: QUOTES, requests })
  return context.once('echo capacity', () =>
    capacityOf(context, { server: floor, plan }, context.threads),
  )
}
