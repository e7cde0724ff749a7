import t from 'tap'
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
    const served = new ImpatientLedger(
      new Proxy(ledger, {
        get: (of, name) => (name === 'status' ? status : Reflect.get(of, name).bind(of)),
      }),
      () => now,
    )
    t.teardown(() => served.close())
    const append = (id: string) => served.append({ entries: [settlement(id, 1)], guards: [] })
    const unknown = { name: 'UnknownOutcomeError' }
    const told: Promise<unknown>[] = [append('R1'), served.findKey(KEY)]
    const all = Promise.all(told.map((one) => t.rejects(one, unknown)))
    let isTold = false
    all.then(() => {
      isTold = true
    })
    now += 4_999
    await new Promise((resolve) => setTimeout(resolve, 600))
    t.equal(isTold, false, 'a slow disk is waited for')
    now += 1
    // What looks at the disk keeps no process alive.
    const alive = setInterval(() => {}, 1_000)
    await all
    clearInterval(alive)
    t.match(await append('R2'), { outcome: 'shed', reason: 'queue-full' })
    isHeld = false
    busySince = 0
    for (const task of tasks) task()
    await new Promise((resolve) => setTimeout(resolve, 600))
    t.equal(await served.findKey(KEY), 1, 'what was sent is booked, once')
    t.match(await append('R1'), { outcome: 'known', position: 1 })
    t.match(await append('R2'), { outcome: 'appended', firstPosition: 2 })
    t.equal((await served.load(settlement('R1', 1).subjects[0]!)).state.live.length, 2)
  },
)
