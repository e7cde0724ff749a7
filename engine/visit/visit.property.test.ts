import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { L1, L2 } from '../../fixtures/counter/bills.ts'
import { charge, type Said, type Step, Teller, type What } from '../../fixtures/visit/teller.ts'
import { openVisitWorld, type VisitWorld } from '../../fixtures/visit/visit-world.ts'
import { accountSubject, personSubject } from '../adjudicate/snapshot.ts'
import { isRefusal, type OutcomeCode } from '../claim/outcomes.ts'
import { accumulated, type SubjectState } from '../ledger/entry.ts'
import { inHospitalSubject } from './visit.ts'

/** What holds for visits whatever happens to them, in any order and at once. */

/** `PROPERTY_RUNS=50` looks fifty times as long. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1)
t.setTimeout(0)

/** What a visit is in a few lines: lines with a price, and which settlement has them. */
interface Model {
  readonly kind: 'outpatient' | 'stay'
  cancelled: boolean
  discharged: boolean
  readonly lines: Map<string, { batch: string; amountFen: number; settledBy?: string }>
  /** Live settlements: the part that each is of. */
  readonly live: Map<string, string>
}

/** Three visits at most: one outpatient, and the stays of one person at two hospitals. */
const VISITS = ['out', 'here', 'there'] as const
const NUMBERS = ['1', '2', '3', '4']
const BATCHES = ['B1', 'B2']
const DISCHARGE = '2012-06-10'

const WHATS = [
  'open',
  'upload',
  'upload',
  'settle',
  'settle',
  'final',
  'cancelSettlement',
  'remove',
  'removeBatch',
  'removeAll',
  'discharge',
  'undoDischarge',
  'cancel',
  'again',
] as const

interface Move {
  readonly what: (typeof WHATS)[number]
  readonly v: (typeof VISITS)[number]
  readonly number: string
  readonly batch: string
  readonly amountFen: number
  readonly choice: number
}

const move: fc.Arbitrary<Move> = fc.record({
  what: fc.constantFrom(...WHATS),
  v: fc.constantFrom(...VISITS),
  number: fc.constantFrom(...NUMBERS),
  batch: fc.constantFrom(...BATCHES),
  amountFen: fc.constantFrom(10_000, 700_000),
  choice: fc.nat(9),
})

const at = (v: Move['v']) => (v === 'there' ? L1 : L2)
const person = (v: Move['v']) => (v === 'out' ? 'CQE1' : 'CQR1')

/** The message of a move. */
function said(move: Move, teller: Teller): readonly [What, Said] {
  const { v, number, batch, amountFen, choice } = move
  const to = { v, at: at(v) }
  const stay = v !== 'out'
  switch (move.what) {
    case 'open':
      return [stay ? 'admit' : 'register', { ...to, person: person(v) }]
    case 'upload':
      return ['upload', { ...to, lines: [charge(number, amountFen, { batch })] }]
    case 'settle':
      return ['settle', { ...to, part: stay ? { final: false } : { batch }, s: 'last' }]
    case 'final':
      return ['settle', { ...to, part: { final: true, until: DISCHARGE }, s: 'last' }]
    case 'cancelSettlement': {
      const ids = [...teller.settlements.keys()].filter((name) => name.startsWith(`${v}/`))
      return ['cancelSettlement', { ...to, s: ids[choice % Math.max(ids.length, 1)] ?? 'none' }]
    }
    case 'remove':
      return ['remove', { ...to, removal: { numbers: [number] } }]
    case 'removeBatch':
      return ['remove', { ...to, removal: { batch } }]
    case 'removeAll':
      return ['remove', { ...to, removal: { all: true } }]
    case 'discharge':
      return ['discharge', { ...to, on: DISCHARGE }]
    case 'undoDischarge':
      return ['undoDischarge', to]
    default:
      return ['cancel', to]
  }
}

/** What the model says of the move, and what it is afterwards; the id of a new settlement is given. */
function predict(
  models: Map<string, Model>,
  move: Move,
  settlement: string | undefined,
  target: string,
): OutcomeCode | 'ok' {
  const { v, number, batch, amountFen } = move
  const lies = [...models].some(
    ([, { kind, cancelled, discharged }]) => kind === 'stay' && !cancelled && !discharged,
  )
  if (move.what === 'open') {
    if (v !== 'out' && lies) return 'in-hospital'
    const kind = v === 'out' ? 'outpatient' : 'stay'
    models.set(v, { kind, cancelled: false, discharged: false, lines: new Map(), live: new Map() })
    return 'ok'
  }
  const visit = models.get(v)
  if (visit === undefined) return 'visit-unknown'
  if (move.what === 'cancelSettlement') {
    if (target === 'none' || settlement === undefined) return 'settlement-not-found'
    if (!visit.live.delete(settlement)) return 'already-reversed'
    for (const line of visit.lines.values()) {
      if (line.settledBy === settlement) delete line.settledBy
    }
    return 'ok'
  }
  if (visit.cancelled) return 'visit-cancelled'
  const final = [...visit.live.values()].includes('final')
  const ofBatch = [...visit.lines].filter(([, line]) => line.batch === batch)
  switch (move.what) {
    case 'upload': {
      const known = visit.lines.get(number)
      if (known !== undefined) {
        const same = known.batch === batch && known.amountFen === amountFen
        return same ? 'ok' : 'visit-line-differs'
      }
      if (final) return 'visit-has-settlement'
      if (ofBatch.some(([, line]) => line.settledBy !== undefined)) return 'visit-batch-settled'
      visit.lines.set(number, { batch, amountFen })
      return 'ok'
    }
    case 'settle':
    case 'final': {
      const part = move.what === 'final' ? 'final' : visit.kind === 'stay' ? 'interim' : batch
      if (part === 'final' && visit.kind !== 'stay') return 'visit-kind'
      const asked = visit.kind === 'stay' ? [...visit.lines] : ofBatch
      const open = asked.filter(([, line]) => line.settledBy === undefined)
      if (final && part === 'final') return 'ok'
      if (final) return open.length > 0 ? 'visit-has-settlement' : 'visit-settled'
      if (open.length === 0) {
        return [...visit.live.values()].includes(part) && part !== 'final'
          ? 'ok'
          : 'visit-nothing-to-settle'
      }
      visit.live.set(settlement!, part)
      for (const [, line] of open) line.settledBy = settlement!
      return 'ok'
    }
    case 'remove':
    case 'removeBatch':
    case 'removeAll': {
      const chosen =
        move.what === 'remove'
          ? [...visit.lines].filter(([known]) => known === number)
          : move.what === 'removeBatch'
            ? ofBatch
            : [...visit.lines].filter(([, line]) => line.settledBy === undefined)
      if (move.what !== 'removeAll' && chosen.length === 0) return 'visit-line-unknown'
      if (chosen.some(([, line]) => line.settledBy !== undefined)) return 'visit-line-settled'
      for (const [known] of chosen) visit.lines.delete(known)
      return 'ok'
    }
    case 'discharge':
      if (visit.kind !== 'stay') return 'visit-kind'
      if (visit.discharged) return 'already-discharged'
      visit.discharged = true
      return 'ok'
    case 'undoDischarge':
      if (visit.kind !== 'stay') return 'visit-kind'
      if (!visit.discharged) return 'not-discharged'
      if (final) return 'visit-has-settlement'
      if (lies) return 'in-hospital'
      visit.discharged = false
      return 'ok'
    default:
      if (visit.live.size > 0) return 'visit-has-settlement'
      if (visit.kind === 'stay' && visit.lines.size > 0) return 'visit-has-lines'
      visit.cancelled = true
      visit.lines.clear()
      return 'ok'
  }
}

t.test('any sequence does what a small model says, and cancels to nothing', async (t) => {
  const property = fc.asyncProperty(
    fc.array(move, { minLength: 20, maxLength: 40, size: 'max' }),
    fc.nat(6),
    async (moves, restart) => {
      const world = await openVisitWorld(2)
      try {
        await run(world, moves, restart)
      } finally {
        await world.close()
      }
    },
  )
  await fc.assert(property, { numRuns: 40 * RUNS })
  t.pass()
})

async function run(world: VisitWorld, moves: readonly Move[], restart: number): Promise<void> {
  const teller = new Teller()
  const models = new Map<string, Model>()
  const before = await states(world)
  let last: readonly [What, ReturnType<Teller['message']>, unknown] | undefined
  const opened = (['out', 'here'] as const).map((v) => ({ ...moves[0]!, what: 'open' as const, v }))
  for (const [index, move] of [...opened, ...moves].entries()) {
    if (index % 7 === restart) await world.restart()
    const ports = world.threads[index % 2]!
    if (move.what === 'again') {
      if (last !== undefined) await sameAgain(world, teller, last, index)
      continue
    }
    // A new opening takes the label, and with it the settlements, of the visit before.
    if (move.what === 'open') {
      await close(world, teller, models, move.v)
      last = undefined
    }
    const [what, words] = said(move, teller)
    const message = teller.message(words)
    const outcome = await teller.send(ports, what, message)
    last = [what, message, outcome]
    const target = words.s ?? 'none'
    const id = isRefusal(outcome) ? undefined : outcome.answer.settlementId
    const settlement = what === 'cancelSettlement' ? teller.settlements.get(target) : id
    const expected = predict(models, move, settlement, target)
    const was = isRefusal(outcome) ? outcome.refused : 'ok'
    equal(was, expected, `${index}. ${move.what} ${JSON.stringify(words)}`)
    if (id !== undefined && what === 'settle') teller.settlements.set(`${move.v}/${id}`, id)
    teller.settlements.delete('last')
    await sameState(world, teller, models, move.v, index)
  }
  for (const v of VISITS) await close(world, teller, models, v)
  equal(await states(world), before, 'cancelled to nothing')
}

/** Undoes all that there is of a visit. */
async function close(world: VisitWorld, teller: Teller, models: Map<string, Model>, v: Move['v']) {
  const visit = models.get(v)
  const [ports] = world.threads
  const to = { v, at: at(v) }
  const send = (what: What, words: Said) => teller.send(ports!, what, teller.message(words))
  for (const id of visit?.live.keys() ?? []) {
    const outcome = await send('cancelSettlement', { ...to, s: `${v}/${id}` })
    equal(isRefusal(outcome), false, 'closing')
  }
  if (visit !== undefined && !visit.cancelled) {
    await send('remove', { ...to, removal: { all: true } })
    equal(isRefusal(await send('cancel', to)), false, 'closing')
  }
  models.delete(v)
  teller.visits.delete(v)
  for (const name of [...teller.settlements.keys()]) {
    if (name.startsWith(`${v}/`)) teller.settlements.delete(name)
  }
}

async function sameAgain(
  world: VisitWorld,
  teller: Teller,
  [what, message, outcome]: readonly [What, ReturnType<Teller['message']>, unknown],
  index: number,
): Promise<void> {
  if (isRefusal(outcome)) return
  const head = world.journal.head().position
  const again = await teller.send(world.threads[(index + 1) % 2]!, what, message)
  teller.settlements.delete('last')
  const { answer } = outcome as { answer: unknown }
  equal(isDeepStrictEqual(again.answer, answer), true, 'answered again')
  equal(world.journal.head().position, head, 'booked once')
}

async function sameState(
  world: VisitWorld,
  teller: Teller,
  models: Map<string, Model>,
  v: Move['v'],
  index: number,
): Promise<void> {
  const model = models.get(v)
  if (model === undefined) return
  const message = teller.message({ v, at: at(v) })
  const visit = await teller.send(world.threads[(index + 1) % 2]!, 'find', message)
  equal(visit.cancelled !== undefined, model.cancelled, 'cancelled')
  equal(visit.dischargedOn !== undefined, model.discharged, 'discharged')
  equal([...visit.lines.keys()].sort(), [...model.lines.keys()].sort(), 'lines')
  const settled = [...model.lines].filter(([, line]) => line.settledBy !== undefined)
  equal(
    [...visit.settled].map(([number, position]) => `${number} S${position}`).sort(),
    settled.map(([number, line]) => `${number} ${line.settledBy}`).sort(),
    'settled',
  )
  const total = settled.reduce((sum, [, { amountFen }]) => sum + amountFen, 0)
  const claims: { claim: { lines: { amountFen: number }[] } }[] = visit.settlements
  const booked = claims
    .flatMap(({ claim }) => claim.lines)
    .reduce((sum, line) => sum + line.amountFen, 0)
  equal(booked, total, 'total')
}

/** All that was ever counted for the persons, and what the institutions' days come to. */
async function states(world: VisitWorld): Promise<unknown> {
  const { ledger } = world.threads[0]!
  const subjects = ['CQE1', 'CQR1'].flatMap((id) => [
    personSubject(id),
    accountSubject(id),
    inHospitalSubject(id),
  ])
  const sums = (state: SubjectState) =>
    [...state.accumulators.keys()].sort().map((name) => [name, accumulated(state, name)])
  const counted = await Promise.all(
    subjects.map(async (subject) => sums((await ledger.load(subject)).state)),
  )
  const days = await Promise.all([L2, L1].map((id) => ledger.bookings(id, 0, 2 ** 52)))
  return [
    counted,
    days.map((rows) => rows.reduce((sum, { totalFen, fundFen }) => sum + totalFen + fundFen, 0)),
  ]
}

function equal(actual: unknown, expected: unknown, what: string): void {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (one !== other) throw new Error(`${what}: ${one}, the model says ${other}`)
}

const BEGUN: readonly Step[] = [
  ['register', { v: 'out' }, {}],
  ['upload', { v: 'out', lines: [charge('1', 10_000, { batch: 'B1' })] }, {}],
  ['admit', { v: 'here' }, {}],
  ['upload', { v: 'here', lines: [charge('1', 500_000)] }, {}],
]
const FINAL = { v: 'here', part: { final: true, until: DISCHARGE } }
const RACES: readonly (readonly [What, Said])[] = [
  ['settle', { v: 'out', part: { batch: 'B1' }, s: 'a' }],
  ['settle', { v: 'out', part: { batch: 'B1' }, terms: { diagnoses: ['I10'] }, s: 'b' }],
  ['remove', { v: 'out' }],
  ['upload', { v: 'out', lines: [charge('2', 20_000, { batch: 'B1' })] }],
  ['cancel', { v: 'out' }],
  ['settle', { ...FINAL, s: 'c' }],
  ['upload', { v: 'here', lines: [charge('2', 20_000)] }],
  ['remove', { v: 'here' }],
  ['discharge', { v: 'here', on: '2012-06-09' }],
  ['admit', { v: 'there', at: L1 }],
  ['admit', { v: 'new', at: L1, person: 'CQR2' }],
  ['admit', { v: 'other', person: 'CQR2' }],
]

t.test('of two at once both end as if one had come after the other', async (t) => {
  for (const one of RACES) {
    for (const other of RACES) {
      const [apart, reversed] = [
        await race(one, other, 'one-other'),
        await race(one, other, 'other-one'),
      ]
      const together = await race(one, other, 'together')
      const title = `${one[0]} ${JSON.stringify(one[1])} and ${other[0]} ${JSON.stringify(other[1])}`
      t.ok([apart, reversed].includes(together), `${title}: ${together} of ${apart} or ${reversed}`)
    }
  }
})

/** Outcomes of both, the lines of the claims that were settled, and what is left of both visits. */
async function race(
  one: readonly [What, Said],
  other: readonly [What, Said],
  order: 'one-other' | 'other-one' | 'together',
): Promise<string> {
  const world = await openVisitWorld(2)
  const teller = new Teller()
  const [first, second] = world.threads
  for (const [what, words] of BEGUN) await teller.send(first!, what, teller.message(words))
  // Both threads know the visits as they are.
  for (const v of ['out', 'here']) await teller.send(second!, 'find', teller.message({ v }))
  const messages = [teller.message(one[1]), teller.message(other[1])] as const
  const sendOne = () => teller.send(first!, one[0], messages[0])
  const sendOther = () => teller.send(second!, other[0], messages[1])
  let outcomes: unknown[]
  if (order === 'together') outcomes = await Promise.all([sendOne(), sendOther()])
  else if (order === 'one-other') outcomes = [await sendOne(), await sendOther()]
  else outcomes = [await sendOther(), await sendOne()].reverse()
  const visits = await Promise.all(
    ['out', 'here'].map((v) => teller.send(first!, 'find', teller.message({ v }))),
  )
  await world.close()
  return JSON.stringify([
    outcomes.map((outcome) => (isRefusal(outcome) ? outcome.refused : 'ok')),
    visits.map((visit) => [
      [...visit.lines.keys()],
      [...visit.settled.keys()],
      visit.settlements.length,
      visit.cancelled ?? null,
      visit.dischargedOn ?? null,
    ]),
  ])
}

t.test('a stay of thousands of lines', async (t: Test) => {
  const world = await openVisitWorld()
  t.teardown(() => world.close())
  const teller = new Teller()
  const send = (what: What, words: Said) =>
    teller.send(world.threads[0]!, what, teller.message(words))
  await send('admit', {})
  for (let day = 0; day < 60; day++) {
    const lines = Array.from({ length: 50 }, (_, i) => charge(`${day * 50 + i}`, 1_000))
    t.equal((await send('upload', { lines })).replayed, false)
  }
  await world.restart()
  const settled = await send('settle', { ...FINAL, v: 'v', terms: { totalFen: 3_000_000 } })
  t.equal(settled.answer.claim.lines.length, 3_000)
  const { state } = await world.threads[0]!.ledger.load((await send('find', {})).subject)
  t.strictSame([state.accumulators.size, state.live.length], [0, 1], 'the state stays small')
})
