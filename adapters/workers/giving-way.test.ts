import t from 'tap'
import { givingWay } from './giving-way.ts'

const cell = () => new Int32Array(new SharedArrayBuffer(4))

function work(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

t.test('long work pauses for a tenth of it, and is told that nobody wants to know', async (t) => {
  const waited: number[] = []
  const wait = t.capture(Atomics, 'wait', Atomics.wait)
  const pauses = () => waited.push(...wait().map(({ args: [, , , ms] }) => ms ?? Number.NaN))

  const stop = cell()
  const giveWay = givingWay(stop)
  for (const ms of [2, 20]) {
    work(ms)
    t.equal(giveWay(), false, 'goes on after the pause')
    pauses()
    t.ok(waited.at(-1)! >= ms / 10, `after ${ms} ms of work it lasts a tenth of them or more`)
  }
  t.equal(waited.length, 2)

  Atomics.store(stop, 0, 1)
  work(2)
  t.equal(giveWay(), true, 'once the cell is not 0 any more')
})

t.test('after a short step there is no pause', async (t) => {
  const wait = t.capture(Atomics, 'wait', Atomics.wait)
  // A clock of its own: no machine is so slow that a step of it takes a millisecond.
  let now = 0
  t.intercept(performance, 'now', { value: () => now })
  const giveWay = givingWay(cell())
  for (const [at, pauses] of [
    [0.5, 0],
    [0.99, 0],
    [1, 1],
    [1.5, 0],
    [2, 1],
  ] as const) {
    now = at
    t.equal(giveWay(), false)
    t.equal(wait.args().length, pauses, `at ${at} ms`)
  }
})
