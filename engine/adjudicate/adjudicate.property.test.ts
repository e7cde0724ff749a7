import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { entryCodec } from '../../adapters/codec/entry-codec.ts'
import { hashOf, loadPacks } from '../../adapters/packs/load-pack.ts'
import { cityOf, claimOf, personOf } from '../../fixtures/arbitrary.ts'
import {
  PROPERTY_INSTITUTIONS,
  propertyCatalogue,
  propertyWorld,
} from '../../fixtures/property-world.ts'
import { slowResult } from '../../fixtures/slow-look-up.ts'
import type { Claim } from '../claim/claim.ts'
import type { Decision } from '../claim/decision.ts'
import { isRefusal } from '../claim/outcomes.ts'
import { settlementAnswer } from '../counter/answer.ts'
import { reverse } from '../counter/reverse.ts'
import { settle } from '../counter/settle.ts'
import { packSettlement, unpackSettlement } from '../counter/settlement-record.ts'
import { EMPTY_STATE, type Entry, type Subject, type SubjectState } from '../ledger/entry.ts'
import { foldEntry } from '../ledger/fold.ts'
import { toFen } from '../money/fen.ts'
import { compilePack, type Pack } from '../policy/compile.ts'
import type { PackSource } from '../policy/pack.ts'
import type { Policy } from '../policy/policy.ts'
import type { PersonRecord } from '../registry/records.ts'
import { adjudicate } from './adjudicate.ts'
import { brokenBound, brokenIdentity } from './identities.ts'
import { accountSubject } from './snapshot.ts'

/** What holds for every bill of every city; adjudicate.ts says how a single one is computed. */

/** `PROPERTY_RUNS=50` looks fifty times as long. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1)
t.setTimeout(0)

const CHONGQING = loadPacks('rules').packs.find(({ source }) => source.id === 'chongqing')!
const DAYS = { from: '2012-01-01', to: '2013-12-31' }

/** Chongqing half of the time, otherwise a made-up city with layers, caps and rates at random. */
const anyPack: fc.Arbitrary<PackSource> = fc.oneof(fc.constant(CHONGQING.source), cityOf)

const persons = fc.tuple(personOf('P1'), personOf('P2'))
const anyClaim = claimOf(
  ['P1', 'P2'],
  PROPERTY_INSTITUTIONS.map(({ institutionId }) => institutionId),
  DAYS.from,
  DAYS.to,
)

const compiled = new WeakMap<PackSource, Pack>()

function packOf(source: PackSource): Pack {
  const known = compiled.get(source)
  if (known !== undefined) return known
  const { pack, faults } = compilePack(source, hashOf(source))
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  compiled.set(source, pack)
  return pack
}

/** Persons, states and a policy; books what it decides. */
class City {
  readonly states = new Map<Subject, SubjectState>()
  readonly entries: Entry[] = []
  readonly policy: Policy
  readonly #persons: ReadonlyMap<string, PersonRecord>

  constructor(source: PackSource, list: readonly PersonRecord[]) {
    const catalogue = propertyCatalogue(source.catalogue)
    this.policy = {
      packs: [{ pack: packOf(source), knownAt: 0 }],
      catalogues: new Map([[source.catalogue, catalogue]]),
    }
    this.#persons = new Map(list.map((person) => [person.personId, person]))
    for (const { personId } of list) {
      const subject = accountSubject(personId)
      this.#book({ subject, accumulator: 'balance', amount: 1_000_000 })
    }
  }

  /** Every claim of these properties is one that may be settled. */
  decide(claim: Claim): Decision {
    const decision = adjudicate(claim, this.snapshot(claim), this.policy)
    if (isRefusal(decision)) throw new Error(`${decision.refused}: ${decision.detail}`)
    return decision
  }

  snapshot(claim: Claim) {
    return {
      person: this.#persons.get(claim.personId)!,
      institution: PROPERTY_INSTITUTIONS.find((at) => at.institutionId === claim.institutionId)!,
      states: this.states,
    }
  }

  settle(decision: Decision, personId: string): number {
    const subjects = new Set([`person/${personId}`, ...decision.deltas.map((d) => d.subject)])
    return this.append({ ...ENTRY, subjects: [...subjects], deltas: decision.deltas })
  }

  reverse(position: number): void {
    const { subjects, deltas } = this.entries[position - 1]!
    this.append({
      ...ENTRY,
      kind: 'reversal',
      subjects,
      deltas: deltas.map((delta) => ({ ...delta, amount: 0 - delta.amount })),
      reverses: position,
    })
  }

  append(entry: Entry): number {
    this.entries.push(entry)
    for (const subject of entry.subjects) {
      const before = this.states.get(subject) ?? EMPTY_STATE
      this.states.set(subject, foldEntry(before, subject, entry, this.entries.length))
    }
    return this.entries.length
  }

  #book(delta: Entry['deltas'][number]): void {
    this.append({ ...ENTRY, kind: 'account-credit', subjects: [delta.subject], deltas: [delta] })
  }
}

const ENTRY: Entry = {
  kind: 'settlement',
  bookedAt: 0,
  source: 'test',
  keys: [],
  requestHash: new Uint8Array(0),
  subjects: [],
  deltas: [],
  content: null,
}

/** All accumulators of all subjects, in a form that compares. */
function accumulatorsOf(states: ReadonlyMap<Subject, SubjectState>): Record<string, number> {
  const all: Record<string, number> = {}
  for (const [subject, { accumulators }] of [...states].sort()) {
    for (const [name, value] of [...accumulators].sort()) all[`${subject} ${name}`] = value
  }
  return all
}

function folded(entries: readonly Entry[]): Map<Subject, SubjectState> {
  const states = new Map<Subject, SubjectState>()
  entries.forEach((entry, index) => {
    for (const subject of entry.subjects) {
      const before = states.get(subject) ?? EMPTY_STATE
      states.set(subject, foldEntry(before, subject, entry, index + 1))
    }
  })
  return states
}

t.test('every decision is sound, whole and the same again', async () => {
  fc.assert(
    fc.property(anyPack, persons, anyClaim, (source, people, claim) => {
      const city = new City(source, people)
      const decision = city.decide(claim)
      const { amounts, funds, lines } = decision
      assertEqual(brokenIdentity(decision), undefined)
      assertEqual(brokenBound(decision, { hospital: false, deductible: false }), undefined)
      // The same, by sums of its own.
      const billed = claim.lines.reduce((sum, line) => sum + line.amountFen, 0)
      assertEqual(amounts.totalFen, billed)
      assertEqual(lines.length, claim.lines.length)
      const paid = funds.reduce((sum, { payFen }) => sum + payFen, 0)
      assertEqual(paid, amounts.fundFen)
      assert(paid <= amounts.inScopeFen && amounts.inScopeFen <= billed, 'funds ≤ in scope ≤ bill')
      assert(amounts.deductibleFen <= amounts.inScopeFen, 'the deductible is of what is in scope')
      assert(amounts.accountFen <= (claim.account?.maxFen ?? 0), 'the account keeps its limit')
      assert(amounts.accountFen <= 1_000_000, 'and is not overdrawn')
      assert(amounts.cashFen >= 0, 'nobody is paid cash')
      // The trace tells of what is paid, and not of what might have been.
      const told = decision.trace.filter(({ step }) => step === 'layer')
      assertEqual(
        told.map(({ result }) => result['payFen']),
        funds.flatMap(({ payFen, reason }) => (reason?.code === 'does-not-apply' ? [] : [payFen])),
      )
      for (const { payFen, segments, reason } of funds) {
        const byRate = segments.reduce((sum, segment) => sum + segment.payFen, 0)
        assert(payFen === byRate || reason !== undefined, 'paying less than the rate has a reason')
        assert(payFen > 0 || reason !== undefined, 'paying nothing has a reason')
      }
      assertEqual(city.decide(claim), decision)
    }),
    { numRuns: 300 * RUNS },
  )
})

t.test(
  'a whole year keeps within every cap, and a deductible of the year is borne once',
  async () => {
    const claims = fc.array(anyClaim, { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(anyPack, persons, claims, (source, people, list) => {
        const city = new City(source, people)
        const paid = new Map<string, number>()
        const borne = new Map<string, number>()
        for (const claim of list) {
          const decision = city.decide(claim)
          const plan = source.plans.find(
            (one) => one.scheme === decision.scheme && one.careTypes.includes(claim.careType),
          )!
          const anchors = { admission: decision.admission, discharge: decision.discharge }
          plan.layers.forEach((layer, index) => {
            const prefix = `${claim.personId}/${decision.discharge.slice(0, 4)}/${layer.fund}`
            const { payFen } = decision.funds[index]!
            const own = `${prefix}/${layer.benefit}`
            paid.set(own, (paid.get(own) ?? 0) + payFen)
            for (const cap of layer.caps) {
              const used = cap.benefits.reduce(
                (sum, benefit) => sum + (paid.get(`${prefix}/${benefit}`) ?? 0),
                0,
              )
              const capFen = slowResult(source, cap.table, anchors, decision.facts, 'capFen')
              assert(payFen === 0 || used <= capFen, `${cap.id}: ${used} of ${capFen}`)
            }
          })
          const first = plan.layers[0]!
          if (first.deductible?.per === 'year' && first.deductible.penalised !== true) {
            const own = `${claim.personId}/${decision.discharge.slice(0, 4)}/${claim.careType}`
            const sum = (borne.get(own) ?? 0) + decision.amounts.deductibleFen
            borne.set(own, sum)
            const { table } = first.deductible
            const standard = slowResult(source, table, anchors, decision.facts, 'deductibleFen')
            assert(decision.amounts.deductibleFen === 0 || sum <= standard, 'borne once a year')
          }
          city.settle(decision, claim.personId)
        }
      }),
      { numRuns: 150 * RUNS },
    )
  },
)

t.test('a reversal leaves what the other entries alone have made, in any order', async () => {
  const steps = fc.array(fc.tuple(anyClaim, fc.boolean(), fc.nat(100)), {
    minLength: 1,
    maxLength: 20,
  })
  const order = fc.infiniteStream(fc.nat(1_000))
  fc.assert(
    fc.property(anyPack, persons, steps, order, (source, people, list, keys) => {
      const city = new City(source, people)
      const openings = city.entries.length
      const live = new Set<number>()
      for (const [claim, reverses, which] of list) {
        live.add(city.settle(city.decide(claim), claim.personId))
        const position = [...live][which % live.size]!
        if (!reverses) continue
        city.reverse(position)
        live.delete(position)
      }
      const others = city.entries.filter((_, at) => at < openings || live.has(at + 1))
      assertEqual(accumulatorsOf(folded(others)), accumulatorsOf(city.states))
      const keyed = city.entries.map((entry) => ({ entry, key: keys.next().value! }))
      const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ entry }) => entry)
      assertEqual(accumulatorsOf(folded(shuffled)), accumulatorsOf(city.states))
      const alive = [...city.states.values()].flatMap((state) => state.live)
      assertEqual([...new Set(alive)].sort(), [...live].sort())
    }),
    { numRuns: 100 * RUNS },
  )
})

t.test('the counter books and reverses the same sums', async () => {
  const steps = fc.array(fc.tuple(anyClaim, fc.boolean(), fc.nat(100)), {
    minLength: 1,
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(anyPack, persons, steps, async (source, people, list) => {
      const world = await propertyWorld(packOf(source), people, 1_000_000)
      const city = new City(source, people)
      const live: { position: number; claim: Claim }[] = []
      let number = 0
      for (const [claim, reverses, which] of list) {
        const requester = { role: 'institution' as const, id: claim.institutionId }
        const request = () => ({
          requester,
          requestId: `M${++number}`,
          requestHash: new Uint8Array(32),
        })
        const booked = await settle(world.ports, { ...request(), claim, claimHash: '' })
        if (isRefusal(booked)) throw new Error(booked.refused)
        assertEqual(booked.answer.amounts, city.decide(claim).amounts)
        const position = city.settle(city.decide(claim), claim.personId)
        live.push({ position, claim })
        if (!reverses) continue
        const [gone] = live.splice(which % live.length, 1)
        const by = { role: 'agency' as const, id: 'agency' }
        const at = { ...request(), requester: by, position: gone!.position }
        const reversal = await reverse(world.ports, at)
        if (isRefusal(reversal)) throw new Error(reversal.refused)
        city.reverse(gone!.position)
      }
      for (const subject of city.states.keys()) {
        const { state } = await world.ledger.load(subject)
        assertEqual(accumulatorsOf(new Map([[subject, state]])), {
          ...accumulatorsOf(new Map([[subject, city.states.get(subject)!]])),
        })
      }
      await world.close()
    }),
    { numRuns: 30 * RUNS },
  )
})

t.test('the order of the lines changes no sum', async () => {
  fc.assert(
    fc.property(
      anyPack,
      persons,
      anyClaim,
      fc.infiniteStream(fc.nat(1_000)),
      (source, people, claim, keys) => {
        const city = new City(source, people)
        const keyed = claim.lines.map((line) => ({ line, key: keys.next().value! }))
        const lines = keyed.sort((a, b) => a.key - b.key).map(({ line }) => line)
        const one = city.decide(claim)
        const other = city.decide({ ...claim, lines })
        assertEqual(other.amounts, one.amounts)
        assertEqual(other.funds, one.funds)
        assertEqual(other.remaining, one.remaining)
        assertEqual(new Set(other.lines.map((l) => l.lineId)).size, one.lines.length)
      },
    ),
    { numRuns: 100 * RUNS },
  )
})

/** Of the codes whose first self-pay may not come out even. */
const FIRST_SELF_PAY: Readonly<Record<string, number>> = {
  B10: 1_000,
  'B-THIRD': 3_333,
  'LIM-B': 2_000,
}

t.test('a line split in two moves no bucket by more than a fen', async () => {
  const units = fc.record({
    code: fc.constantFrom('A', 'B10', 'B-THIRD', 'B-ALL', 'C', 'LIM', 'LIM-B'),
    count: fc.integer({ min: 2, max: 5_000 }),
    priceFen: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 30_000 })),
    share: fc.nat(10_000),
  })
  fc.assert(
    fc.property(anyPack, persons, anyClaim, units, (source, people, claim, split) => {
      const { code, count, priceFen, share } = split
      const city = new City(source, people)
      const line = (lineId: string, quantity: number) => ({
        lineId,
        code,
        quantity: String(quantity),
        unitPriceFen: String(priceFen),
        amountFen: toFen(quantity * priceFen),
      })
      const part = 1 + (share % (count - 1))
      const rest = claim.lines
      const one = city.decide({ ...claim, lines: [line('x', count), ...rest] })
      const lines = [line('x', part), line('y', count - part), ...rest]
      const two = city.decide({ ...claim, lines })
      const [x, y] = two.lines
      const permyriad = FIRST_SELF_PAY[code] ?? 0
      const rounds = [x!, y!].some(
        ({ amountFen, overLimitFen }) => ((amountFen - overLimitFen) * permyriad) % 10_000 !== 0,
      )
      const bound = rounds ? one.funds.length : 0
      for (const name of Object.keys(one.amounts) as (keyof Decision['amounts'])[]) {
        const moved = Math.abs(one.amounts[name] - two.amounts[name])
        const most = name === 'totalFen' ? 0 : bound
        assert(moved <= most, `${name} moved by ${moved} fen`)
      }
    }),
    { numRuns: 200 * RUNS },
  )
})

t.test('what the journal keeps reads back as the same decision and the same answer', async () => {
  fc.assert(
    fc.property(
      anyPack,
      persons,
      fc.array(anyClaim, { minLength: 1, maxLength: 4 }),
      (...given) => {
        const [source, people, list] = given
        const city = new City(source, people)
        for (const claim of list) {
          const decision = city.decide(claim)
          const record = { requestId: 'M1', claim, decision, records: [1, 2, 0] as const }
          const packed = pack(record)
          assertEqual(hex(packed), hex(pack({ ...record, decision: city.decide(claim) })))
          const content = entryCodec.decodeEntry(packed).content
          const read = unpackSettlement({ content, deltas: decision.deltas }, (hash) =>
            hash === decision.packHash ? packOf(source) : undefined,
          )
          assertEqual(read, record)
          const answer = JSON.stringify(settlementAnswer(decision, 'M1', 7, 1_000))
          assertEqual(JSON.stringify(settlementAnswer(read.decision, 'M1', 7, 1_000)), answer)
          assertEqual(hex(pack(read)), hex(packed))
          city.settle(decision, claim.personId)
        }
      },
    ),
    { numRuns: 150 * RUNS },
  )
})

function pack(record: Parameters<typeof packSettlement>[0]): Uint8Array {
  return entryCodec.encodeEntry({ ...ENTRY, content: packSettlement(record) })
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function assert(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

function assertEqual(got: unknown, expected: unknown): void {
  if (isDeepStrictEqual(got, expected)) return
  throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`)
}
