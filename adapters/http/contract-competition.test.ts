import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Ledger } from '../../engine/ledger/ports.ts'
import { L1, L2, messageId, stay, visit } from '../../fixtures/counter/bills.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { openMemoryLedger } from '../memory/inline-ledger.ts'
import { openLedger } from '../workers/ledger-host.ts'

/**
 * Settlements at once that compete for the last of a deductible, a cap or an account: all are
 * booked, and together they come to what one after the other would.
 */
const CAP = 7_000_000
const DEDUCTIBLE_OF_YEAR = 20_000

interface Amounts {
  readonly fundFen: number
  readonly deductibleFen: number
  readonly accountFen: number
}

async function compete(t: Test, ledger: Ledger): Promise<void> {
  const counter = await openTestCounter({ ledger })
  t.teardown(() => counter.close())
  /** All at once, from two hospitals. */
  const settleAll = async (bills: readonly object[]): Promise<Amounts[]> => {
    const replies = await Promise.all(
      bills.map((body, index) => {
        const institutionId = index % 2 === 0 ? L1 : L2
        const message = { requestId: messageId(institutionId), ...body, institutionId }
        return counter.as(institutionId).post('/v1/settlements', message)
      }),
    )
    t.strictSame([...new Set(replies.map(({ status }) => status))], [201], 'no conflict comes out')
    return replies.map(({ body }) => body.amounts)
  }
  const benefits = async (personId: string, on: string) =>
    (await counter.as(L1).get(`/v1/persons/${personId}/benefits?on=${on}`)).body
  const sum = (all: readonly Amounts[], name: keyof Amounts) =>
    all.reduce((total, amounts) => total + amounts[name], 0)

  await t.test('the last of a cap, by two', async (t) => {
    // Before serious illness pays on what the cap leaves.
    for (let year = 2013; year < 2016; year++) {
      const on = { admittedOn: `${year}-03-01`, dischargedOn: `${year}-03-09` }
      await settleAll([stay(8_000_000, on)])
      const left = (await benefits('CQR1', `${year}-12-31`)).remaining.residentPoolFen
      const [one, other] = await settleAll([stay(4_000_000, on), stay(4_000_000, on)])
      t.equal(one!.fundFen + other!.fundFen, left, 'both together get what was left')
      t.equal((await benefits('CQR1', `${year}-12-31`)).remaining.residentPoolFen, 0)
    }
  })

  await t.test('a cap, by forty', async (t) => {
    const all = await settleAll(Array.from({ length: 40 }, (_, i) => stay(500_000 + i)))
    t.equal(sum(all, 'fundFen'), CAP)
    const { used, remaining } = await benefits('CQR1', '2012-12-31')
    t.equal(used['resident-pool/paid/inpatient'], CAP)
    t.equal(used.stays, 40)
    t.equal(remaining.residentPoolFen, 0)
  })

  await t.test('the last of a deductible, by two and by forty', async (t) => {
    const pair = await settleAll([
      visit(15_000, { personId: 'CQE3' }),
      visit(15_000, { personId: 'CQE3' }),
    ])
    t.strictSame(pair.map(({ deductibleFen }) => deductibleFen).sort(), [15_000, 5_000])
    t.equal(sum(pair, 'fundFen'), 6_000, '60 % of 300 - 200')
    const all = await settleAll(Array.from({ length: 40 }, (_, i) => visit(1_000 + i)))
    t.equal(sum(all, 'deductibleFen'), DEDUCTIBLE_OF_YEAR)
    t.equal(
      (await benefits('CQE1', '2023-12-31')).used['employee-pool/deductible/outpatient'],
      DEDUCTIBLE_OF_YEAR,
    )
  })

  await t.test('the last of an account that two persons share', async (t) => {
    const before = (await benefits('CQE2', '2023-12-31')).remaining.accountBalanceFen
    const own = (await benefits('CQE1', '2023-12-31')).remaining.accountBalanceFen
    const account = { maxFen: 60_000, sharedFrom: 'CQE2' }
    const bills = Array.from({ length: 12 }, (_, i) =>
      i % 2 === 0
        ? visit(100_000, { account, servedOn: '2012-06-01' })
        : visit(100_000, { account: { maxFen: 60_000 }, personId: 'CQE2', servedOn: '2012-06-01' }),
    )
    t.equal(sum(await settleAll(bills), 'accountFen'), before + own)
    for (const personId of ['CQE1', 'CQE2']) {
      t.equal((await benefits(personId, '2023-12-31')).remaining.accountBalanceFen, 0)
    }
  })

  await t.test('settled and reversed at once, again and again', async (t) => {
    const hospital = counter.as(L2)
    const before = await benefits('CQR2', '2012-12-31')
    await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        const message = { requestId: messageId(), ...stay(900_000 + i, { personId: 'CQR2' }) }
        const { settlementId } = (await hospital.post('/v1/settlements', message)).body
        const url = `/v1/settlements/${settlementId}/reversal`
        const { status } = await hospital.post(url, { requestId: messageId() })
        if (status !== 201) t.fail(`${url}: ${status}`)
      }),
    )
    const { personVersion: _, ...after } = await benefits('CQR2', '2012-12-31')
    const { personVersion: __, ...rest } = before
    t.strictSame(after, rest, 'as if nothing had been')
  })
}

t.test('in memory', (t) => compete(t, openMemoryLedger()))

t.test('with threads and files', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'yizhan-compete-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  await compete(t, await openLedger({ folder, onFatal: (error) => t.fail(error.message) }))
})
