import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'

/** A thread that has not opened after so long has failed. */
const OPENING_MS = 10_000

const opening = new Set<Promise<unknown>>()

/** Whatever a thread says or does first, it has loaded its modules by then. */
process.on('worker', (worker: Worker) => {
  const opened = new Promise((resolve) => {
    for (const event of ['message', 'exit']) worker.once(event, resolve)
  })
  noteOpening(opened)
})

/** Counts a thread, or several, as opening until the promise settles. */
export function noteOpening(opened: Promise<unknown>): void {
  const done = () => void opening.delete(opened)
  opening.add(opened)
  opened.then(done, done)
}

/**
 * Ends the process: at once, or as soon as no thread is opening any more. Node stops all threads when
 * it exits, and now and then one that is stopped while it opens makes it abort (SIGABRT) instead.
 */
export async function exitProcess(code: number): Promise<never> {
  if (opening.size > 0) await Promise.race([Promise.allSettled(opening), sleep(OPENING_MS)])
  process.exit(code)
}
