import t from 'tap'
import { Versions } from './versions.ts'

t.test('answers of one version that was live are sound, all others are mixed', async (t) => {
  const versions = new Versions()
  versions.changed('a 1', 0, 10)
  versions.changed('b 2', 100, 130)
  versions.changed('c 3', 200, 250)
  const cases = [
    ['a 1', 50, 60, 0, 'in the middle'],
    ['a 1', 129, 140, 0, 'asked for before the change was carried out'],
    ['b 2', 99, 101, 0, 'answered after the change was asked for'],
    ['b 2', 90, 99, 1, 'answered before it was asked for'],
    ['a 1', 131, 140, 1, 'asked for after it was replaced'],
    ['a 2', 110, 120, 1, 'a pack and a catalogue that do not belong together'],
    ['', 50, 60, 1, 'nothing is said'],
    ['c 3', 9_000, 9_001, 0, 'the last one lasts'],
  ] as const
  for (const [note, from, until, mixed, what] of cases) {
    t.match(versions.mixed([{ note, from, until }]), { mixed }, what)
  }
  t.throws(() => versions.changed('a 1', 300, 310), /comes twice/)
})
