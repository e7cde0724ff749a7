import { setFlagsFromString } from 'node:v8'

/** Of what is alive after a collection of the old generation, so much may come before the next. */
export const HEAP_GROWTH = '--heap-growing-percent=100'

/**
 * Lets the heap of every thread grow to twice what is alive before its old generation is collected.
 * V8 would start by itself after a sixth more, which notes and caches of a thread that serves make in
 * a few seconds, and each time whoever is served waits for 50 to 150 ms: the collector's helpers
 * share two processors with those who serve. To be called before there are other threads.
 */
export function letHeapsGrow(): void {
  setFlagsFromString(HEAP_GROWTH)
}
