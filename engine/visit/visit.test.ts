import t, { type Test } from 'tap'
import { entryCodec } from '../../adapters/codec/entry-codec.ts'
import { sm3 } from '../../adapters/codec/sm3.ts'
import { STORIES } from '../../fixtures/visit/stories.ts'
import { books, charge, type Step, Teller } from '../../fixtures/visit/teller.ts'
import { openVisitWorld, type VisitWorld } from '../../fixtures/visit/visit-world.ts'
import { isRefusal, OUTCOMES } from '../claim/outcomes.ts'
import { verifyJournal } from '../ledger/verify.ts'
import { check } from '../replay/check.ts'
import { packEvent, unpackEvent } from './event-form.ts'

/** Every story of `fixtures/visit/stories.ts`, told in several ways. */

/** `restarted`: before every step. `repeated`: every message twice. `threads`: by turns on two. */
const WAYS = ['straight', 'restarted', 'repeated', 'threads'] as const
const met = new Set<string>()

for (const [name, steps] of Object.entries(STORIES)) {
  t.test(name, async (t) => {
    for (const way of WAYS) await t.test(way, (t) => tell(t, steps, way))
  })
}

async function tell(t: Test, steps: readonly Step[], way: (typeof WAYS)[number]): Promise<void> {
  const world = await openVisitWorld(way === 'threads' ? 2 : 1)
  t.teardown(() => world.close())
  const teller = new Teller()
  for (const [index, [what, said, expected]] of steps.entries()) {
    const title = `${index + 1}. ${what} ${JSON.stringify(said)}`
    if (way === 'restarted') await world.restart()
    const message = teller.message(said)
    const ports = world.threads[index % world.threads.length]!
    const outcome = await teller.send(ports, what, message)
    if (isRefusal(outcome)) met.add(outcome.refused)
    if (typeof expected === 'string') t.equal(outcome.refused, expected, title)
    else t.match(outcome, expected, title)
    if (way !== 'repeated' || !books(what)) continue
    const head = world.journal.head().position
    const again = await teller.send(ports, what, message)
    t.equal(world.journal.head().position, head, `${title}: twice books nothing`)
    if (isRefusal(outcome)) t.strictSame(again, outcome, `${title}: refused again`)
    else t.strictSame(again.answer, outcome.answer, `${title}: answered again`)
  }
  soundBooks(t, world)
}

/** The chain holds, and every settlement is decided again as it was. */
function soundBooks(t: Test, { journal, replay }: VisitWorld): void {
  t.equal(verifyJournal(journal, entryCodec, sm3).fault, undefined)
  const differing = [...check(replay, {})].filter(({ outcome }) => outcome !== 'same')
  t.strictSame(differing, [])
}

t.test('an event is read back from the journal as it was booked', async (t) => {
  const of = (number: string, more: object = {}) => ({ ...charge(number, 100), ...more })
  const lines = [
    of('1', { particulars: { rxno: 'R1', prd_days: '7' } }),
    of('2'),
    of('3', { returns: '1', particulars: { memo: '', rxno: 'R2' } }),
    of('4', { particulars: {}, packs: [{ code: 'P', opened: true }] }),
  ]
  for (const some of [lines, lines.slice(1, 2), []]) {
    const placed = { event: { type: 'uploaded', lines: some }, opening: 3, previous: 4 } as const
    const content = packEvent(placed)
    t.same(unpackEvent({ kind: 'visit-event', content }), placed)
    t.notOk(JSON.stringify(content).split('rxno').length > 2, 'names stand once')
  }
})

t.test('every refusal of visits was met', async (t) => {
  const codes = Object.entries(OUTCOMES).filter(([, { number }]) => number >= 700 && number < 730)
  t.strictSame(
    codes.map(([code]) => code).filter((code) => !met.has(code)),
    [],
  )
})
