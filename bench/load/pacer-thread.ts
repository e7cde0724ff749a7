import { parentPort, workerData } from 'node:worker_threads'
import { nowMs } from './clock.ts'
import type { PacerData } from './pacer.ts'
import { sendTimes } from './send-times.ts'

/**
 * Wakes the sending thread when a request is due. Timers of an event loop count in milliseconds and
 * a loop that spins takes a core from the server; a thread that sleeps in the kernel does neither.
 */
const { startMs, stop, ...times } = workerData as PacerData
const cell = new Int32Array(stop)

for (const at of sendTimes(times)) {
  const dueMs = startMs + at
  // What became due meanwhile is sent on the same wake-up.
  if (dueMs <= nowMs()) continue
  if (!sleepUntil(dueMs)) break
  parentPort!.postMessage(null)
}
// The last ones may have become due on the way.
parentPort!.postMessage(null)

/** False when the pacer is to stop. */
function sleepUntil(dueMs: number): boolean {
  for (let left = dueMs - nowMs(); left > 0; left = dueMs - nowMs()) {
    if (Atomics.wait(cell, 0, 0, left) !== 'timed-out') return false
  }
  return true
}
