import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { bookOpenings } from '../../engine/counter/openings.ts'
import { L2, PHARMACY } from '../../fixtures/counter/bills.ts'
import { Gate, openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'
import { DEMO_PERSONS } from '../../fixtures/demo.ts'
import {
  ADMISSION,
  type Answer,
  HospitalSystem,
  type Message,
} from '../../fixtures/nhsa/hospital-system.ts'
import { entryCodec } from '../codec/entry-codec.ts'
import { openMemoryLedger } from '../memory/inline-ledger.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { openStates } from '../sqlite/state-store.ts'

/**
 * Every way in which the answer to a settlement can be lost, and every way in which a cashier goes on
 * then. However it went, nothing is booked twice, nothing is lost, and 3201 finds the cashier's books
 * even. The ledger is in files, which restarts open again.
 */

const UNDO = 'zj-2601-after-2208-rejected'

/** What becomes of the message whose answer the cashier never sees. */
interface Loss {
  /** How often it is sent, at once. */
  readonly sent: 0 | 1 | 2
  /** The engine comes to nothing until the cashier has gone on. */
  readonly held?: true
  /** Before the cashier goes on: ended in order, or killed with its derived state lost. */
  readonly ends?: 'stopped' | 'killed'
}

const LOSSES: Readonly<Record<string, Loss>> = {
  'before it arrives': { sent: 0 },
  'while it is worked on': { sent: 1, held: true },
  'after the commit': { sent: 1 },
  'both of two that were sent at once': { sent: 2 },
  'after the commit, and the engine restarts': { sent: 1, ends: 'stopped' },
  'after the commit, and the engine is killed': { sent: 1, ends: 'killed' },
  'before the commit, as the engine is killed': { sent: 1, held: true, ends: 'killed' },
}
const books = ({ sent, held, ends }: Loss) => sent > 0 && !(held && ends === 'killed')

/** A counter over files that can be opened again, with a line that carries nothing while it is held. */
class Engine {
  readonly #folder: string
  #counter!: TestCounter
  #gate!: Gate
  #end!: (how: 'stopped' | 'killed') => Promise<void>

  constructor(folder: string) {
    this.#folder = folder
  }

  get app() {
    return this.#counter.app
  }

  get bookings() {
    return this.#counter.ports.ledger.bookings
  }

  get now(): number {
    return this.#counter.now
  }

  async open(now?: number): Promise<void> {
    const journal = openJournal({ path: join(this.#folder, 'journal.sqlite') })
    const statesPath = join(this.#folder, 'state.sqlite')
    const states = openStates({ path: statesPath, codec: entryCodec })
    const gate = new Gate()
    const { close, ...ledger } = openMemoryLedger({ journal, states, schedule: gate.schedule })
    this.#gate = gate
    this.#counter = await openTestCounter({ ledger })
    if (now !== undefined) this.#counter.now = now
    for (const personId of PERSONS) this.#counter.putPerson({ ...EMPLOYEE, personId })
    const openings = PERSONS.map((personId) => ({ personId, accountFen: 200_000 }))
    await bookOpenings(ledger, 'lost', openings, this.now, { pause: async () => {} })
    this.#end = async (how) => {
      if (how === 'stopped') await close()
      else {
        states.close()
        journal.close()
        for (const more of ['', '-wal', '-shm']) rmSync(statesPath + more, { force: true })
      }
      await this.#counter.close()
    }
  }

  hold(): void {
    this.#gate.hold()
  }

  release(): void {
    this.#gate.release()
  }

  /** Time goes on, so that settlements can be told apart by it. */
  later(): void {
    this.#counter.now += 60_000
  }

  async restart(how: 'stopped' | 'killed'): Promise<void> {
    const { now } = this
    await this.#end(how)
    await this.open(now)
  }

  end(): Promise<void> {
    return this.#end('stopped')
  }
}

/** A cashier with one patient, who settles by one of the transactions. */
class Cashier extends HospitalSystem {
  static #messages = 0
  readonly kind: Kind
  /** The message whose answer is lost. */
  original = ''

  constructor(engine: Engine, kind: Kind, person: string) {
    super(engine, kind.at)
    this.kind = kind
    this.ids['psn_no'] = person
    this.ids['mdtrt_cert_no'] = `card of ${person}`
  }

  override nextId(): string {
    Cashier.#messages += 1
    return `${this.kind.at}20220121${String(Cashier.#messages).padStart(10, '0')}`
  }

  settle(t: Test, id: string): Promise<string> {
    const { message, more = {} } = this.kind
    return this.bytes(t, message, { id, more })
  }

  undo(t: Test): Promise<Answer> {
    return this.send(t, UNDO, { more: { omsgid: this.original, oinfno: this.kind.infno } })
  }

  /** What 5203 finds of the patient, without any id: all, or since a time. */
  async find(t: Test, since: string): Promise<Answer[]> {
    const { psn_no } = this.ids
    const data = { psn_no, oinfno: this.kind.infno, begntime: since }
    const answer = await this.send(t, '5203', { more: { data } })
    return answer.output?.setllist ?? []
  }

  async good(t: Test, name: string): Promise<Answer> {
    const answer = await this.send(t, name)
    t.equal(answer.infcode, 0, `${name}: ${answer.err_msg}`)
    return answer.output
  }
}

interface Kind {
  readonly infno: string
  /** The captured message, or our own, that settles. */
  readonly message: string
  readonly more?: Message
  readonly at: string
  readonly clrType: string
  /** All that comes before the settlement. */
  readonly ready: (t: Test, cashier: Cashier) => Promise<void>
  /** Leaves room for the next story of the patient. */
  readonly leave?: (t: Test, cashier: Cashier, settled: boolean) => Promise<void>
}

const STAY: Omit<Kind, 'more'> = {
  infno: '2304',
  message: '2304',
  at: L2,
  clrType: '21',
  ready: async (t, cashier) => {
    cashier.ids['mdtrt_id'] = (await cashier.good(t, ADMISSION)).result.mdtrt_id
    await cashier.good(t, '2301')
  },
  leave: async (t, cashier, settled) => {
    for (const name of settled ? ['2402'] : ['2302', '2404']) await cashier.good(t, name)
  },
}

let purchases = 0
const KINDS: readonly Kind[] = [
  {
    infno: '2102',
    message: '2102',
    at: PHARMACY,
    clrType: '41',
    ready: async (_t, cashier) => {
      purchases += 1
      cashier.ids['begntime'] = new Date(Date.UTC(2022, 0, 21, 2, 0, purchases))
        .toISOString()
        .slice(0, 'yyyy-mm-ddThh:mm:ss'.length)
    },
  },
  {
    infno: '2207',
    message: 'zj-2207A',
    at: L2,
    clrType: '11',
    ready: (t, cashier) => cashier.upTo(t, 'zj-2201', 'zj-2203A', 'zj-2204'),
  },
  STAY,
  { ...STAY, more: { mid_setl_flag: '1', dscgTime: '2022-01-24' } },
]

/** How the cashier goes on: the answer that is taken down in the end, or nothing. */
type Recovery = (t: Test, cashier: Cashier, lost: Lost) => Promise<Answer | undefined>

interface Lost {
  /** What was answered, if anything was. */
  readonly answer: string | undefined
  /** Before the message was sent. */
  readonly since: string
  /** Whether it is certain that nothing was booked. */
  readonly never: boolean
}

const settled = (t: Test, bytes: string): Answer => {
  const answer = JSON.parse(bytes)
  t.equal(answer.infcode, 0, answer.err_msg)
  return answer.output.setlinfo
}

async function undone(t: Test, cashier: Cashier): Promise<void> {
  const { infcode, err_msg } = await cashier.undo(t)
  t.equal(infcode, 0, `2601: ${err_msg}`)
}

const RECOVERIES: Readonly<Record<string, Recovery>> = {
  'the same message again': async (t, cashier, { answer }) => {
    const again = await cashier.settle(t, cashier.original)
    if (answer !== undefined) t.equal(again, answer, 'byte for byte')
    return settled(t, again)
  },
  'the same under a new message id': async (t, cashier, { answer }) => {
    const again = await cashier.settle(t, cashier.nextId())
    if (answer !== undefined) t.strictSame(JSON.parse(again).output, JSON.parse(answer).output)
    return settled(t, again)
  },
  '2601, and a new message': async (t, cashier) => {
    await undone(t, cashier)
    return settled(t, await cashier.settle(t, cashier.nextId()))
  },
  '2601 twice, and given up': async (t, cashier, { answer, never }) => {
    await undone(t, cashier)
    await undone(t, cashier)
    const late = await cashier.settle(t, cashier.original)
    if (never) t.match(JSON.parse(late), { infcode: -1, err_msg: /已被冲正/ })
    if (answer !== undefined) t.equal(late, answer, 'it is what was answered, and undone')
    return undefined
  },
  '5203 by the person, and a new message if it finds nothing': async (t, cashier, lost) => {
    const found = await cashier.find(t, lost.since)
    if (lost.answer !== undefined) t.equal(found.length, 1, 'it is found')
    return found[0] ?? settled(t, await cashier.settle(t, cashier.nextId()))
  },
}

const EMPLOYEE = DEMO_PERSONS.find(({ personId }) => personId === 'CQE1')!
/** One for every kind and recovery: they are all under way at once. */
const STORIES = KINDS.flatMap((kind) =>
  Object.entries(RECOVERIES).map(([name, recovery]) => ({
    told: `${kind.infno} ${JSON.stringify(kind.more ?? {})}: ${name}`,
    kind,
    recovery,
  })),
)
const PERSONS = STORIES.map((_, nth) => `LOST${nth}`)

t.test('answers are lost', async (t) => {
  const engine = new Engine(t.testdir())
  await engine.open()
  const cashiers = STORIES.map(({ kind, ...story }, nth) => ({
    ...story,
    cashier: new Cashier(engine, kind, PERSONS[nth]!),
  }))
  /** What cashiers have in their books, by transaction. */
  const book = new Map<string, Answer[]>(KINDS.map(({ infno }) => [infno, []]))
  for (const [name, loss] of Object.entries(LOSSES)) {
    await t.test(name, async (t) => {
      engine.later()
      const since = timeOf(engine.now)
      for (const { cashier } of cashiers) await cashier.kind.ready(t, cashier)
      if (loss.held) engine.hold()
      const sent = cashiers.map(({ cashier }) => {
        cashier.original = cashier.nextId()
        const calls = Array.from({ length: loss.sent }, () => cashier.settle(t, cashier.original))
        return Promise.all(calls)
      })
      await turns()
      const answers = loss.held ? [] : await Promise.all(sent)
      if (loss.ends !== undefined) await engine.restart(loss.ends)
      const never = !books(loss)
      const recovered = cashiers.map(({ told, recovery, cashier }, nth) => {
        const [answer, other] = answers[nth] ?? []
        if (other !== undefined) t.equal(other, answer, `${told}: sent twice at once`)
        return recovery(t, cashier, { answer, since, never })
      })
      await turns()
      engine.release()
      for (const [nth, { cashier }] of cashiers.entries()) {
        const setlinfo = await recovered[nth]
        if (setlinfo !== undefined) book.get(cashier.kind.infno)!.push(setlinfo)
        await cashier.kind.leave?.(t, cashier, setlinfo !== undefined)
      }
      if (loss.ends !== 'killed') await Promise.all(sent)
      await even(
        t,
        engine,
        cashiers.map(({ cashier }) => cashier),
        book,
      )
    })
  }
  await engine.end()
})

/** Lets everybody come as far as without the ledger. */
async function turns(): Promise<void> {
  for (let nth = 0; nth < 50; nth++) await turn()
}

function timeOf(now: number): string {
  return new Date(now + 8 * 3_600_000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)
}

const fenOf = (rows: readonly Answer[], field: string) =>
  rows.reduce((sum, row) => sum + Math.round(row[field] * 100), 0)

/** 3201 of each transaction: as in the books, without refunds and with them; a fen more is uneven. */
async function even(
  t: Test,
  engine: Engine,
  cashiers: readonly Cashier[],
  book: ReadonlyMap<string, readonly Answer[]>,
): Promise<void> {
  for (const [infno, rows] of book) {
    const here = cashiers.filter(({ kind }) => kind.infno === infno)
    const [cashier] = here
    const all = (await Promise.all(here.map((one) => one.find(t, '2000-01-01')))).flat()
    const live = all.filter(({ refd_setl_flag }) => refd_setl_flag === '0')
    const ids = (some: readonly Answer[]) => some.map(({ setl_id }) => setl_id).sort()
    t.strictSame(ids(live), ids(rows), `${infno}: each is booked once`)
    const ask = async (refunds: string, more = 0) => {
      const data = {
        insutype: '310',
        clr_type: cashier!.kind.clrType,
        setl_optins: cashier!.kind.at.slice(1, 7),
        stmt_begndate: '2026-11-21',
        stmt_enddate: '2026-11-21',
        medfee_sumamt: String((fenOf(rows, 'medfee_sumamt') + more) / 100),
        fund_pay_sumamt: String(fenOf(rows, 'fund_pay_sumamt') / 100),
        acct_pay: String(fenOf(rows, 'acct_pay') / 100),
        fixmedins_setl_cnt: String(rows.length),
        refd_setl_flag: refunds,
        fixmedins_refd_setl_flag: refunds,
      }
      const answer = await cashier!.send(t, 'zj-3201-wrong-url', { more: { data } })
      return answer.output.stmtinfo
    }
    for (const refunds of ['0', '1', '']) {
      t.match(await ask(refunds), { stmt_rslt: '0' }, `${infno}: even, refunds ${refunds}`)
    }
    t.match(await ask('0', 1), { stmt_rslt: '1' })
  }
  for (const at of [PHARMACY, L2]) {
    const bookings = await engine.bookings(at, 0, 2 ** 52)
    const total = bookings.reduce((sum, { totalFen }) => sum + totalFen, 0)
    const theirs = [...book].flatMap(([infno, rows]) =>
      KINDS.some((kind) => kind.at === at && kind.infno === infno) ? rows : [],
    )
    t.equal(total, fenOf(theirs, 'medfee_sumamt'), `${at}: nothing beside the books`)
  }
}
