import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'

/** A thread that has not opened after so long has failed. */
const OPENING_MS = 10_000

/** Threads that are to hold still have so long for what they are in; a disk may hang. */
const HALTING_MS = 1_000

const opening = new Set<Promise<unknown>>()
const halts = new Set<() => Promise<unknown>>()

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
 * `halt` is called before the process ends; it has threads hold still and resolves when they do.
 * Returns a function that takes it back, for threads that have ended.
 */
export function haltBeforeExit(halt: () => Promise<unknown>): () => void {
  halts.add(halt)
  return () => void halts.delete(halt)
}

/**
 * Ends the process as soon as no thread is opening any more and all of them hold still. Node stops
 * all threads when it exits, and now and then one that is stopped while it loads its modules, reads
 * a request or is told of an error by SQLite makes it abort (SIGABRT) instead.
 */
export async function exitProcess(code: number): Promise<never> {
  if (opening.size > 0) await Promise.race([Promise.allSettled(opening), sleep(OPENING_MS)])
  const halted = Promise.allSettled([...halts].map((halt) => halt()))
  if (halts.size > 0) await Promise.race([halted, sleep(HALTING_MS)])
  process.exit(code)
}
