import { extname } from 'node:path'
import { startThread } from '../../adapters/workers/start-worker.ts'
import type { SendTimes } from './send-times.ts'

export interface PacerData extends SendTimes {
  /** Of the monotonic clock. */
  readonly startMs: number
  /** One Int32: not 0 when the pacer is to end. */
  readonly stop: SharedArrayBuffer
}

/** Calls `due` whenever a request of the schedule may be due; see pacer-thread.ts. */
export function startPacer(times: SendTimes, startMs: number, due: () => void): { stop(): void } {
  const stop = new SharedArrayBuffer(4)
  const data: PacerData = { ...times, startMs, stop }
  const url = new URL(`./pacer-thread${extname(import.meta.url)}`, import.meta.url)
  const worker = startThread(url, data)
  worker.on('message', due)
  worker.on('error', (error) => {
    throw error
  })
  return {
    stop() {
      const cell = new Int32Array(stop)
      Atomics.store(cell, 0, 1)
      Atomics.notify(cell, 0)
    },
  }
}
