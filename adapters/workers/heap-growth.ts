import { setFlagsFromString } from 'node:v8'

/** Of what is alive after a collection of the old generation, so much may come before the next. */
export const HEAP_GROWTH = '--heap-growing-percent=100'

/**
 * Lets the heap of every thread grow to twice what is alive before its old generation is collected.
 * Once a heap has been idle, V8 would begin after a sixth more, which caches of a thread that serves
 * make in a few seconds, and each time whoever is served waits for 50 to 150 ms: the collector's
 * helpers share the processors with those who serve (decision 12). To be called before there are
 * other threads.
 */
export function letHeapsGrow(): void {
  setFlagsFromString(HEAP_GROWTH)
}
