const BEAT_MS = 500
/** Later than any turn of the event loop takes, and shorter than any limit on clients. */
const LATE_MS = 1_000

/**
 * Notices when this thread has stood still, as when its machine was moved or its process was stopped:
 * requests that lie there unread then are no fault of those who sent them. The function that it
 * returns says whether that was within the last `withinMs`.
 */
export function watchForStandstill(withinMs: number): () => boolean {
  let last = performance.now()
  let ended = Number.NEGATIVE_INFINITY
  const beat = () => {
    const now = performance.now()
    if (now - last > BEAT_MS + LATE_MS) ended = now
    last = now
  }
  setInterval(beat, BEAT_MS).unref()
  return () => {
    beat()
    return last - ended < withinMs
  }
}
