import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { compilePack } from '../../engine/policy/compile.ts'
import type { Policy } from '../../engine/policy/policy.ts'
import {
  BEGAN,
  CATALOGUE,
  DEDUCTIBLE,
  hashes,
  hashOf,
  policyWorld,
  RATE,
} from '../../fixtures/policy-world.ts'
import { readInWorker } from '../workers/policy-reader.ts'
import { PolicyHost } from './policy-host.ts'
import { preparePolicy } from './policy-parts.ts'
import { type PolicyReader, readHere } from './policy-reader.ts'

/** What is in force while the engine runs: readings, swaps on all threads, rollbacks. */

t.test('one answer has every error of every pack and of the catalogue', async (t) => {
  const { host, edit, addSecond, catalogue, attempts } = policyWorld(t)
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
  const { host, writeRate, attempts } = policyWorld(t)
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
  const { host, writeRate, edit, addSecond, catalogue } = policyWorld(t)
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
  const { host, writeRate } = policyWorld(t)
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
  const { host, writeRate, edit, addSecond } = policyWorld(t)
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

t.test(
  'other threads prepare the very policy before it is in force, and swap with it',
  async (t) => {
    const { folder, rules, ledger, writeRate } = policyWorld(t)
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

t.test('a reading that breaks off, or meets files in motion, changes nothing', async (t) => {
  const { host, writeRate, folder } = policyWorld(t)
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
