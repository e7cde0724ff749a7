/** So long a thread works, and for such a part of what it worked it lets go of the processor then. */
const WORK_MS = 1
const PAUSE_SHARE = 0.1

/**
 * For long work beside threads that serve: to be called after each small step, it makes the thread
 * pause for a tenth of the time, every millisecond or after a step that took longer. Whatever its
 * priority, Linux lets a thread that runs go on for milliseconds when another one wakes, and a
 * cashier would wait for that. True once the cell is not 0 any more: nobody wants to know.
 */
export function givingWay(stop = new Int32Array(new SharedArrayBuffer(4))): () => boolean {
  let since = performance.now()
  return () => {
    const worked = performance.now() - since
    if (worked < WORK_MS) return false
    const woken = Atomics.wait(stop, 0, 0, PAUSE_SHARE * worked)
    since = performance.now()
    return woken !== 'timed-out'
  }
}
