import t from 'tap'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { RandomPerson } from '../../fixtures/nhsa/random-visits.ts'
import { Talker } from '../../fixtures/nhsa/talker.ts'
import { cityOf } from '../../fixtures/oracle/city.ts'
import { loadRules } from '../../fixtures/oracle/load-rules.ts'

const SEED = 20_26
/** Ten thousand with PROPERTY_RUNS=80. */
const VISITS = 125 * Number(process.env['PROPERTY_RUNS'] ?? 1)
/** What every run meets. */
const MET = ['settled', 'interim', 'repeated', 'cancelled', 'undone', 'balance', 'purchase']

t.test('whole random visits of all cities hold together', async (t) => {
  const { packs, holidays } = loadRules(['rules'])
  const met = new Map<string, number>()
  const meet = (what: string) => met.set(what, (met.get(what) ?? 0) + 1)
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const talker = new Talker(counter)
  const cities = packs.map((pack) => cityOf(pack, SEED, holidays))
  for (const { institutions } of cities) institutions.forEach(counter.putInstitution)
  let visits = 0
  const ofCity = new Map<string, number>()
  for (let number = 0; visits < VISITS; number++) {
    for (const city of cities) {
      const { id } = city.pack
      const player = new RandomPerson(counter, talker, city, { seed: SEED, number }, meet)
      const settled = await player.play().catch((error: Error) => {
        throw new Error(`${id} ${number}: ${error.message}`, { cause: error })
      })
      visits += settled
      ofCity.set(id, (ofCity.get(id) ?? 0) + settled)
    }
  }
  t.comment(Object.fromEntries([...met, ...ofCity].sort()))
  for (const what of MET) t.ok((met.get(what) ?? 0) > 0, `${what}: ${met.get(what)}`)
  for (const { id } of packs) t.ok(ofCity.get(id)! > VISITS / 25, `${id}: ${ofCity.get(id)}`)
})
