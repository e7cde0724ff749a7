import fc from 'fast-check'
import t from 'tap'
import { L1, L2, PHARMACY } from '../../fixtures/counter/bills.ts'
import { charge, part, type Said, Teller, whole } from '../../fixtures/visit/teller.ts'
import { openVisitWorld } from '../../fixtures/visit/visit-world.ts'
import { isRefusal } from '../claim/outcomes.ts'
import type { DrugPack } from './visit.ts'

/** What holds for packs of drugs whoever sells them, in any order and at once. */

/** `PROPERTY_RUNS=50` looks fifty times as long. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1)
t.setTimeout(0)

interface Sale {
  readonly at: string
  readonly person: string
  readonly packs: readonly DrugPack[]
}

function said(name: string, { at, person, packs }: Sale): Said {
  return {
    v: name,
    s: name,
    at,
    person,
    info: at === PHARMACY ? {} : { careType: 'outpatient' },
    lines: [charge('1', 5_000, { on: '2023-06-01', packs })],
  }
}

/** Whether nobody holds a pack of the sale, or only parts of it and the same institution. */
function isFree(held: Iterable<Sale>, { at, packs }: Sale): boolean {
  const inTheWay = [...held].flatMap((other) =>
    other.packs.filter(({ code, opened }) =>
      packs.some((pack) => pack.code === code && !(opened && pack.opened && other.at === at)),
    ),
  )
  return inTheWay.length === 0
}

const SALES: readonly Sale[] = [
  { at: PHARMACY, person: 'CQE1', packs: whole('A') },
  { at: L2, person: 'CQE1', packs: whole('A', 'B') },
  { at: L2, person: 'CQE2', packs: part('A') },
  { at: L1, person: 'CQE3', packs: part('A') },
  { at: L1, person: 'CQE1', packs: whole('B') },
]

t.test('of two that sell one pack at once, exactly one has sold it', async (t) => {
  for (const [index, one] of SALES.entries()) {
    for (const other of SALES.slice(index + 1)) {
      const world = await openVisitWorld(2)
      const teller = new Teller()
      // Both threads have looked at the packs before.
      for (const ports of world.threads) {
        await teller.send(ports, 'quotePurchase', teller.message(said('q', one)))
        await teller.send(ports, 'quotePurchase', teller.message(said('q', other)))
      }
      const outcomes = await Promise.all(
        [one, other].map((sale, nth) =>
          teller.send(world.threads[nth]!, 'purchase', teller.message(said(`s${nth}`, sale))),
        ),
      )
      const sold = outcomes.filter((outcome) => !isRefusal(outcome)).length
      const both = isFree([one], other)
      t.equal(sold, both ? 2 : 1, `${JSON.stringify(one)} and ${JSON.stringify(other)}`)
      const { ledger } = world.threads[0]!
      const days = await Promise.all(
        [PHARMACY, L1, L2].map((id) => ledger.bookings(id, 0, 2 ** 52)),
      )
      t.equal(days.flat().length, sold, 'and nothing else is booked')
      await world.close()
    }
  }
})

const sale: fc.Arbitrary<Sale> = fc
  .record({
    at: fc.constantFrom(PHARMACY, L1, L2),
    person: fc.constantFrom('CQE1', 'CQE2', 'CQE3'),
    codes: fc.uniqueArray(fc.constantFrom('A', 'B', 'C'), { minLength: 1, maxLength: 2 }),
    opened: fc.boolean(),
  })
  .map(({ codes, opened, ...rest }) => ({
    ...rest,
    packs: codes.map((code) => ({ code, opened })),
  }))
/** One or two sales at once, then perhaps one that is taken back, and perhaps a restart. */
const round = fc.record({
  sales: fc.array(sale, { minLength: 1, maxLength: 2 }),
  back: fc.option(fc.nat(3)),
  restarts: fc.boolean(),
})

t.test('any sequence of sales does what a small model says', async (t) => {
  const property = fc.asyncProperty(
    fc.array(round, { minLength: 5, maxLength: 12, size: 'max' }),
    async (rounds) => {
      const world = await openVisitWorld(2)
      const teller = new Teller()
      const held = new Map<string, Sale>()
      try {
        for (const [at, { sales, back, restarts }] of rounds.entries()) {
          const asked = sales.map((one, nth) => [`s${at}/${nth}`, one] as const)
          const outcomes = await Promise.all(
            asked.map(([name, one], nth) =>
              teller.send(world.threads[nth]!, 'purchase', teller.message(said(name, one))),
            ),
          )
          const told = outcomes.map((one) => (isRefusal(one) ? one.refused : 'ok')).join()
          const possible = [asked, [...asked].reverse()].map((order) => predict(held, order, asked))
          if (!possible.includes(told)) throw new Error(`${told}, the model says ${possible}`)
          for (const [nth, [name, one]] of asked.entries()) {
            if (!isRefusal(outcomes[nth])) held.set(name, one)
          }
          const [name, taken] = [...held][back ?? held.size] ?? []
          if (name !== undefined && taken !== undefined) {
            const undoing = teller.message({ v: name, s: name, at: taken.at })
            const undone = await teller.send(world.threads[0]!, 'cancelSettlement', undoing)
            if (isRefusal(undone)) throw new Error(`not taken back: ${undone.refused}`)
            held.delete(name)
          }
          if (restarts) await world.restart()
        }
      } finally {
        await world.close()
      }
    },
  )
  await fc.assert(property, { numRuns: 50 * RUNS })
  t.pass()
})

type Named = readonly [name: string, sale: Sale]

/** What each of `asked` ends with if they came in that order. */
function predict(
  held: ReadonlyMap<string, Sale>,
  order: readonly Named[],
  asked: readonly Named[],
) {
  const after = new Map(held)
  for (const [name, one] of order) if (isFree(after.values(), one)) after.set(name, one)
  return asked.map(([name]) => (after.has(name) ? 'ok' : 'drug-code-sold')).join()
}
