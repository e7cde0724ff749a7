import type { SharedPort } from '../http/shared-port.ts'
import type { AcceptorBoot, AcceptorNotice } from './acceptor-thread.ts'
import type { OwnerCalls } from './serving-thread.ts'
import type { ServingThreads } from './serving-threads.ts'
import { startWorker } from './start-worker.ts'

export interface AcceptorOptions {
  /** How many threads accept beside the owner's. */
  readonly count: number
  readonly listenOn: SharedPort
  /** Bodies over so many bytes go to the owner's pool, where there is one. */
  readonly largeOver: number | undefined
  readonly calls: OwnerCalls
  /** A thread has failed: the process must end. */
  readonly onFatal: (error: Error) => void
}

/** Starts threads that accept on the port that is open already; resolves when all of them do. */
export async function startAcceptors(
  threads: ServingThreads,
  { count, listenOn, largeOver, calls, onFatal }: AcceptorOptions,
): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, () => {
      const { boot, transfer } = threads.boot(calls)
      const data: AcceptorBoot = {
        ...boot,
        listenOn,
        ...(largeOver === undefined ? {} : { largeOver }),
      }
      const worker = startWorker('acceptor-thread', data, transfer)
      return new Promise<void>((resolve) => {
        worker.on('message', (notice: AcceptorNotice) => {
          if (notice.kind === 'listening') resolve()
          else onFatal(notice.error)
        })
        worker.on('error', onFatal)
        worker.on('exit', (code) => onFatal(new Error(`an acceptor thread ended with ${code}`)))
        // Last, as listeners take it back: it lives until the process ends, and keeps it from nothing.
        worker.unref()
      })
    }),
  )
}
