import { parentPort, workerData } from 'node:worker_threads'
import { BACKLOG, type SharedPort } from '../http/shared-port.ts'
import { countRequests } from '../telemetry/metrics.ts'
import { holdStill } from './hold-still.ts'
import { withWords } from './saying.ts'
import { openServingThread, type ServingBoot } from './serving-thread.ts'

/** A thread that accepts connections on the owner's port and serves them like the owner. */
export interface AcceptorBoot extends ServingBoot {
  readonly listenOn: SharedPort
  readonly largeOver?: number
}

export type AcceptorNotice =
  | { readonly kind: 'listening' }
  | { readonly kind: 'failed'; readonly error: Error }

const { listenOn, largeOver, ...boot } = workerData as AcceptorBoot
const host = parentPort!
const say = (notice: AcceptorNotice) => host.postMessage(notice)

process.on('uncaughtException', (error) => {
  say({ kind: 'failed', error: withWords(error) })
  // A thread that ended would close the descriptor of all. The owner ends the process instead.
  holdStill()
})

const app = await openServingThread(boot, {
  addresses: boot.settings.demo ? 'one' : 'counter',
  metrics: countRequests(),
  sharedPort: 'fd' in listenOn,
  ...(largeOver === undefined ? {} : { largeOver }),
})
// Only an application that listens by itself waits for its connections when it closes.
// Whoever listens on a descriptor sets its backlog anew.
await app.listen({ ...listenOn, backlog: BACKLOG } as unknown as { readonly host: string })
// The loop takes the descriptor up in its next round. The owner, once told, may close it, and Node
// aborts when it is to take up one that is closed; the end of this round is not yet that of the next.
setImmediate(() => setImmediate(() => say({ kind: 'listening' })))
