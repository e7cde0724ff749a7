import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Ledger } from '../../engine/ledger/ports.ts'
import { compilePack } from '../../engine/policy/compile.ts'
import type { Policy } from '../../engine/policy/policy.ts'
import { openMemoryLedger } from '../memory/inline-ledger.ts'
import { readInWorker } from '../workers/policy-reader.ts'
import { loadCatalogue } from './load-catalogue.ts'
import { PackLibrary } from './pack-library.ts'
import { type PolicyAttempt, PolicyHost } from './policy-host.ts'
import { preparePolicy } from './policy-parts.ts'
import { type PolicyReader, readHere } from './policy-reader.ts'
import { writeSnapshot } from './snapshot.ts'
import { watchFiles } from './watch-files.ts'

const SAMPLE = 'fixtures/bad-packs/base/sample'
const RATE = 'sample/resident/rate.yaml'
const DEDUCTIBLE = 'sample/resident/deductible.yaml'
const CATALOGUE = 'code,name,kind,class,from\nX1,名,drug,A,2005-01-01\n'
/** Any instant; every attempt is an hour later. */
const BEGAN = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000

/** The file of a catalogue with other rows. */
function otherCatalogue(folder: string): string {
  const file = join(folder, 'other.csv')
  writeFileSync(file, `${CATALOGUE}X2,名,drug,C,2005-01-01\n`)
  return file
}

/** A rules folder with the sample pack, a catalogue, a ledger, and hosts over them. */
function world(t: Test) {
  const folder = t.testdir({ catalogue: { 'national.csv': CATALOGUE } })
  const rules = join(folder, 'rules')
  cpSync(SAMPLE, join(rules, 'sample'), { recursive: true })
  const ledger = openMemoryLedger()
  t.teardown(() => ledger.close())
  const attempts: PolicyAttempt[] = []
  let now = BEGAN
  const host = (reader?: PolicyReader, over: Ledger = ledger) =>
    new PolicyHost({
      rulesFolder: rules,
      dataFolder: folder,
      ledger: over,
      now: () => {
        now += HOUR
        return now
      },
      onAttempt: (attempt) => attempts.push(attempt),
      ...(reader === undefined ? {} : { reader }),
    })
  const edit = (file: string, from: string, to: string) => {
    const path = join(rules, file)
    const text = readFileSync(path, 'utf8')
    if (!text.includes(from)) throw new Error(`${file} does not say ${from}`)
    writeFileSync(path, text.replaceAll(from, to))
  }
  /** Writes the rate of grade 1: one version each. */
  let rate = '6000'
  const writeRate = (to: string) => {
    edit(RATE, `grade: 1, ratePermyriad: ${rate}`, `grade: 1, ratePermyriad: ${to}`)
    rate = to
  }
  /** Another city beside the sample, which pools other districts. */
  const addSecond = () => {
    cpSync(SAMPLE, join(rules, 'second'), { recursive: true })
    edit('second/pack.yaml', 'id: sample', 'id: second')
    for (const file of ['pack', 'resident/participation', 'resident/clearing']) {
      const path = join(rules, `second/${file}.yaml`)
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('9901', '9902'))
    }
  }
  const catalogue = join(folder, 'catalogue', 'national.csv')
  return { folder, rules, ledger, host, attempts, edit, writeRate, addSecond, catalogue }
}

const hashes = ({ policy }: PolicyHost) =>
  policy.packs.map(({ pack: { id, hash } }) => `${id} ${hash.slice(0, 12)}`)
const hashOf = ({ policy }: PolicyHost, id = 'sample') =>
  policy.packs.find(({ pack }) => pack.id === id)!.pack.hash

t.test('one answer has every error of every pack and of the catalogue', async (t) => {
  const { host, edit, addSecond, catalogue, attempts } = world(t)
  addSecond()
  const one = host()
  t.same(await one.start(), [])
  const before = one.policy
  edit(RATE, 'ratePermyriad: 7000', 'ratePermyriad: 70000')
  edit(DEDUCTIBLE, 'from: 2012-01-01', 'from: 2012-03-01')
  edit('sample/resident/account.yaml', 'document: notice', 'document: notise')
  edit('second/resident/rate.yaml', 'until: 2013-01-01', 'until: 2013-02-01')
  writeFileSync(catalogue, `${CATALOGUE}X2,名,drug,D,2005-01-01\n`)
  const errors = await one.reload('officer')
  for (const told of [
    /sample\/resident\/rate\.yaml:22.*row 2/,
    /sample\/resident\/deductible\.yaml:6:.*gap: no period from 2012-01-01/,
    /sample\/resident\/account\.yaml.*notise/,
    /second\/resident\/rate\.yaml.*overlap/,
    /national\.csv:3: class: expected one of A, B, C, found D/,
  ]) {
    t.ok(
      errors.some((error) => told.test(error)),
      String(told),
      { errors },
    )
  }
  t.equal(one.policy, before, 'the very same policy decides')
  t.match(one.status.refused, { by: 'officer', outcome: 'refused', errors })
  t.match(attempts.at(-1), { outcome: 'refused' })
})

t.test('the last state of the files wins, and readings are one at a time', async (t) => {
  const { host, writeRate, attempts } = world(t)
  let readings = 0
  let atOnce = 0
  let most = 0
  const one = host(async (request) => {
    readings += 1
    most = Math.max(most, ++atOnce)
    const reading = await readHere(request)
    await sleep(20)
    atOnce -= 1
    return reading
  })
  await one.start()
  readings = 0
  const asked: Promise<unknown>[] = []
  for (const rate of ['6100', '6200', '6300', '6400']) {
    writeRate(rate)
    asked.push(one.reload(rate))
    await sleep(5)
  }
  await Promise.all(asked)
  t.equal(most, 1, 'one reading at a time')
  t.ok(readings < 4, `those that waited shared a reading: ${readings}`)
  const last = hashOf(one)
  t.same(await one.reload('again'), [])
  t.equal(hashOf(one), last, 'nothing was left to be read')
  t.equal(attempts.at(-1)!.outcome, 'unchanged')
})

t.test('packs and catalogues are swapped together', async (t) => {
  const { host, writeRate, edit, addSecond, catalogue } = world(t)
  addSecond()
  const one = host(readInWorker)
  t.same(await one.start(), [])
  const seen = new Set<string>()
  const look = () => {
    const [national] = one.policy.catalogues.values()
    seen.add([...hashes(one), national!.hash].join(' '))
  }
  let over = false
  const looking = (async () => {
    while (!over) {
      look()
      await new Promise(setImmediate)
    }
  })()
  writeRate('6100')
  edit(
    'second/resident/rate.yaml',
    'grade: 1, ratePermyriad: 6000',
    'grade: 1, ratePermyriad: 6100',
  )
  writeFileSync(catalogue, `${CATALOGUE}X2,名,drug,A,2005-01-01\n`)
  const first = one.policy
  t.same(await one.reload('officer'), [])
  over = true
  await looking
  look()
  t.equal(seen.size, 2, 'the version before and the one after', { seen: [...seen] })
  const [rows] = one.policy.catalogues.values()
  t.match(rows!.find('X2', '2012-01-01'), { kind: 'drug', class: 'A' })
  t.equal([...first.catalogues.values()][0]!.find('X2', '2012-01-01'), 'unknown', 'theirs')
  const [, kept] = first.packs
  t.ok(one.packByHash(kept!.pack.hash), 'and the version before can be read for ever')
})

t.test('a rollback holds until the files change, over restarts too', async (t) => {
  const { host, writeRate } = world(t)
  const one = host()
  await one.start()
  const v1 = hashOf(one)
  const knownAt = one.policy.packs[0]!.knownAt
  t.match(await one.rollback({}, 'officer'), { impossible: /no version before/ })
  const versions = [v1]
  for (const rate of ['6100', '6200']) {
    writeRate(rate)
    await one.reload('files')
    versions.push(hashOf(one))
  }
  const [, v2, v3] = versions

  t.same(await one.rollback({}, 'officer'), { errors: [] })
  t.equal(hashOf(one), v2, 'the version before')
  t.same(await one.rollback({ pack: 'sample' }, 'officer'), { errors: [] })
  t.equal(hashOf(one), v1, 'a second one goes further back')
  t.equal(one.policy.packs[0]!.knownAt, knownAt, 'known since it was first in force')
  t.same([...one.status.overruled], [['sample', v3]])
  t.match(await one.rollback({}, 'officer'), { impossible: /no version before/ })

  await one.reload('officer')
  t.equal(hashOf(one), v1, 'a reload of unchanged files does not undo it')
  const { since } = one.status
  const two = host()
  t.same(await two.start(), [])
  t.equal(hashOf(two), v1, 'nor does a restart')
  t.equal(two.status.since, since)

  t.match(await two.rollback({ to: 'f'.repeat(12) }, 'officer'), { impossible: /ever in force/ })
  t.match(await two.rollback({ pack: 'none' }, 'officer'), { impossible: /No such pack/ })
  t.match(await two.rollback({ to: v1!.slice(0, 12) }, 'officer'), { impossible: /is in force/ })
  t.same(await two.rollback({ to: v3!.slice(0, 12) }, 'officer'), { errors: [] })
  t.equal(hashOf(two), v3, 'and forth, by its hash')
  t.equal(two.status.overruled.size, 0, 'which is what the files hold')
  await two.rollback({ to: v1! }, 'officer')
  writeRate('6300')
  await two.reload('files')
  t.notOk(versions.includes(hashOf(two)), 'an edit puts the files in force again')
  t.equal(two.status.overruled.size, 0)
  await two.rollback({}, 'officer')
  t.equal(hashOf(two), v1, 'and the version before is the one that was in force')
})

t.test('a rollback of all takes back what the latest change touched, no more', async (t) => {
  const { host, writeRate, edit, addSecond } = world(t)
  addSecond()
  const one = host()
  await one.start()
  const first = hashes(one)
  writeRate('6100')
  await one.reload('files')
  const sampleNew = hashOf(one)
  edit(
    'second/resident/rate.yaml',
    'grade: 1, ratePermyriad: 6000',
    'grade: 1, ratePermyriad: 6100',
  )
  await one.reload('files')
  await one.rollback({}, 'officer')
  t.equal(hashOf(one), sampleNew, 'not what was changed earlier')
  t.equal(hashes(one)[1], first[1], 'but the second city')
  await one.rollback({}, 'officer')
  t.same(hashes(one), first, 'then the other')
})

t.test('with broken rules the engine starts on what was in force last', async (t) => {
  const { host, writeRate, rules, catalogue } = world(t)
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
    const { host, folder, attempts, catalogue } = world(t)
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

t.test(
  'other threads prepare the very policy before it is in force, and swap with it',
  async (t) => {
    const { folder, rules, ledger, writeRate } = world(t)
    const told: string[] = []
    let ready: Awaited<ReturnType<typeof preparePolicy>> | undefined
    let theirs: Policy | undefined
    let fails = false
    const one = new PolicyHost({
      rulesFolder: rules,
      dataFolder: folder,
      ledger,
      now: () => BEGAN,
      onPrepared: async (parts) => {
        if (fails) throw new Error('no memory')
        // As a message between threads would bring it.
        const sent = structuredClone(parts)
        ready = await preparePolicy(sent, (source, hash) => compilePack(source, hash).pack)
        told.push(`prepared ${one.policy === before}`)
      },
      onSwapped: (knownAt) => {
        theirs = ready!(structuredClone(knownAt))
        told.push(`swapped ${one.policy !== before}`)
      },
    })
    let before = one.policy
    t.same(await one.start(), [])
    const same = () => {
      t.same(
        theirs!.packs.map(({ pack: { hash }, knownAt }) => [hash, knownAt]),
        one.policy.packs.map(({ pack: { hash }, knownAt }) => [hash, knownAt]),
      )
      t.same([...theirs!.catalogues.keys()], ['national'])
      t.match(theirs!.catalogues.get('national')!.find('X1', '2012-01-01'), { class: 'A' })
      t.equal(theirs!.calendar?.hash, one.policy.calendar?.hash)
    }
    same()
    before = one.policy
    writeRate('6100')
    t.same(await one.reload('officer'), [])
    same()
    t.same(told, ['prepared true', 'swapped true', 'prepared true', 'swapped true'])
    before = one.policy
    fails = true
    writeRate('6200')
    t.match(await one.reload('officer'), [/could not take the rules over: no memory/])
    t.equal(one.policy, before, 'what one thread cannot have is not put in force')
  },
)

t.test('a kept version that is not as it was decides nothing, and is mended', async (t) => {
  const { host, folder } = world(t)
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
  const { host, folder, attempts, writeRate, rules, edit } = world(t)
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

t.test('a reading that breaks off, or meets files in motion, changes nothing', async (t) => {
  const { host, writeRate, folder } = world(t)
  const broken: PolicyReader = (request) =>
    readInWorker({ ...request, dataFolder: join(folder, 'catalogue', 'national.csv') })
  let reader: PolicyReader = readInWorker
  const one = host((request) => reader(request))
  t.same(await one.start(), [])
  const before = one.policy
  reader = broken
  t.match(await one.reload('officer'), [/could not be read: /])
  reader = readInWorker
  t.equal(one.policy, before)
  writeRate('6100')
  t.same(await one.reload('officer'), [])
  t.not(one.policy, before)
})

t.test('bursts of edits are noticed once, backups not at all', async (t) => {
  const { rules } = world(t)
  let noticed = 0
  const watch = await watchFiles(
    [rules],
    () => {
      noticed += 1
    },
    (error) => t.fail(String(error)),
  )
  t.teardown(() => watch.close())
  const path = join(rules, RATE)
  const text = readFileSync(path, 'utf8')
  const edits: readonly [what: string, times: number, edit: () => unknown][] = [
    ['an edit in place', 1, () => writeFileSync(path, `${text}\n`)],
    [
      'written elsewhere and renamed',
      1,
      () => {
        writeFileSync(`${path}~`, text)
        renameSync(`${path}~`, path)
      },
    ],
    [
      'in two halves, then another file',
      1,
      async () => {
        writeFileSync(path, text.slice(0, 50))
        await sleep(60)
        writeFileSync(path, text)
        await sleep(60)
        writeFileSync(join(rules, DEDUCTIBLE), `${readFileSync(join(rules, DEDUCTIBLE), 'utf8')}\n`)
      },
    ],
    ['a second edit after a rename', 1, () => writeFileSync(path, `${text}\n\n`)],
    ['a new city', 1, () => cpSync(SAMPLE, join(rules, 'other'), { recursive: true })],
    ['a city less', 1, () => rmSync(join(rules, 'other'), { recursive: true })],
    [
      'hidden files and backups',
      0,
      () => {
        writeFileSync(`${path}~`, text)
        writeFileSync(join(rules, 'sample/resident/.rate.yaml.swp'), text)
        mkdirSync(join(rules, '.git'))
      },
    ],
  ]
  for (const [what, times, edit] of edits) {
    noticed = 0
    await edit()
    await sleep(times === 0 ? 600 : 900)
    // A machine that is busy elsewhere may tear a burst in two.
    t.ok(noticed >= times && noticed <= 2 * times, what, { noticed })
  }
})
