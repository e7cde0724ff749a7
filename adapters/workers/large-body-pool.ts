import { setTimeout as sleep } from 'node:timers/promises'
import { Piscina } from 'piscina'
import type { Requester } from '../../engine/counter/ports.ts'
import type { LargeAnswer, LargeRequest } from '../http/large-bodies.ts'
import { SharedPlaces } from '../http/shared-places.ts'
import { noteOpening } from './exit-process.ts'
import type { Introduction } from './large-body-thread.ts'
import type { OwnerCalls } from './serving-thread.ts'
import type { ServingThreads } from './serving-threads.ts'
import { moduleForPool } from './start-worker.ts'

export interface LargeBodyPoolOptions {
  readonly threads: number
  /** Bodies over so many bytes come here. */
  readonly over: number
  readonly calls: OwnerCalls
}

export interface LargeBodyPool {
  readonly over: number
  /** Nothing when too many wait already, or too many of this sender. */
  answer(request: LargeRequest, sender: Requester): Promise<LargeAnswer | undefined>
  /**
   * Resolves when all threads can answer, or have failed to. Not to be closed before: Node aborts
   * the whole process when a thread is terminated while its modules are loading.
   */
  open(): Promise<void>
  close(): Promise<void>
}

/** A thread that has not opened after so long has failed. */
const OPENING_MS = 10_000

/** So many may wait for the threads; each holds its body in memory. */
const WAITING_MAX = 64

/**
 * Threads for claims of thousands of lines, which take milliseconds where others take microseconds.
 * The body comes unparsed and the answer goes back as bytes; both move without being copied.
 */
export function openLargeBodyPool(
  serving: ServingThreads,
  { threads, over, calls }: LargeBodyPoolOptions,
): LargeBodyPool {
  const places = new SharedPlaces()
  const all = WAITING_MAX + threads
  const pool = new Piscina<LargeRequest, LargeAnswer>({
    ...moduleForPool('large-body-thread'),
    minThreads: threads,
    maxThreads: threads,
    maxQueue: all,
    // A thread that waits for its task with atomics would hear nothing of a new policy meanwhile.
    atomics: 'disabled',
  })
  let opening = threads
  const open = new Promise<void>((resolve) => {
    pool.on('message', (said: Introduction) => {
      if (said.kind === 'open' && --opening === 0) resolve()
      if (said.kind !== 'new-thread') return
      const { boot, transfer } = serving.boot(calls)
      said.port.postMessage(boot, transfer)
    })
  })
  noteOpening(open)
  return {
    over,
    async answer(request, { id }) {
      if (!places.hasOneFor(id, all)) return undefined
      places.take(id)
      try {
        return await pool.run(request, { transferList: [request.body] })
      } finally {
        places.giveBack(id)
      }
    },
    open: () => Promise.race([open, sleep(OPENING_MS, undefined, { ref: false })]),
    close: () => pool.destroy(),
  }
}
