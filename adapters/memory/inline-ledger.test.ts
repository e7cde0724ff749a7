import t from 'tap'
import { Board } from '../../engine/ledger/board.ts'
import { EMPTY_STATE, type Entry } from '../../engine/ledger/entry.ts'
import { bookingOf, foldEntry } from '../../engine/ledger/fold.ts'
import { Folder } from '../../engine/ledger/folder.ts'
import { LedgerWriter } from '../../engine/ledger/writer.ts'
import { ACCOUNT, PERSON, settlement } from '../../fixtures/ledger/entries.ts'
import { ledgerContract } from '../../fixtures/ledger/ledger-contract.ts'
import { simulate } from '../../fixtures/ledger/simulation.ts'
import { type StorePlace, storeContract } from '../../fixtures/ledger/store-contract.ts'
import { entryCodec } from '../codec/entry-codec.ts'
import { sm3 } from '../codec/sm3.ts'
import { openMemoryLedger } from './inline-ledger.ts'
import { MemoryJournal } from './memory-journal.ts'
import { MemoryStates } from './memory-states.ts'

// Ample, so that a busy machine is not taken for a fault.
t.setTimeout(180_000)

function place(): StorePlace {
  const stores = { journal: new MemoryJournal(), states: new MemoryStates() }
  return { open: () => stores }
}

t.test('stores', (t) => storeContract(t, place))
t.test('ledger', (t) => ledgerContract(t, place))
t.test('simulation', async (t) => {
  for (let seed = 1; seed <= 30; seed++) await simulate(t, seed, place().open())
})

const guards: [] = []
const one = (id: string) => ({ entries: [settlement(id, 1)], guards })

t.test('after a failed commit nothing is certain and nothing is accepted', async (t) => {
  for (const durable of [false, true]) {
    const journal = new MemoryJournal()
    const states = new MemoryStates()
    let broken = false
    const failing = Object.assign(Object.create(journal) as MemoryJournal, {
      head: () => journal.head(),
      read: (position: number) => journal.read(position),
      readAfter: (position: number, limit: number) => journal.readAfter(position, limit),
      append(rows: Parameters<MemoryJournal['append']>[0]) {
        if (durable || !broken) journal.append(rows)
        if (broken) throw new Error('EIO')
      },
    })
    const ledger = openMemoryLedger({ journal: failing, states })
    t.equal((await ledger.append(one('R1'))).outcome, 'appended')
    broken = true
    const view = ledger.view()
    const results = await Promise.allSettled([
      ledger.append(one('R2')),
      view.append(one('R3')),
      view.append(one('R1')),
      ledger.findKey('H1/settlement/R2'),
      ledger.load(PERSON),
    ])
    for (const result of results) {
      t.match(result, { status: 'rejected', reason: { name: 'UnknownOutcomeError' } })
    }
    broken = false
    t.strictSame(await view.append(one('R4')), { outcome: 'shed', reason: 'stopping' })
    t.equal(ledger.status().writable, false)
    t.equal(journal.head().position, durable ? 3 : 1, 'the commit is never repeated')
    await t.rejects(ledger.findKey('H1/settlement/R1'), { name: 'UnknownOutcomeError' })
    await ledger.close()

    const again = openMemoryLedger({ journal, states })
    const retried = await again.append(one('R2'))
    t.equal(retried.outcome, durable ? 'known' : 'appended', 'the next start tells')
    await again.close()
  }
})

t.test('too much work is shed, but what is known is still said', async (t) => {
  const lagging = openMemoryLedger({ foldsByItself: false, foldLagMax: 2 })
  t.equal((await lagging.append(one('R1'))).outcome, 'appended')
  t.equal((await lagging.append(one('R2'))).outcome, 'appended')
  t.equal(lagging.status().writable, false)
  t.strictSame(await lagging.append(one('R3')), { outcome: 'shed', reason: 'fold-lag' })
  t.equal((await lagging.append(one('R1'))).outcome, 'known')
  lagging.fold()
  t.equal((await lagging.append(one('R3'))).outcome, 'appended')
  await lagging.close()

  const full = openMemoryLedger({ batchMax: 1 })
  const three = { entries: ['R1', 'R2', 'R3'].map((id) => settlement(id, 1)), guards }
  const results = await Promise.all([
    full.append(three),
    full.append(one('R4')),
    full.append(one('R1')),
  ])
  t.strictSame(
    results.map((result) => ('reason' in result ? result.reason : result.outcome)),
    ['appended', 'queue-full', 'known'],
    'a request larger than a batch passes alone',
  )
  await full.close()
  t.strictSame(await full.append(one('R5')), { outcome: 'shed', reason: 'stopping' })
})

t.test('a writer that stops answers, and sheds', async (t) => {
  const stores = { journal: new MemoryJournal(), states: new MemoryStates() }
  const writer = new LedgerWriter({ ...stores, board: new Board(), hash: sm3 })
  writer.stop()
  const { keys, subjects } = settlement('R1', 1)
  const entries = [{ keys, subjects, body: new Uint8Array(1) }]
  const replies = writer.process([
    { client: 3, message: { kind: 'append', id: 1, entries, guards } },
    { client: 3, message: { kind: 'find-key', id: 2, key: 'k' } },
  ])
  t.strictSame(replies.get(3), [
    { kind: 'shed', id: 1, reason: 'stopping' },
    { kind: 'key', id: 2, position: 0 },
  ])
})

t.test('a writer remembers exactly what the fold does not cover', async (t) => {
  const stores = { journal: new MemoryJournal(), states: new MemoryStates() }
  const board = new Board()
  const writer = new LedgerWriter({ ...stores, board, hash: sm3 })
  const folder = new Folder({ ...stores, codec: entryCodec, board, batchMax: 1 })
  const entries = ['R1', 'R2', 'R3'].map((id) => {
    const entry = settlement(id, 1)
    return { keys: entry.keys, subjects: entry.subjects, body: entryCodec.encodeEntry(entry) }
  })
  writer.process([{ client: 0, message: { kind: 'append', id: 1, entries, guards } }])
  for (const folded of [1, 1, 2, 3]) {
    if (board.folded < folded) folder.step()
    const replies = writer.process([
      { client: -1, message: { kind: 'folded', position: folded } },
      { client: 0, message: { kind: 'fetch', id: 2, subject: PERSON } },
      { client: 0, message: { kind: 'find-key', id: 3, key: 'H1/settlement/R2' } },
      { client: 0, message: { kind: 'await-fold', id: 4, position: 2 } },
    ])
    const positions = [1, 2, 3].filter((position) => position > folded)
    const tail = { subject: PERSON, folded, positions, asOf: 3 }
    t.strictSame(replies.get(0)?.slice(0, 2), [
      { kind: 'fetched', id: 2, tail },
      { kind: 'key', id: 3, position: 2 },
    ])
    const reached = replies.get(0)?.filter(({ kind }) => kind === 'fold-reached')
    t.equal(reached?.length, [0, 0, 3, 1][positions.length === 2 ? 0 : folded], `fold ${folded}`)
  }
})

t.test('a writer that failed never commits again', async (t) => {
  const journal = new MemoryJournal()
  const stores = { journal, states: new MemoryStates() }
  const writer = new LedgerWriter({ ...stores, board: new Board(), hash: sm3 })
  const append = journal.append.bind(journal)
  journal.append = () => {
    throw undefined
  }
  const { keys, subjects } = settlement('R1', 1)
  const entries = [{ keys, subjects, body: new Uint8Array(1) }]
  for (const id of [1, 2]) {
    const replies = writer.process([
      { client: 0, message: { kind: 'append', id, entries, guards } },
      { client: -1, message: { kind: 'folded', position: 0 } },
    ])
    t.strictSame(replies.get(0), [{ kind: 'unknown', id }])
    t.ok(writer.failure)
    journal.append = append
  }
  t.equal(journal.head().position, 0)
})

t.test('a writer does not start before the tail is folded', async (t) => {
  const stores = { journal: new MemoryJournal(), states: new MemoryStates() }
  stores.journal.append([
    { position: 1, keys: [], subjects: [], body: new Uint8Array(1), hash: new Uint8Array(32) },
  ])
  t.throws(
    () => new LedgerWriter({ ...stores, board: new Board(), hash: sm3 }),
    /the fold stands at 0, the journal at 1/,
  )
})

t.test('what is no settlement changes sums only; what cannot be folded throws', async (t) => {
  const deltas = [{ subject: ACCOUNT, accumulator: 'balance', amount: 700 }]
  const { sums, ...bare } = settlement('O1', 1, { kind: 'opening-balance', deltas })
  const opened = foldEntry(EMPTY_STATE, ACCOUNT, bare, 4)
  t.strictSame(opened, {
    version: 4,
    booked: 4,
    record: 0,
    accumulators: new Map([['balance', 700]]),
    live: [],
    reversedBy: new Map(),
  })
  t.strictSame(EMPTY_STATE.accumulators.size, 0, 'the state before is left as it was')
  t.strictSame(foldEntry(EMPTY_STATE, PERSON, bare, 4).accumulators, new Map())
  t.equal(bookingOf(bare, 4), undefined)
  const change = { ...bare, kind: 'registry-change', subjects: [PERSON, ACCOUNT] } as const
  const changed = { ...opened, version: 5, accumulators: new Map([['balance', 1_400]]) }
  t.strictSame(foldEntry(opened, ACCOUNT, change, 5), changed, 'named beside the record')
  t.match(foldEntry(opened, PERSON, change, 5), { version: 5, booked: 4, record: 5 })
  t.throws(() => foldEntry(opened, ACCOUNT, bare, 4), /already in the state/)
  const full = { ...opened, accumulators: new Map([['balance', Number.MAX_SAFE_INTEGER]]) }
  t.throws(() => foldEntry(full, ACCOUNT, bare, 5), /no exact integer/)
})

t.test('a fold refuses a journal with a hole', async (t) => {
  const journal = new MemoryJournal()
  const append = { position: 1, keys: [], subjects: [], hash: new Uint8Array(32) }
  journal.append([{ ...append, body: entryCodec.encodeEntry(settlement('R1', 1)) }])
  journal.readAfter = () => [{ ...journal.read(1)!, position: 2 }]
  const stores = { journal, states: new MemoryStates(), codec: entryCodec, board: new Board() }
  t.throws(() => new Folder(stores).start(), /the journal lacks entry 1/)
})

t.test('work on the same subject takes turns', async (t) => {
  const ledger = openMemoryLedger()
  const order: string[] = []
  const work = (name: string, subjects: string[], fails = false) =>
    ledger.inTurn(subjects, async () => {
      order.push(`${name} begins`)
      await new Promise((resolve) => setImmediate(resolve))
      order.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    })
  const results = await Promise.allSettled([
    work('one', [PERSON, ACCOUNT], true),
    work('two', [ACCOUNT, PERSON]),
    work('other', ['person/P2']),
    work('three', [PERSON]),
  ])
  t.ok(order.indexOf('two begins') > order.indexOf('one ends'))
  t.ok(order.indexOf('three begins') > order.indexOf('two ends'))
  t.ok(order.indexOf('other begins') < order.indexOf('one ends'))
  t.strictSame(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
  )
  await ledger.close()
})

t.test('entries that could not be folded or found again are refused as bugs', async (t) => {
  const ledger = openMemoryLedger()
  const delta = { subject: PERSON, accumulator: 'x', amount: 1 }
  const bad: [string, Partial<Entry>][] = [
    ['a key with a line feed', { keys: ['a\nb'] }],
    ['an empty key', { keys: [''] }],
    ['a key twice', { keys: ['a', 'a'] }],
    ['a subject twice', { subjects: [PERSON, ACCOUNT, PERSON] }],
    ['an empty subject', { subjects: [PERSON, ACCOUNT, ''] }],
    ['a delta of another subject', { deltas: [{ ...delta, subject: 'person/P9' }] }],
    ['a fraction', { deltas: [{ ...delta, amount: 0.5 }] }],
    ['no number', { deltas: [{ ...delta, amount: Number.NaN }] }],
    ['beyond every bill', { deltas: [{ ...delta, amount: 2 ** 50 }] }],
    ['a settlement that reverses', { reverses: 1 }],
    ['a reversal of nothing', { kind: 'reversal' }],
    ['no time', { bookedAt: 1.5 }],
  ]
  for (const [name, change] of bad) {
    const entries = [settlement('R1', 1, change)]
    await t.rejects(ledger.append({ entries, guards }), name)
  }
  await t.rejects(ledger.append({ entries: [], guards }), 'nothing')
  t.equal(ledger.status().head, 0)
  await ledger.close()
})

t.test('packed forms are exact and the same every time', async (t) => {
  const { sums, ...bare } = settlement('R1', 1)
  const entries: Entry[] = [
    settlement('R1', 1),
    bare,
    { ...bare, bookedAt: Number.MAX_SAFE_INTEGER, requestHash: new Uint8Array(0) },
    {
      ...bare,
      kind: 'reversal',
      reverses: 2 ** 32 + 1,
      content: { a: [null, true, '医保', -1.5] },
    },
    {
      ...bare,
      deltas: [2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1, 0].map((amount) => ({
        subject: PERSON,
        accumulator: 'x',
        amount,
      })),
    },
  ]
  for (const entry of entries) {
    const packed = entryCodec.encodeEntry(entry)
    t.strictSame(entryCodec.decodeEntry(packed), entry)
    t.strictSame(entryCodec.encodeEntry(entryCodec.decodeEntry(packed)), packed)
  }
  const state = (keys: string[]) => ({
    version: 2 ** 33,
    booked: 2 ** 33 - 1,
    record: 2 ** 33,
    accumulators: new Map(keys.map((key) => [key, 2 ** 40 + key.length])),
    live: [1, 2 ** 33],
    reversedBy: new Map([[2 ** 33, 2 ** 34]]),
  })
  const packed = entryCodec.encodeState(state(['b', 'a']))
  t.strictSame(packed, entryCodec.encodeState(state(['a', 'b'])))
  t.strictSame(entryCodec.decodeState(packed), state(['a', 'b']))
  // [1, 7, ['a', 3], [7], []]: what was written before there were records.
  const before = new Uint8Array([0x95, 1, 7, 0x92, 0xa1, 0x61, 3, 0x91, 7, 0x90])
  const old = { version: 7, booked: 7, record: 0, live: [7], reversedBy: new Map() }
  t.strictSame(entryCodec.decodeState(before), { ...old, accumulators: new Map([['a', 3]]) })
  t.throws(() => entryCodec.decodeState(new Uint8Array([0x92, 9, 1])), /form 9/)
  t.throws(() => entryCodec.decodeEntry(new Uint8Array([0x92, 2, 1])), /form 2/)
})
