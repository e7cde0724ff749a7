import { dirname } from 'node:path'
import t from 'tap'
import { PackLibrary } from '../../adapters/packs/pack-library.ts'
import { shadowPorts } from '../../fixtures/counter/assess-here.ts'
import { L2, messageId, stay, visit } from '../../fixtures/counter/bills.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { shadowRun } from '../replay/shadow-run.ts'

const CHANGES = [
  ['person', 'person'],
  ['city', 'city'],
  ['person', 'city'],
  ['city', 'person'],
] as const

/**
 * A pack may begin to say that the year's sums are the city's, or be taken back to what it said: what
 * was booked before counts as if nothing had changed. Who moves to another city is case 0503.
 */
t.test('sums of both forms count together', async (t) => {
  const told = new Map<string, unknown>()
  for (const [first, second] of CHANGES) {
    const name = `${first}, then ${second}`
    const counter = await openTestCounter()
    t.teardown(() => counter.close())
    let said = 'city'
    const sumsAreOf = async (of: string) => {
      counter.editRules('chongqing/pack.yaml', `  of: ${said}\n`, `  of: ${of}\n`)
      said = of
      const { status } = await counter.as('policy').post('/v1/policy/reload', {})
      t.equal(status, 200, name)
    }
    const post = async (path: string, body: object) => {
      const reply = await counter.as(L2).post(path, { requestId: messageId(), ...body })
      t.equal(reply.status, 201, `${name}: ${JSON.stringify(reply.body)}`)
      return reply.body
    }
    const settle = async (body: object) => {
      const { settlementId, amounts, remaining } = await post('/v1/settlements', body)
      const { deductibleFen, fundFen } = amounts
      return { settlementId, came: { deductibleFen, fundFen, remaining } }
    }
    const usedBy = async (personId: string, on: string) => {
      const { body } = await counter.as(L2).get(`/v1/persons/${personId}/benefits?on=${on}`)
      return { used: body.used, remaining: body.remaining }
    }

    await sumsAreOf(first)
    const large = await settle(stay(9_000_000))
    const ofTheDeductible = await settle(visit(15_000))
    await sumsAreOf(second)
    // The cap is as good as used up, and the deductible of the year half borne.
    const cut = await settle(stay(9_000_000))
    const rest = await settle(visit(150_000))
    const used = [await usedBy('CQR1', '2012-12-31'), await usedBy('CQE1', '2023-12-31')]
    const { dependents } = await post(`/v1/settlements/${large.settlementId}/reversal`, {})
    const free = await settle(stay(1_000_000))

    const leaning = dependents.settlementIds.map((id: string) => id === cut.settlementId)
    const books = [large, ofTheDeductible, cut, rest, free].map(({ came }) => came)
    told.set(name, { books, used, moved: dependents.moved, leaning })

    const { ledger, records } = counter.ports
    const shadow = await shadowPorts(ledger, records, new PackLibrary(dirname(counter.rulesFolder)))
    const rows = [...shadowRun(shadow, counter.ports.policy())]
    t.equal(rows.length, 4, name)
    for (const row of rows) {
      t.match(
        row,
        { differs: false, readsMore: false },
        `${name}: decided again, ${row.settlementId}`,
      )
    }
  }
  const [as, ...others] = [...told.values()]
  t.match(as, { leaning: [true] })
  for (const other of others) t.strictSame(other, as)
})
