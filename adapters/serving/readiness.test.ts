import t from 'tap'
import { ReadKeeper } from '../../engine/access/read-keeper.ts'
import { InWork } from '../../engine/counter/in-work.ts'
import { bookedUnder } from '../../engine/counter/message-keys.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import { settlement } from '../../fixtures/ledger/entries.ts'
import { openMemoryLedger } from '../memory/inline-ledger.ts'
import { ImpatientLedger } from './impatient-ledger.ts'
import { whyNotReady } from './readiness.ts'

const NOW = 1_700_000_000_000
const SECOND = NOW / 1_000

const KEY = 'H1/settlement/R1'

const CASES = [
  ['idle', { writable: true, busySince: 0 }, false, undefined],
  ['at a commit', { writable: true, busySince: SECOND - 4 }, false, undefined],
  ['a clock set back', { writable: true, busySince: SECOND + 60 }, false, undefined],
  ['held up', { writable: true, busySince: SECOND - 5 }, false, /for 5 seconds: the disk/],
  ['shed', { writable: false, busySince: SECOND - 6 }, false, /^the ledger takes no bookings$/],
  ['stopping', { writable: false, busySince: 0 }, true, /^the engine is stopping$/],
] as const

t.test('whether work may be sent', async (t) => {
  for (const [name, status, isStopping, expected] of CASES) {
    const found = whyNotReady(status, isStopping, NOW)
    if (expected === undefined) t.equal(found, undefined, name)
    else t.match(found, expected, name)
  }
})

t.test(
  'whoever waits for a disk that does not answer is told so, and nothing is lost',
  async (t) => {
    const tasks: (() => void)[] = []
    let isHeld = true
    const ledger = openMemoryLedger({
      schedule: (task) => (isHeld ? tasks.push(task) : setImmediate(task)),
    })
    let busySince = SECOND
    let now = NOW
    const status = () => ({ ...ledger.status(), busySince })
    const inWork = new InWork()
    const served = (view: Ledger): ImpatientLedger => {
      const shown = new Proxy(view, {
        get: (of, name) => (name === 'status' ? status : Reflect.get(of, name).bind(of)),
      })
      const impatient = new ImpatientLedger(shown, inWork, () => now)
      t.teardown(() => impatient.close())
      return impatient
    }
    const [one, other] = [served(ledger), served(ledger.view())]
    const append = (id: string) => one.append({ entries: [settlement(id, 1)], guards: [] })
    const unknown = { name: 'UnknownOutcomeError' }
    const reads = new ReadKeeper({
      ledger,
      patience: one,
      thread: 0,
      now: () => now,
      soon: setImmediate,
      onFault: (error) => t.fail(error as Error),
    })
    const by = { role: 'institution', id: 'H1' } as const
    const show = (personId: string) => reads.keep([{ by, way: '1101', what: 'person', personId }])
    const shown = show('P1')
    const told: Promise<unknown>[] = [inWork.run(KEY, () => append('R1')), one.findKey(KEY)]
    const all = Promise.all(told.map((one) => t.rejects(one, unknown)))
    let isTold = false
    all.then(() => {
      isTold = true
    })
    now += 4_999
    await new Promise((resolve) => setTimeout(resolve, 600))
    t.equal(isTold, false, 'a slow disk is waited for')
    now += 1
    // Neither looking at the disk nor waiting keeps a process alive.
    const alive = setInterval(() => {}, 1_000)
    t.teardown(() => clearInterval(alive))
    await all
    t.match(await shown, { refused: 'overloaded' }, 'what cannot be kept is not shown')
    t.match(await show('P2'), { refused: 'overloaded' }, 'at once')
    t.match(await append('R2'), { outcome: 'shed', reason: 'queue-full' })
    await t.rejects(one.findKey(KEY), unknown, 'at once')
    t.equal(await inWork.done(KEY, 10), false, 'as long as it is not certain')
    busySince = 0
    await new Promise((resolve) => setTimeout(resolve, 600))
    // The disk answers, and another thread asks before what waited is looked at.
    const asked = bookedUnder({ ledger: other, inWork }, KEY)
    await new Promise((resolve) => setImmediate(resolve))
    isHeld = false
    for (const task of tasks.reverse()) task()
    t.equal(await asked, 1, 'what was sent is booked, once')
    t.match(await append('R1'), { outcome: 'known', position: 1 })
    // Behind the read that was on its way.
    t.match(await append('R2'), { outcome: 'appended', firstPosition: 3 })
    t.equal(await show('P3'), undefined)
    t.equal((await one.load(settlement('R1', 1).subjects[0]!)).state.live.length, 2)
  },
)
