import t from 'tap'
import { openMemoryLedger } from '../../adapters/memory/inline-ledger.ts'
import { ACTS_SUBJECT, actsBackFrom, keepAct, type NewAct } from './acts.ts'
import { ReadKeeper } from './read-keeper.ts'
import { unpackReads } from './reads.ts'

const MAKER = { role: 'policy-maker', id: 'li' } as const
const CHECKER = { role: 'policy-checker', id: 'wu' } as const

const proposed = { by: MAKER, act: 'proposed', subject: 'proposal/1', details: { hash: 'ab' } }

t.test('acts on different things chain, whoever comes first', async (t) => {
  const ledger = openMemoryLedger()
  const issued: NewAct = { by: MAKER, act: 'key-issued', subject: 'key/1', details: null }
  const outcomes = await Promise.all(
    [proposed, issued].map((act) => keepAct(ledger, act, { seen: 0, now: 7 })),
  )
  t.strictSame(outcomes.map(({ outcome }) => outcome).sort(), ['appended', 'appended'])
  const { state } = await ledger.load(ACTS_SUBJECT)
  const all = [...actsBackFrom(ledger, state.version, 'previousOfAll')]
  t.strictSame(
    all.map(({ position }) => position),
    [2, 1],
  )
  t.strictSame(all.map(({ act }) => act).sort(), ['key-issued', 'proposed'])
  t.match(
    all.find(({ act }) => act === 'proposed'),
    { ...proposed, at: 7, previous: 0 },
  )
  await ledger.close()
})

t.test('of two acts on the same thing one is told that it has moved', async (t) => {
  const ledger = openMemoryLedger()
  const first = await keepAct(ledger, proposed, { seen: 0, now: 1 })
  if (first.outcome !== 'appended') throw new Error(first.outcome)
  const seen = first.position
  const approved = { ...proposed, by: CHECKER, act: 'approved' }
  const rejected = { ...proposed, by: CHECKER, act: 'rejected' }
  const both = await Promise.all(
    [approved, rejected].map((act) => keepAct(ledger, act, { seen, now: 2 })),
  )
  t.strictSame(both.map(({ outcome }) => outcome).sort(), ['appended', 'moved'])
  t.match(await keepAct(ledger, approved, { seen, now: 3 }), { outcome: 'moved' })
  const { state } = await ledger.load(proposed.subject)
  const chain = [...actsBackFrom(ledger, state.record, 'previous')]
  t.equal(chain.length, 2)
  t.strictSame(chain.at(-1)?.by, MAKER)
  await ledger.close()
})

t.test('an act is not kept when what it leans on has moved', async (t) => {
  const ledger = openMemoryLedger()
  const { asOf: position } = await ledger.load('staff/li')
  const guards = [{ subject: 'staff/li', position }]
  const suspended = { by: CHECKER, act: 'suspended', subject: 'staff/li', details: null }
  await keepAct(ledger, suspended, { seen: 0, now: 1 })
  const late = keepAct(ledger, proposed, { seen: 0, now: 2, guards })
  const soon = new Promise((resolve) => setTimeout(() => resolve('still trying'), 1_000).unref())
  t.match(await Promise.race([late, soon]), { outcome: 'moved' })
  t.equal((await ledger.load(proposed.subject)).state.record, 0)
  await ledger.close()
})

t.test('what was noted is kept within a second, and when its keeper is closed', async (t) => {
  const ledger = openMemoryLedger()
  const planned: (() => void)[] = []
  const faults: unknown[] = []
  const keeper = new ReadKeeper({
    ledger,
    thread: 0,
    now: () => 7,
    soon: (task) => planned.push(task),
    onFault: (error) => faults.push(error),
  })
  const note = (...persons: string[]) => {
    for (const personId of persons) {
      keeper.note({ by: CHECKER, way: 'GET /v1/settlements', what: 'settlement', personId })
    }
  }
  const secondLater = async () => {
    planned.at(-1)!()
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  }
  const kept = (position: number) =>
    unpackReads(ledger.entry(position)!).reads.map(({ personId, times }) => [personId, times])
  note('P1', 'P2', 'P1')
  t.equal(planned.length, 1, 'together')
  t.equal(ledger.status().head, 0)
  await secondLater()
  t.strictSame(kept(1), [
    ['P1', 2],
    ['P2', 1],
  ])
  note('P3')
  t.equal(planned.length, 2, 'and those after it')
  await keeper.close()
  t.strictSame(kept(2), [['P3', 1]])
  await keeper.close()
  t.equal(ledger.status().head, 2, 'once')

  note('P4', 'P4')
  const { append } = ledger
  for (const failing of [
    async () => ({ outcome: 'shed', reason: 'fold-lag' }) as const,
    async () => Promise.reject(new Error('gone')),
  ]) {
    ledger.append = failing
    await secondLater()
    t.equal(keeper.refusal?.refused, 'overloaded', 'nothing is shown while nothing can be kept')
  }
  ledger.append = append
  t.match(faults, [{ message: 'gone' }])
  await secondLater()
  t.equal(keeper.refusal, undefined)
  t.strictSame(kept(3), [['P4', 2]], 'and no read is lost')
  await ledger.close()
})
