import fc from 'fast-check'
import t from 'tap'
import { loadPacks } from '../../adapters/packs/load-pack.ts'
import { COVERS, dayOf, tableOf } from '../../fixtures/arbitrary.ts'
import { type Facts, NO_FACTS } from '../policy/facts.ts'
import type { CellSource, MarkSource, RowSource, TableSource } from '../policy/pack.ts'
import { compileTable, findRow, type Table, type Value } from '../policy/table.ts'
import type { AxisValue } from './axes.ts'
import { compareTables, type RowDifference } from './table-difference.ts'

/**
 * What a difference says, held against brute force: the engine's own look-up in both versions, for
 * every combination of values and every date about which the two could disagree. Each combination
 * that differs must be in exactly one sentence, with the values before and after; no other in any.
 */

/** `PROPERTY_RUNS=50` looks fifty times as long. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1)
t.setTimeout(0)

const SHIPPED = loadPacks('rules').packs.flatMap(({ source }) =>
  source.tables.map((table) => ({ table, covers: source.covers })),
)

interface Versions {
  readonly before: TableSource
  readonly after: TableSource
  readonly covers: { readonly from: string; readonly until: string }
}

function compile({ covers }: Versions, source: TableSource): Table {
  const { table, faults } = compileTable(source, 0, covers, citation)
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  return table
}

function citation({ reference }: MarkSource): string | undefined {
  return reference === undefined ? undefined : `${reference.document} ${reference.clause}`
}

/** Throws with the first combination on which difference and look-up disagree. */
function checkExact(versions: Versions): { figures: number; sources: number } {
  const [before, after] = [versions.before, versions.after].map((source) => ({
    source,
    table: compile(versions, source),
  })) as [{ source: TableSource; table: Table }, { source: TableSource; table: Table }]
  const { figures, sources } = compareTables(before, after, () => undefined)
  const allFacts = factsToTry(before.source, after.source).filter(
    (facts) => !isUnknown(facts, before.source, after.source),
  )
  for (const date of daysToTry(before.source, after.source)) {
    for (const facts of allFacts) {
      const was = found(before.table, date, facts)
      const is = found(after.table, date, facts)
      const inFigures = figures.filter((sentence) => isAbout(sentence, date, facts, versions))
      const inSources = sources.filter((sentence) => isAbout(sentence, date, facts, versions))
      // There are hundreds of thousands of combinations: nothing is written down before it is said,
      // and no function gets a name here, which esbuild has each of them defined with.
      const where: Place = [date, facts, was, is]
      const differs = textOf(was?.result) !== textOf(is?.result)
      const hasMoved = !differs && textOf(was?.mark) !== textOf(is?.mark)
      assert(
        inFigures.length === (differs ? 1 : 0),
        () => `${inFigures.length} figures for ${said(where)}`,
      )
      assert(
        inSources.length === (hasMoved ? 1 : 0),
        () => `${inSources.length} sources for ${said(where)}`,
      )
      const [sentence] = inFigures
      for (const { column, before: one, after: other } of sentence?.columns ?? []) {
        assert(
          one === was?.result[column] && other === is?.result[column],
          () => `${column} ${said(where)}`,
        )
      }
      if (sentence === undefined) continue
      const columns = Object.keys({ ...was?.result, ...is?.result })
      const changed = columns.filter((column) => was?.result[column] !== is?.result[column])
      assert(
        sentence.columns.length === changed.length,
        () => `not all columns said for ${said(where)}`,
      )
      assert(
        sentence.before?.standing === was?.mark.standing,
        () => `the standing before ${said(where)}`,
      )
      assert(
        sentence.after?.reference === is?.mark.reference,
        () => `the reference after ${said(where)}`,
      )
    }
  }
  return { figures: figures.length, sources: sources.length }
}

type Place = readonly [date: string, facts: Facts, was: object | undefined, is: object | undefined]

function said([date, facts, was, is]: Place): string {
  return `${date} ${JSON.stringify(facts)}: ${JSON.stringify([was, is])}`
}

const texts = new WeakMap<object, string>()

/** As JSON; each object of a table is written once. */
function textOf(value: object | undefined): string | undefined {
  if (value === undefined) return undefined
  const known = texts.get(value)
  if (known !== undefined) return known
  const text = JSON.stringify(value)
  texts.set(value, text)
  return text
}

function found(table: Table, date: string, facts: Facts) {
  const row = findRow(table, date, facts)
  return typeof row === 'string'
    ? undefined
    : { result: row.result, mark: row.period.marks[row.row]! }
}

/** With a value that no version has a rule for nothing is said: it is refused as it was. */
function isUnknown(facts: Facts, ...sources: TableSource[]): boolean {
  const names = sources.flatMap(({ dimensions }) => Object.keys(dimensions))
  return names.some((name) =>
    sources.every(({ dimensions }) => {
      const declared = dimensions[name]
      if (declared === undefined) return false
      const value = facts[name]!
      if ('integersFrom' in declared) return (value as number) < declared.integersFrom
      return !declared.includes(value) && !declared.includes('other')
    }),
  )
}

/** The first and the last day of every stretch on which nothing begins or ends. */
function daysToTry(...sources: TableSource[]): string[] {
  const periods = sources.flatMap((source) => source.periods)
  const bounds = periods.flatMap(({ from, until }) => [from, until])
  return [...new Set(bounds.flatMap((day) => [dayBefore(day), day]))]
}

function dayBefore(date: string): string {
  return new Date(Date.parse(date) - 86_400_000).toISOString().slice(0, 10)
}

/** Every listed value and one that nobody lists; numbers on both sides of every bound. */
function factsToTry(...sources: TableSource[]): Facts[] {
  const names = [...new Set(sources.flatMap(({ dimensions }) => Object.keys(dimensions)))]
  return names.reduce<Facts[]>(
    (some, name) => {
      const values = valuesToTry(name, sources)
      return some.flatMap((facts) => values.map((value) => ({ ...facts, [name]: value })))
    },
    [{ ...NO_FACTS }],
  )
}

function valuesToTry(name: string, sources: readonly TableSource[]): Value[] {
  const values = new Set<Value>()
  let isNumber = false
  for (const { dimensions, periods } of sources) {
    const declared = dimensions[name]
    if (declared === undefined) continue
    if ('integersFrom' in declared) {
      isNumber = true
      values.add(declared.integersFrom)
      const cells = periods.flatMap(({ rows }) => rows.map((row) => row[name] as CellSource))
      for (const number of cells.flatMap(numbersIn)) values.add(number).add(number + 1)
    } else for (const value of declared) if (value !== 'other') values.add(value)
  }
  if (isNumber) {
    for (const value of [...values]) values.add((value as number) - 1)
    return [...values].filter((value) => (value as number) >= 0)
  }
  return [...values, typeof [...values][0] === 'number' ? 99 : 'nobody-lists-this']
}

function numbersIn(cell: CellSource | undefined): number[] {
  if (typeof cell === 'number') return [cell]
  if (Array.isArray(cell)) return cell as number[]
  if (typeof cell !== 'object') return []
  const { from, below } = cell as { from?: number; below?: number }
  return [from, below].filter((bound) => bound !== undefined)
}

function isAbout(
  { dates, who }: RowDifference,
  date: string,
  facts: Facts,
  versions: Versions,
): boolean {
  return (
    dates.some(({ from, until }) => from <= date && date < until) &&
    who.every(({ fact, values }) =>
      values.some((value) => holds(value, fact, facts[fact]!, versions)),
    )
  )
}

function holds(one: AxisValue, fact: string, value: Value, { before, after }: Versions): boolean {
  if ('value' in one) return one.value === value
  if ('unlisted' in one) return !isListed(before, fact, value) && !isListed(after, fact, value)
  const { from = 0, below = Number.POSITIVE_INFINITY } = one
  return (value as number) >= from && (value as number) < below
}

function isListed({ dimensions }: TableSource, fact: string, value: Value): boolean {
  const declared = dimensions[fact]
  return Array.isArray(declared) && declared.includes(value)
}

const RESULTS = { capFen: 'fen', limited: 'flag' } as const
const result = fc.record({ capFen: fc.nat(3), limited: fc.boolean() }, { requiredKeys: ['capFen'] })
const mark = fc.constantFrom<MarkSource>(
  { standing: 'assumed', note: 'one' },
  { standing: 'assumed', note: 'other' },
  { standing: 'seed', reference: { document: 'd', clause: '1' } },
  { standing: 'published', reference: { document: 'd', clause: '2' } },
)
const madeUp = fc
  .tuple(tableOf('t/t', RESULTS, result), fc.array(fc.tuple(fc.nat(40), mark), { maxLength: 3 }))
  .map(([table, marks]) => {
    const rows = table.periods.flatMap((period) => period.rows as { mark?: MarkSource }[])
    for (const [at, own] of marks) rows[at % rows.length]!.mark = own
    return table
  })

/** The same table, knowing fewer values: what it then lacks must be told as no rule. */
const narrowed = fc
  .tuple(madeUp, fc.constantFrom('grade', 'level', 'employment', 'age'), fc.nat(30))
  .map(([table, name, at]): TableSource => {
    const declared = table.dimensions[name]
    if (declared === undefined) return table
    if ('integersFrom' in declared) return fromNumber(table, name, 1 + at)
    const gone = declared[at % declared.length]!
    return {
      ...table,
      dimensions: { ...table.dimensions, [name]: declared.filter((value) => value !== gone) },
      periods: table.periods.map((period) => ({
        ...period,
        rows: period.rows.flatMap((row) => without(row, name, gone)),
      })),
    }
  })

function without(row: RowSource, name: string, gone: Value): RowSource[] {
  const cell = row[name] as CellSource | undefined
  if (cell === gone) return []
  if (!Array.isArray(cell)) return [row]
  const left = cell.filter((value) => value !== gone)
  return left.length === 0 ? [] : [{ ...row, [name]: left }]
}

function fromNumber(table: TableSource, name: string, lowest: number): TableSource {
  const rowsOf = (row: RowSource): RowSource[] => {
    const cell = row[name] as CellSource | undefined
    if (typeof cell === 'number') return cell < lowest ? [] : [row]
    const { below = Number.POSITIVE_INFINITY } = (cell ?? {}) as { below?: number }
    return below <= lowest ? [] : [row]
  }
  return {
    ...table,
    dimensions: { ...table.dimensions, [name]: { integersFrom: lowest } },
    periods: table.periods.map((period) => ({ ...period, rows: period.rows.flatMap(rowsOf) })),
  }
}

t.test('two made-up tables, whatever dimensions and dates they have', async () => {
  const any = fc.oneof(madeUp, narrowed)
  fc.assert(
    fc.property(any, any, (before, after) => {
      checkExact({ before, after, covers: COVERS })
    }),
    { numRuns: 150 * RUNS },
  )
})

/** One cell of a shipped table becomes another, of the whole period or from some day of it. */
t.test('one cell of a shipped table', async (t) => {
  const edit = fc.record({
    which: fc.nat(SHIPPED.length - 1),
    period: fc.nat(50),
    row: fc.nat(50),
    column: fc.nat(5),
    day: dayOf('2012-02-01', '2025-06-01'),
  })
  let edits = 0
  fc.assert(
    fc.property(edit, ({ which, day, ...at }) => {
      const { table: before, covers } = SHIPPED[which]!
      const period = before.periods[at.period % before.periods.length]!
      const row = period.rows[at.row % period.rows.length]!
      const columns = Object.keys(before.results).filter((column) => row[column] !== undefined)
      const column = columns[at.column % Math.max(1, columns.length)]
      if (column === undefined) return
      const rows = period.rows.map((one) =>
        one === row ? { ...one, [column]: another(row[column] as Value, before, column) } : one,
      )
      const isInside = period.from < day && day < period.until
      const edited = isInside
        ? [
            { ...period, until: day },
            { ...period, from: day, rows },
          ]
        : [{ ...period, rows }]
      const after = {
        ...before,
        periods: before.periods.flatMap((one) => (one === period ? edited : [one])),
      }
      const { figures, sources } = checkExact({ before, after, covers })
      // One row that became another is one sentence wherever its cells form a box, as they do here.
      const isChanged = JSON.stringify(before) !== JSON.stringify(after)
      assert(
        sources === 0 && figures === (isChanged && hasOther(before, column) ? 1 : 0),
        () => 'count',
      )
      edits++
    }),
    { numRuns: 100 * RUNS },
  )
  t.ok(edits > 90 * RUNS, `${edits} edits`)
})

function another(value: Value, { results }: TableSource, column: string): Value {
  const type = results[column]!
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value === 0 ? 1 : value - 1
  return (type as readonly string[]).find((code) => code !== value) ?? value
}

function hasOther({ results }: TableSource, column: string): boolean {
  const type = results[column]!
  return typeof type === 'string' || type.length > 1
}

function assert(holds: boolean, what: () => string): void {
  if (!holds) throw new Error(what())
}
