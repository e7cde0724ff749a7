import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CATALOGUE, hashes, hashOf, policyWorld, RATE } from '../../fixtures/policy-world.ts'
import { openMemoryLedger } from '../memory/inline-ledger.ts'
import { loadCatalogue } from './load-catalogue.ts'
import { PackLibrary } from './pack-library.ts'
import { writeSnapshot } from './snapshot.ts'

/** What a start makes of what the data folder keeps: versions, the image of a catalogue, the rules as read. */

t.test('with broken rules the engine starts on what was in force last', async (t) => {
  const { host, writeRate, rules, catalogue } = policyWorld(t)
  const one = host()
  await one.start()
  writeRate('6100')
  await one.reload('files')
  const last = hashOf(one)
  rmSync(join(rules, RATE))
  writeFileSync(catalogue, 'code\n')
  const two = host()
  t.same(await two.start(), [])
  t.equal(hashOf(two), last)
  t.match(two.policy.catalogues.get('national')!.find('X1', '2012-01-01'), { class: 'A' })
  t.ok(two.status.refused!.errors.length >= 2, 'and says why the files are not in force')

  const empty = openMemoryLedger()
  t.teardown(() => empty.close())
  t.ok(
    (await host(undefined, empty).start()).length >= 2,
    'without any there is nothing to start on',
  )
})

t.test(
  'a start uses the kept image of a catalogue, and builds one that is not sound',
  async (t) => {
    const { host, folder, attempts, catalogue } = policyWorld(t)
    const one = host()
    t.same(await one.start(), [])
    const { hash } = one.policy.catalogues.get('national')!
    const image = join(folder, 'policy', 'catalogues', `${hash}.image`)
    const sound = readFileSync(image)
    const damaged = (at: number) => {
      const bytes = Buffer.from(sound)
      bytes[at]! ^= 1
      return bytes
    }
    /** As another version of the engine, or a machine of another byte order, would write it. */
    const foreign = (word: number, value: number) => {
      const bytes = new Uint8Array(new SharedArrayBuffer(sound.length - 36))
      bytes.set(sound.subarray(0, -36))
      new Int32Array(bytes.buffer, 0, 2)[word] = value
      writeSnapshot(image, hash, bytes)
    }
    const other = loadCatalogue('other', [otherCatalogue(folder)])
    if (!('catalogue' in other)) throw new Error('a sound catalogue')
    const states: readonly [what: string, built: string | undefined, make: () => void][] = [
      ['as it was kept', undefined, () => {}],
      ['missing', 'missing', () => rmSync(image)],
      ['a bit of a row', 'damaged', () => writeFileSync(image, damaged(100))],
      ['the checksum', 'damaged', () => writeFileSync(image, damaged(sound.length - 1))],
      ['the hash', 'damaged', () => writeFileSync(image, damaged(sound.length - 10))],
      ['cut short', 'damaged', () => writeFileSync(image, sound.subarray(0, -5))],
      ['empty', 'damaged', () => writeFileSync(image, '')],
      ['another format', 'of another format', () => foreign(1, 0)],
      ['another byte order', 'of another format', () => foreign(0, 0x31435a59)],
      [
        'of another catalogue',
        'stale',
        () => writeSnapshot(image, other.catalogue.hash, new Uint8Array(other.catalogue.image)),
      ],
      ['built again', undefined, () => {}],
    ]
    for (const [what, built, make] of states) {
      make()
      const again = host()
      t.same(await again.start(), [], what)
      t.same(
        attempts.at(-1)!.built,
        built === undefined ? {} : { 'catalogue national': built },
        what,
      )
      const opened = again.policy.catalogues.get('national')!
      t.match(opened.find('X1', '2012-01-01'), { class: 'A' }, what)
      t.equal(opened.find('X2', '2012-01-01'), 'unknown', what)
      t.same(readFileSync(image), sound, `${what}: and keeps it`)
    }
    writeFileSync(catalogue, `${CATALOGUE}X2,名,drug,B,2005-01-01\n`)
    const edited = host()
    t.same(await edited.start(), [])
    t.match(edited.policy.catalogues.get('national')!.find('X2', '2012-01-01'), { class: 'B' })
    t.same(
      attempts.at(-1)!.built,
      { 'catalogue national': 'missing' },
      'another content has another image',
    )
  },
)

/** The file of a catalogue with other rows. */
function otherCatalogue(folder: string): string {
  const file = join(folder, 'other.csv')
  writeFileSync(file, `${CATALOGUE}X2,名,drug,C,2005-01-01\n`)
  return file
}

t.test('a kept version that is not as it was decides nothing, and is mended', async (t) => {
  const { host, folder } = policyWorld(t)
  const one = host()
  t.same(await one.start(), [])
  const { packs, catalogues, calendar } = one.inForce
  const files = [
    ['packs', `${packs[0]!.hash}.json`],
    ['calendars', `${calendar}.json`],
    ['catalogues', `${catalogues[0]!.hash}.csv`],
  ] as const
  const image = join(folder, 'policy', 'catalogues', `${catalogues[0]!.hash}.image`)
  const spoils: readonly [
    what: string,
    spoil: (bytes: Buffer) => Buffer | undefined,
    why: RegExp,
  ][] = [
    // A digit is another one: still sound JSON or CSV, and another date or amount.
    ['a character', changed, /is not as it was kept/],
    ['cut short', (bytes) => bytes.subarray(0, -1), /is not as it was kept|in force|expected/],
    ['missing', () => undefined, /is not in the library|expected a file that can be read/],
  ]
  for (const [kind, name] of files) {
    const file = join(folder, 'policy', kind, name)
    const sound = readFileSync(file)
    for (const [what, spoil, why] of spoils) {
      const spoiled = spoil(sound)
      if (spoiled === undefined) rmSync(file)
      else writeFileSync(file, spoiled)
      rmSync(image)
      const errors = await host().startOnLast()
      t.match(errors.join(), why, `${kind} ${what}: refused`)
      t.match(errors.join(), name.replace(/\..*/, ''), `${kind} ${what}: named`)
      t.same(await host().start(), [], `${kind} ${what}: the rules folder has it still`)
      t.ok(readFileSync(file).equals(sound), `${kind} ${what}: mended`)
    }
  }
  const library = new PackLibrary(folder)
  const pack = join(folder, 'policy', 'packs', files[0][1])
  writeFileSync(pack, changed(readFileSync(pack)))
  t.throws(() => library.pack(packs[0]!.hash), /packs.*is not as it was kept/)
})

/** The first digit of a value is another one, or the first letter where there is none. */
function changed(bytes: Buffer): Buffer {
  const text = bytes.toString()
  const first = /\d/.test(text) ? /\d(?=\D*,)/ : /[a-z]/
  return Buffer.from(text.replace(first, (found) => (found === '1' ? '2' : '1')))
}

t.test('a start uses what was kept of the rules until something changes', async (t) => {
  const { host, folder, attempts, writeRate, rules, edit } = policyWorld(t)
  const one = host()
  t.same(await one.start(), [])
  t.match(attempts.at(-1)!.built, { rules: 'missing' })
  const file = join(folder, 'policy', 'rules.snapshot')
  const sound = readFileSync(file)
  const damaged = Buffer.from(sound)
  damaged[sound.length >> 1]! ^= 1
  const states: readonly [what: string, built: string | undefined, make: () => void][] = [
    ['as it was kept', undefined, () => {}],
    ['missing', 'missing', () => rmSync(file)],
    ['damaged', 'damaged', () => writeFileSync(file, damaged)],
    ['cut short', 'damaged', () => writeFileSync(file, sound.subarray(0, -1))],
    ['of another folder', 'stale', () => writeSnapshot(file, 'a'.repeat(64), Buffer.from('{}'))],
    ['another file in the folder', 'stale', () => writeFileSync(join(rules, 'notes'), 'new')],
    ['a comment', 'stale', () => edit(RATE, 'table:', '# a word\ntable:')],
  ]
  for (const [what, built, make] of states) {
    make()
    const again = host()
    t.same(await again.start(), [], what)
    t.same(attempts.at(-1)!.built, built === undefined ? {} : { rules: built }, what)
    t.equal(attempts.at(-1)!.outcome, 'unchanged', what)
    t.same(hashes(again), hashes(one), what)
  }
  writeRate('6100')
  const edited = host()
  t.same(await edited.start(), [])
  t.not(hashOf(edited), hashOf(one), 'an edit counts')
  edit(RATE, 'ratePermyriad: 7000', 'ratePermyriad: 70000')
  const faulty = host()
  t.same(await faulty.start(), [])
  t.match(faulty.status.refused, { errors: [/row 2/] }, 'rules with errors are not kept')
  t.match((await faulty.reload('officer')).join(), /row 2/)
})
