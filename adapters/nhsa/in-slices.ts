import { setImmediate as othersTurn } from 'node:timers/promises'

/** One by one, with others' turn after every so many: there may be hundreds of thousands. */
export async function* inSlices<T>(all: Iterable<T>, atOnce: number): AsyncGenerator<T> {
  let number = 0
  for (const one of all) {
    yield one
    number += 1
    if (number % atOnce === 0) await othersTurn()
  }
}
