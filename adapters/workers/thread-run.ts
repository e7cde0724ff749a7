import type { Transferable } from 'node:worker_threads'
import { heardFrom } from './saying.ts'
import { startWorker } from './start-worker.ts'

/** What a thread that does one piece of work says on the way and at its end. */
export type RunNotice<Progress, Outcome> =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly outcome: Outcome }

export interface ThreadRun<Outcome> {
  /** Rejects when the thread ended without one. */
  readonly outcome: Promise<Outcome>
  /** Ends the thread at once; what is in the journal by then stays. */
  stop(): Promise<void>
}

/** Starts the module `name` in a thread of its own and passes on what it says. */
export function runInThread<Progress, Outcome>(
  name: string,
  data: object,
  transferList: Transferable[],
  onProgress: (progress: Progress) => void,
): ThreadRun<Outcome> {
  const worker = startWorker(name, data, transferList)
  const outcome = new Promise<Outcome>((resolve, reject) => {
    worker.on('message', (notice: RunNotice<Progress, Outcome>) => {
      if (notice.kind === 'progress') onProgress(notice.progress)
      else resolve(notice.outcome)
    })
    worker.on('error', (error) => reject(heardFrom(name, error)))
    worker.on('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
  })
  return { outcome, stop: async () => void (await worker.terminate()) }
}
