import t from 'tap'
import { charge, Teller } from '../../fixtures/visit/teller.ts'
import { openVisitWorld } from '../../fixtures/visit/visit-world.ts'
import { VisitBook } from './visit-book.ts'
import type { VisitPorts } from './visit-events.ts'

const LINES = [
  charge('1', 200_000, { batch: 'B1', on: '2023-06-01' }),
  charge('2', 120_000, { batch: 'B1', on: '2023-06-01' }),
]

t.test('the visits that were read last are remembered, up to so many lines', async (t) => {
  const world = await openVisitWorld()
  t.teardown(() => world.close())
  const [ports] = world.threads as [VisitPorts]
  const teller = new Teller()
  for (const [v, lines] of [['a'], ['b'], ['c'], ['d'], ['long', LINES]] as const) {
    await teller.send(ports, 'register', teller.message({ v }))
    if (lines !== undefined) await teller.send(ports, 'upload', teller.message({ v, lines }))
  }
  const { ledger } = ports
  const subjects = await ledger.subjects('visit/', '', 10)
  let entries = 0
  const counted = {
    peek: (subject: string) => ledger.peek(subject),
    load: (subject: string) => ledger.load(subject),
    entry(position: number) {
      entries += 1
      return ledger.entry(position)
    },
  }
  const positions = new Map(subjects.map((subject) => [subject, 0]))
  const all = new VisitBook(counted)
  for (const subject of subjects) positions.set(subject, (await all.read(subject)).visit!.position)
  const [a, b, c, d, long] = subjects.toSorted((x, y) => positions.get(x)! - positions.get(y)!)
  // A visit counts one more than its lines: the long one has three of the three that fit.
  const few = new VisitBook(counted, 3)
  const reads: readonly (readonly [string, number])[] = [
    [a!, 1],
    [b!, 1],
    [c!, 1],
    [a!, 0],
    [d!, 1],
    [a!, 0],
    [b!, 1],
    [long!, 2],
    [long!, 0],
    [a!, 1],
    [b!, 1],
    [a!, 0],
    [c!, 1],
    [long!, 2],
  ]
  for (const [at, [subject, expected]] of reads.entries()) {
    entries = 0
    await few.read(subject)
    t.equal(entries, expected, `read ${at + 1}`)
  }
})
