import { FACTS, type FactName, STAGES, type Stage } from './facts.ts'
import type { ColumnType, DerivedSource, PackSource, TableSource } from './pack.ts'
import { attributesOf } from './pack-attributes.ts'
import { builtInStage, type Expected, knows, PARTS, type Part, type PartName } from './parts.ts'
import type { Table, TableFault } from './table.ts'

/**
 * Hands out the tables that plans name, and holds each against the parts it plays: its columns, and
 * whether the facts that it asks for are known by then.
 */
export class TableReader {
  readonly faults: TableFault[] = []
  readonly #pack: PackSource
  readonly #tables: ReadonlyMap<string, { readonly table: Table; readonly source: TableSource }>
  readonly #stages: Map<FactName, Stage>
  readonly #played = new Map<string, Set<PartName>>()
  readonly #fallback: Table

  constructor(pack: PackSource, tables: readonly Table[], sources: readonly TableSource[]) {
    this.#pack = pack
    this.#tables = new Map(tables.map((table, at) => [table.name, { table, source: sources[at]! }]))
    this.#fallback = tables[0]!
    const stages = { person: 'person', institution: 'place', claim: 'place' } as const
    this.#stages = new Map<FactName, Stage>(
      (['person', 'institution', 'claim'] as const).flatMap((whose) =>
        Object.keys(pack.attributes?.[whose] ?? {}).map((name) => [name, stages[whose]] as const),
      ),
    )
  }

  /** The stage from which a fact is known. */
  stageOf(fact: FactName): Stage | undefined {
    return this.#stages.get(fact) ?? builtInStage(fact)
  }

  /** A derived fact is known once those are known that its table asks for. */
  derive(fact: FactName, table: Table): Stage {
    const asks = table.dimensions.map(({ name }) => this.stageOf(name))
    const own = builtInStage(fact) === 'place' ? 'place' : 'person'
    const stage = asks.includes('place') ? 'place' : own
    this.#stages.set(fact, stage)
    return stage
  }

  /** The table of that name; `reader` says, in messages, who reads it. */
  read(name: string, partName: PartName, reader: string): Table {
    const found = this.#tables.get(name)
    if (found === undefined) {
      this.#fault(name, `${reader} names this table, but the pack has no such table`)
      return this.#fallback
    }
    const played = this.#played.get(name)
    if (played?.has(partName) === true) return found.table
    this.#played.set(name, (played ?? new Set()).add(partName))
    this.#checkColumns(found.source, partName, reader)
    this.#checkAnchor(found.source, partName, reader)
    this.#checkFacts(found.source, partName, reader)
    return found.table
  }

  /** After all plans: what no reader knows, and rows that leave out what some reader needs. */
  finish(): void {
    for (const { source } of this.#tables.values()) {
      const parts = [...(this.#played.get(source.table) ?? [])].map((name): Part => PARTS[name])
      if (parts.length === 0) {
        this.#fault(source.table, 'no plan reads this table')
        continue
      }
      const known = new Set(
        parts.flatMap(({ required, optional }) => Object.keys({ ...required, ...optional })),
      )
      for (const column of Object.keys(source.results)) {
        if (known.has(column)) continue
        const message = `nobody reads the column ${column}; known are ${[...known].join(', ')}`
        this.#fault(source.table, message, ['results', column])
      }
      this.#checkRows(source, parts)
    }
  }

  #checkRows(source: TableSource, parts: readonly Part[]): void {
    for (const { from, rows } of source.periods) {
      rows.forEach((row, index) => {
        const fault = (message: string) =>
          this.faults.push({ table: source.table, from, row: index, message })
        const reading = parts.filter(({ unless }) => unless === undefined || row[unless] !== false)
        const needed = new Set(reading.flatMap(({ required }) => Object.keys(required)))
        for (const column of needed) {
          if (source.results[column] !== undefined && row[column] === undefined) {
            fault(`${column} is missing`)
          }
        }
        for (const [one, other] of PAIRS) {
          const has = other.filter((column) => row[column] !== undefined)
          if (row[one] !== undefined && row[one] !== 'none' && has.length === 0) {
            fault(`${one} needs ${other.join(' or ')} beside it`)
          }
          if (row[one] === undefined && has.length > 0) {
            fault(`${has.join(' and ')} means nothing without ${one}`)
          }
        }
        for (const [least, most] of BOUNDS) {
          const [from, to] = [row[least], row[most]]
          if (typeof from !== 'number' || typeof to !== 'number' || from <= to) continue
          fault(`${least} is ${from}, more than ${most}, ${to}`)
        }
        if (row['effect'] === 'after-wait' && row['waitMonths'] === undefined) {
          fault('after-wait needs waitMonths beside it')
        }
      })
    }
  }

  #checkColumns({ table, results }: TableSource, partName: PartName, reader: string): void {
    const { required, optional }: Part = PARTS[partName]
    for (const [column, expected] of Object.entries(required)) {
      if (results[column] !== undefined && this.#fits(results[column], expected)) continue
      const message = `${reader} reads it for its ${words(partName)}, so it needs a column ${column} (${this.#say(expected)})`
      this.#fault(table, message, ['results'])
    }
    for (const [column, expected] of Object.entries(optional)) {
      const type = results[column]
      if (type === undefined || this.#fits(type, expected)) continue
      const message = `the column ${column} must be ${this.#say(expected)}`
      this.#fault(table, message, ['results', column])
    }
  }

  /** Only what is said of lines can go by the day of a line. */
  #checkAnchor({ table, anchor }: TableSource, partName: PartName, reader: string): void {
    if (partName === 'lines' && anchor !== 'line') {
      this.#fault(table, `${reader} reads it for its lines, so its anchor must be line`, ['anchor'])
    }
    if (anchor === 'line' && !OF_LINES.has(partName)) {
      const message = `${reader} reads its ${words(partName)} once for the bill, so its anchor cannot be line`
      this.#fault(table, message, ['anchor'])
    }
  }

  #checkFacts(
    { table, dimensions, results }: TableSource,
    partName: PartName,
    reader: string,
  ): void {
    const part: Part = PARTS[partName]
    const check = (fact: FactName, path: readonly string[]) => {
      const stage = this.stageOf(fact)
      if (stage !== undefined && knows(part, fact, stage)) return
      const message = this.#isDerivedLater(fact)
        ? `cycle: ${reader} asks for ${fact}, which is derived from it or after it`
        : `${fact} is not known yet when ${reader} reads the ${words(partName)}`
      this.#fault(table, message, path)
    }
    for (const fact of Object.keys(dimensions)) check(fact, ['dimensions', fact])
    const units = part.optional['unit'] === 'unit' ? results['unit'] : undefined
    for (const fact of Array.isArray(units) ? (units as readonly FactName[]) : []) {
      const isListed = fact !== 'none' && this.stageOf(fact) !== undefined
      if (isListed) check(fact, ['results', 'unit'])
    }
  }

  /** Of a derived fact: whether its turn has not come yet. */
  #isDerivedLater(fact: FactName): boolean {
    const isDerived = this.#pack.derived?.some((one) => one.fact === fact) === true
    return isDerived && this.stageOf(fact) === undefined
  }

  #fits(type: ColumnType, expected: Expected): boolean {
    if (expected === 'any') return true
    if (expected === 'code') return Array.isArray(type)
    const codes = this.#codesOf(expected)
    if (codes !== undefined)
      return Array.isArray(type) && type.every((code) => codes.includes(code))
    return type === expected
  }

  #codesOf(expected: Expected): readonly string[] | undefined {
    if (Array.isArray(expected)) return expected
    if (expected === 'sums' || expected === 'sums-without-care') {
      const { person = {} } = this.#pack.attributes ?? {}
      const own = Object.keys(person).filter((name) => person[name] === 'integer')
      const bases = expected === 'sums' ? BASES : ['none']
      return [...bases, ...Object.keys(this.#pack.sums ?? {}), ...own]
    }
    return expected === 'unit' ? ['none', ...unitsOf(this.#pack)] : undefined
  }

  #say(expected: Expected): string {
    if (expected === 'code') return 'a list of codes'
    if (expected === 'any') return 'any type'
    return this.#codesOf(expected)?.join(' or ') ?? String(expected)
  }

  #fault(table: string, message: string, path: readonly string[] = []): void {
    this.faults.push({ table, path, message })
  }
}

/** What an amount may be a share of, beside reference sums and attributes of the person. */
const BASES = ['none', 'total', 'in-scope', 'above-deductible', 'base']

/** Parts that are read line by line. */
const OF_LINES: ReadonlySet<PartName> = new Set([
  'lines',
  'rate',
  'rateFactorStep',
  'ratePointsStep',
])

/** Columns that mean nothing without another one. */
const PAIRS: readonly (readonly [string, readonly string[]])[] = [
  ['of', ['ofPermyriad']],
  ['unit', ['unitFen', 'unitPermyriad', 'unitMonths']],
]

/** Columns that bound the same figure: with the first above the second there is none. */
const BOUNDS = [
  ['leastFen', 'mostFen'],
  ['leastPermyriad', 'mostPermyriad'],
  ['leastMonths', 'mostMonths'],
] as const

/** The facts of whole numbers that an amount can be so many times. */
function unitsOf(pack: PackSource): string[] {
  const own = Object.entries(attributesOf(pack))
  return [
    ...Object.entries(FACTS)
      .filter(([, { domain, stage }]) => domain === 'integer' && isInSequence(stage))
      .map(([name]) => name),
    ...own.filter(([, values]) => values === 'integer').map(([name]) => name),
    ...(pack.derived ?? []).filter(isNumber(pack.tables)).map(({ fact }) => fact),
  ]
}

/** Whether the column `value` of a derived fact holds whole numbers. */
function isNumber(tables: readonly TableSource[]) {
  return ({ table }: DerivedSource): boolean => {
    const type = tables.find((one) => one.table === table)?.results['value']
    return typeof type === 'string' && type !== 'flag'
  }
}

function isInSequence(stage: Stage): boolean {
  return (STAGES as readonly Stage[]).includes(stage)
}

/** `yearlyLimit` → `yearly limit`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
