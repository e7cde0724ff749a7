/** So long a thread works, and so long it lets go of the processor then. */
const WORK_MS = 1
const PAUSE_MS = 0.1

/**
 * For long work beside threads that serve: to be called after each small step, it makes the thread
 * pause for a moment in every millisecond. Whatever its priority, Linux lets a thread that runs go on
 * for milliseconds when another one wakes, and a cashier would wait for that. True once the cell is
 * not 0 any more: nobody wants to know.
 */
export function givingWay(stop = new Int32Array(new SharedArrayBuffer(4))): () => boolean {
  let since = performance.now()
  return () => {
    if (performance.now() - since < WORK_MS) return false
    const woken = Atomics.wait(stop, 0, 0, PAUSE_MS)
    since = performance.now()
    return woken !== 'timed-out'
  }
}
