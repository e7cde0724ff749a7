import { once } from 'node:events'
import { MessageChannel, type MessagePort, parentPort } from 'node:worker_threads'
import { move, transferableSymbol, valueSymbol } from 'piscina'
import type { Requester } from '../../engine/counter/ports.ts'
import { type LargeAnswer, type LargeRequest, ownBuffer } from '../http/large-bodies.ts'
import { LARGE_CLAIMS, lowerPriority } from './low-priority.ts'
import { openServingThread, type ServingBoot } from './serving-thread.ts'

/**
 * What a new thread of the pool says: first who it is, and whoever has the other end of the port
 * gives it its boot there; then that it can answer.
 */
export type Introduction =
  | { readonly kind: 'new-thread'; readonly port: MessagePort }
  | { readonly kind: 'open' }

/** In place of the key or signature that another thread has checked already. */
const LET_IN = { authorization: 'Bearer let-in' }

const REQUEST_ID = 'x-request-id'

/** Of the request that is being answered: a thread of the pool answers one at a time. */
let counted: Pick<LargeAnswer, 'outcome' | 'route'> = {}
let letIn: Requester | undefined

const app = await openApp()

/** Answers a request as the same application that any other thread serves. */
export default async function answer(request: LargeRequest): Promise<LargeAnswer> {
  const { id, method, url, headers, body, requester } = request
  counted = {}
  letIn = requester
  const {
    statusCode,
    headers: answered,
    rawPayload,
  } = await app.inject({
    method,
    url,
    headers: { ...headers, ...(requester === undefined ? {} : LET_IN), [REQUEST_ID]: id },
    payload: Buffer.from(body),
  })
  const bytes = ownBuffer(rawPayload)
  const reply: LargeAnswer = {
    status: statusCode,
    headers: Object.fromEntries(
      Object.entries(answered).map(([name, value]) => [name, String(value)]),
    ),
    body: bytes,
    ...counted,
  }
  // Piscina takes the wrapping off again.
  return move({ [transferableSymbol]: bytes, [valueSymbol]: reply } as never) as never
}

async function openApp() {
  lowerPriority(LARGE_CLAIMS)
  const { port1, port2 } = new MessageChannel()
  parentPort!.postMessage({ kind: 'new-thread', port: port2 } satisfies Introduction, [port2])
  const [boot] = (await once(port1, 'message')) as [ServingBoot]
  const app = await openServingThread(boot, {
    // It answers whatever another thread has taken on, wherever that came in.
    addresses: 'one',
    letIn: () => letIn,
    requestIds: (request) => String(request?.headers[REQUEST_ID] ?? 'unknown'),
    metrics: {
      contentType: 'text/plain',
      json: async () => [],
      answered: (route, _status, _seconds, outcome) => {
        counted = { route, ...(outcome === undefined ? {} : { outcome }) }
      },
    },
  })
  await app.ready()
  parentPort!.postMessage({ kind: 'open' } satisfies Introduction)
  return app
}
