import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { entryCodec } from '../../adapters/codec/entry-codec.ts'
import { hashOf, loadPacks } from '../../adapters/packs/load-pack.ts'
import { COVERS, cityOf, claimOf, dayOf, personOf, tableOf } from '../../fixtures/arbitrary.ts'
import {
  PROPERTY_INSTITUTIONS,
  propertyCatalogue,
  propertyWorld,
} from '../../fixtures/property-world.ts'
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
import type { Facts } from '../policy/facts.ts'
import type { CellSource, PackSource, TableSource } from '../policy/pack.ts'
import type { Policy } from '../policy/policy.ts'
import { compileTable, findRow } from '../policy/table.ts'
import type { PersonRecord } from '../registry/records.ts'
import { adjudicate } from './adjudicate.ts'
import { brokenBound, brokenIdentity } from './identities.ts'
import { accountSubject } from './snapshot.ts'

/** What holds for every bill of every city; adjudicate.ts says how a single one is computed. */

/** `PROPERTY_RUNS=50` looks fifty times as long. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1)
if (RUNS > 1) t.setTimeout(0)

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
      assertEqual(brokenBound(decision), undefined)
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
        funds.map(({ payFen }) => payFen),
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

const anyFacts: fc.Arbitrary<Facts> = fc.record({
  scheme: fc.constantFrom('resident', 'employee'),
  careType: fc.constantFrom('inpatient', 'outpatient', 'pharmacy'),
  homeDistrict: fc.constantFrom('500103', '500113', '500240', '420106'),
  grade: fc.nat(3),
  employment: fc.constantFrom('active' as const, 'retired' as const, 'none' as const),
  category: fc.constantFrom('low-income', 'none'),
  sex: fc.constantFrom('female' as const, 'male' as const),
  age: fc.integer({ min: -1, max: 120 }),
  institutionKind: fc.constantFrom('hospital', 'pharmacy'),
  level: fc.nat(3),
  deductibleLevel: fc.nat(4),
  inCity: fc.boolean(),
  sameDistrict: fc.boolean(),
  sameZone: fc.boolean(),
  approval: fc.constantFrom('none', 'agency-consent', 'referral'),
  areaCase: fc.constantFrom('home', 'zone', 'free-in-city', 'consented', 'without-consent'),
  admissionNumber: fc.nat(9),
  parameter: fc.constantFrom('deductible', 'rate', 'none'),
  diseaseCode: fc.constant('none'),
})

t.test('a look-up finds the row that a scan of the rules finds', async () => {
  const day = dayOf('2011-12-30', '2025-01-02')
  fc.assert(
    fc.property(anyPack, anyFacts, day, (source, facts, date) => {
      const { tables } = packOf(source)
      for (const table of source.tables) {
        const fast = findRow(tables.find(({ name }) => name === table.table)!, date, facts)
        const slow = slowRows(table, date, facts)
        assert(slow.length <= 1, `${table.table} has ${slow.length} rows`)
        const [only] = slow
        if (only === undefined) assert(typeof fast === 'string', `${table.table} invents a row`)
        else if (typeof fast === 'string') assert(false, `${table.table} misses a row`)
        else assertEqual([fast.period.index, fast.row, fast.result], only)
      }
    }),
    { numRuns: 200 * RUNS },
  )
})

/** Every row that applies, as a person would find it with a finger on the page. */
function slowRows(table: TableSource, date: string, facts: Facts): unknown[] {
  const columns = Object.keys(table.results)
  return table.periods.flatMap((period, at) =>
    date < period.from || date >= period.until
      ? []
      : period.rows.flatMap((row, index) => {
          const applies = Object.entries(table.dimensions).every(([name, declared]) => {
            const value = facts[name as keyof Facts]
            const known =
              'integersFrom' in declared
                ? (value as number) >= declared.integersFrom
                : declared.includes(value)
            return known && cellHolds(row[name] as CellSource | undefined, value)
          })
          if (!applies) return []
          return [[at, index, Object.fromEntries(columns.map((column) => [column, row[column]]))]]
        }),
  )
}

function cellHolds(cell: CellSource | undefined, value: string | number | boolean): boolean {
  if (cell === undefined) return true
  if (Array.isArray(cell)) return cell.includes(value)
  if (typeof cell !== 'object') return cell === value
  const { from = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = cell as {
    from?: number
    below?: number
  }
  return (value as number) >= from && (value as number) < below
}

function slowResult(
  source: PackSource,
  name: string,
  anchors: { readonly admission: string; readonly discharge: string },
  facts: Facts,
  column: string,
): number {
  const table = source.tables.find((one) => one.table === name)!
  const date = table.anchor === 'admission' ? anchors.admission : anchors.discharge
  const [row] = slowRows(table, date, facts) as [number, number, Record<string, number>][]
  return row![2][column]!
}

t.test('a gap or an overlap planted in a table is reported where it is', async () => {
  const table = tableOf(
    't/t',
    { capFen: 'fen' },
    fc.nat(100).map((capFen) => ({ capFen })),
    { periodsMin: 2 },
  )
  const plant = fc.constantFrom(
    'nothing',
    'row-gone',
    'row-twice',
    'period-gone',
    'ends-early',
    'ends-late',
  )
  fc.assert(
    fc.property(table, plant, fc.nat(20), fc.nat(20), (sound, fault, whichPeriod, whichRow) => {
      const at = whichPeriod % sound.periods.length
      const period = sound.periods[at]!
      const row = whichRow % period.rows.length
      const last = at === sound.periods.length - 1
      const withPeriod = (change: Partial<typeof period>): TableSource => ({
        ...sound,
        periods: sound.periods.map((one, index) => (index === at ? { ...one, ...change } : one)),
      })
      const planted = {
        nothing: sound,
        'row-gone': withPeriod({ rows: period.rows.filter((_, index) => index !== row) }),
        'row-twice': withPeriod({ rows: [...period.rows, period.rows[row]!] }),
        'period-gone': { ...sound, periods: sound.periods.filter((_, index) => index !== at) },
        'ends-early': withPeriod({ until: dayBefore(period.until) }),
        'ends-late': withPeriod({ until: dayBefore(period.until, -1) }),
      }[fault]
      const { faults } = compileTable(planted, 0, COVERS, () => undefined)
      const messages = faults.map(({ from, row: of, message }) => `${from} ${of} ${message}`)
      const expected = {
        nothing: undefined,
        'row-gone': new RegExp(`^${period.from} undefined gap: no row applies to`),
        'row-twice': new RegExp(
          `^${period.from} ${period.rows.length} overlap: rows ${row + 1} and ${period.rows.length + 1} both`,
        ),
        'period-gone': new RegExp(`^${period.from} undefined gap: no period from ${period.from}`),
        'ends-early': new RegExp(`^${dayBefore(period.until)} undefined gap: no period`),
        'ends-late': last ? undefined : new RegExp(`^${period.until} undefined overlap: two`),
      }[fault]
      // A period of one day ends before it begins when it ends a day early: that is said as well.
      const found = expected === undefined ? [] : messages.filter((text) => expected.test(text))
      assertEqual(
        [found.length, expected !== undefined || messages.length === 0],
        [expected === undefined ? 0 : 1, true],
      )
    }),
    { numRuns: 200 * RUNS },
  )
})

function dayBefore(date: string, days = 1): string {
  return new Date(Date.parse(date) - days * 86_400_000).toISOString().slice(0, 10)
}

function assert(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

function assertEqual(got: unknown, expected: unknown): void {
  if (isDeepStrictEqual(got, expected)) return
  throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`)
}
