import t from 'tap'
import { OUTCOMES, type OutcomeCode } from '../../engine/claim/outcomes.ts'
import { L2, stay } from '../../fixtures/counter/bills.ts'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'
import { openMemoryLedger } from '../memory/inline-ledger.ts'
import { MemoryJournal } from '../memory/memory-journal.ts'

/** What is refused whatever was sent: a busy or stopping engine, a failing disk, a fault of ours, the rules. */

const opened: TestCounter[] = []

async function open(options = {}): Promise<TestCounter> {
  const counter = await openTestCounter(options)
  t.teardown(() => counter.close())
  opened.push(counter)
  return counter
}

t.test('rules with errors', async (t) => {
  const counter = await open()
  counter.editRules('chongqing/pack.yaml', 'id: chongqing', 'id: nowhere')
  const officer = counter.as('policy')
  const reply = await officer.post('/v1/policy/reload', {})
  t.match(reply, { status: 422, body: { code: 'policy-invalid', problems: [/./] } })
  const back = await officer.post('/v1/policy/rollback', {})
  t.match(back, { status: 422, body: { code: 'policy-version-unknown' } })
})

t.test('an engine with more work than it can book', async (t) => {
  const ledger = openMemoryLedger({ foldLagMax: 8, foldsByItself: false })
  const counter = await open({ ledger })
  const at = counter.as(L2)
  const settle = (requestId: string) => at.post('/v1/settlements', { requestId, ...stay(1) })
  ledger.fold()
  const first = await settle('R0')
  for (let i = 1; i < 8; i++) t.equal((await settle(`R${i}`)).status, 201)
  const shed = await settle('R8')
  t.match(shed, { status: 503, body: { code: 'overloaded' }, headers: { 'retry-after': '1' } })
  const retry = await settle('R0')
  t.equal(retry.bytes, first.bytes, 'what is booked is still answered')
  t.match(await at.post('/v1/reversals', { requestId: 'C', originalRequestId: 'R8' }), {
    status: 503,
  })
  ledger.fold()
  t.equal((await settle('R8')).status, 201)
})

t.test('an engine that is stopping', async (t) => {
  const ledger = openMemoryLedger()
  const view = ledger.view()
  const counter = await open({ ledger: view })
  view.stop()
  const reply = await counter.as(L2).post('/v1/settlements', { requestId: 'A', ...stay(1) })
  t.match(reply, { status: 503, body: { code: 'stopping' } })
})

t.test('a commit of which nobody knows whether it is durable', async (t) => {
  class FailingJournal extends MemoryJournal {
    fails = false
    override append(rows: Parameters<MemoryJournal['append']>[0]): void {
      super.append(rows)
      if (this.fails) throw new Error('EIO')
    }
  }
  const journal = new FailingJournal()
  const counter = await open({ ledger: openMemoryLedger({ journal }) })
  journal.fails = true
  const reply = await counter.as(L2).post('/v1/settlements', { requestId: 'A', ...stay(1) })
  t.match(reply, { status: 503, body: { code: 'outcome-unknown' } })
})

t.test('a fault of ours says nothing of its cause', async (t) => {
  const counter = await open()
  Object.defineProperty(counter.ports, 'policy', {
    value: () => {
      throw new Error('the secret cause')
    },
  })
  for (const url of ['/v1/quotes', '/v1/settlements']) {
    const body = url === '/v1/quotes' ? stay(1) : { requestId: 'A', ...stay(1) }
    const reply = await counter.as(L2).post(url, body)
    t.match(reply, { status: 500, body: { code: 'internal-error' } })
    t.notMatch(reply.bytes, /secret/)
  }
})

t.test('a settlement whose policy version is lost cannot be explained', async (t) => {
  const counter = await open()
  const hospital = counter.as(L2)
  const { body } = await hospital.post('/v1/settlements', { requestId: 'A', ...stay(1) })
  Object.assign(counter.ports, { packByHash: () => undefined })
  t.match(await hospital.get(`/v1/settlements/${body.settlementId}/explanation`), {
    status: 422,
    body: { code: 'policy-version-missing', message: OUTCOMES['policy-version-missing'].message },
  })
})

t.test('none was left out', async (t) => {
  const isOfEngine = (code: string) => {
    const { number } = OUTCOMES[code as OutcomeCode]
    return number >= 900 && number < 950
  }
  const seen = new Set(opened.flatMap(({ codes }) => [...codes]))
  t.strictSame([...seen].filter(isOfEngine).sort(), Object.keys(OUTCOMES).filter(isOfEngine).sort())
})
