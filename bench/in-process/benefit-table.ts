import { type Facts, noFacts } from '../../engine/policy/facts.ts'
import type { PackSource, RowSource, TableSource } from '../../engine/policy/pack.ts'
import { Random } from '../../fixtures/random.ts'

/**
 * The benefit decision on which ours and the peers are compared: which row of a table applies to a
 * district, a level of hospital and a tier of contribution on a date, and what it gives. With one
 * district the table has 12 rows, with a hundred 1,200. The figures are made up.
 */
export const TABLE_SIZES = [12, 1_200] as const
export type TableSize = (typeof TABLE_SIZES)[number]

export interface Benefit {
  readonly deductibleFen: number
  readonly ratePermyriad: number
  readonly capFen: number
}

/** A row in no engine's language; dates are `[from, until)`, as text and as a number. */
export interface BenefitRow extends Benefit {
  readonly from: string
  readonly until: string
  readonly fromDay: number
  readonly untilDay: number
  readonly district: string
  readonly level: number
  readonly grade: number
}

export interface Question {
  readonly date: string
  /** The date as a number, `yyyymmdd`: what peers without dates compare fastest. */
  readonly day: number
  readonly district: string
  readonly level: number
  readonly grade: number
}

const YEARS = ['2012-01-01', '2013-01-01', '2014-01-01'] as const
const LEVELS = [1, 2, 3]
const GRADES = [1, 2]
const ROWS_OF_A_DISTRICT = (YEARS.length - 1) * LEVELS.length * GRADES.length

/** [deductible, rate, cap] by year, level and tier. */
const FIGURES = [
  [
    [
      [10_000, 8_000, 7_000_000],
      [10_000, 8_500, 11_000_000],
    ],
    [
      [30_000, 6_000, 7_000_000],
      [30_000, 6_500, 11_000_000],
    ],
    [
      [80_000, 4_000, 7_000_000],
      [80_000, 4_500, 11_000_000],
    ],
  ],
  [
    [
      [10_500, 8_000, 8_000_000],
      [10_500, 8_500, 12_000_000],
    ],
    [
      [31_500, 6_000, 8_000_000],
      [31_500, 6_500, 12_000_000],
    ],
    [
      [84_000, 4_000, 8_000_000],
      [84_000, 4_500, 12_000_000],
    ],
  ],
] as const

/** District by district; in each, the figures differ from those of every other. */
export function benefitRows(size: TableSize): BenefitRow[] {
  return districtsOf(size).flatMap((district, at) =>
    FIGURES.flatMap((ofYear, year) =>
      ofYear.flatMap((ofLevel, level) =>
        ofLevel.map(([deductibleFen, ratePermyriad, capFen], grade) => ({
          from: YEARS[year]!,
          until: YEARS[year + 1]!,
          fromDay: dayOf(YEARS[year]!),
          untilDay: dayOf(YEARS[year + 1]!),
          district,
          level: LEVELS[level]!,
          grade: GRADES[grade]!,
          deductibleFen: deductibleFen + 100 * at,
          ratePermyriad,
          capFen,
        })),
      ),
    ),
  )
}

/** The same rows as a pack, as it would be written. */
export function benefitPack(size: TableSize): PackSource {
  const rows = benefitRows(size)
  const districts = districtsOf(size)
  const table: TableSource = {
    table: 'bench/benefit',
    title: 'Deductible, rate and cap',
    anchor: 'admission',
    dimensions: {
      ...(districts.length > 1 ? { homeDistrict: districts } : {}),
      level: LEVELS,
      grade: GRADES,
    },
    results: { deductibleFen: 'fen', ratePermyriad: 'permyriad', capFen: 'fen' },
    periods: YEARS.slice(0, -1).map((from, year) => ({
      from,
      until: YEARS[year + 1]!,
      standing: 'assumed',
      rows: rows.filter((row) => row.from === from).map((row) => packRow(row, districts)),
    })),
  }
  return {
    id: 'bench',
    title: 'bench',
    covers: { from: YEARS[0], until: YEARS.at(-1)! },
    documents: {},
    districts: Object.fromEntries(districts.map((district) => [district, district])),
    zones: [],
    categories: [],
    catalogue: 'none',
    tables: [table],
    plans: [],
  }
}

function packRow(row: BenefitRow, districts: readonly string[]): RowSource {
  const { district, level, grade, deductibleFen, ratePermyriad, capFen } = row
  return {
    ...(districts.length > 1 ? { homeDistrict: district } : {}),
    level,
    grade,
    deductibleFen,
    ratePermyriad,
    capFen,
  }
}

/** Questions to which a row applies; these are timed. */
export const COVERED = 512
/** Questions about a date or a tier that no row is about; everybody must say so. */
const UNCOVERED = 32

/** `COVERED` questions, among them the first and the last day of every year, and then the others. */
export function benefitQuestions(size: TableSize): Question[] {
  const random = new Random(size, 'benefit-questions')
  const districts = districtsOf(size)
  const questionAt = (date: string): Question => ({
    date,
    day: dayOf(date),
    district: random.pick(districts),
    level: random.pick(LEVELS),
    grade: random.pick(GRADES),
  })
  const two = (value: number): string => String(value).padStart(2, '0')
  const covered = Array.from({ length: COVERED }, (_, n) => {
    const year = YEARS[n % 2]!.slice(0, 4)
    if (n % 16 < 4) return questionAt(`${year}-${n % 16 < 2 ? '01-01' : '12-31'}`)
    return questionAt(`${year}-${two(random.between(1, 12))}-${two(random.between(1, 28))}`)
  })
  const uncovered = Array.from({ length: UNCOVERED }, (_, n) => {
    if (n % 2 === 0) return questionAt(n % 4 === 0 ? YEARS.at(-1)! : '2011-12-31')
    return { ...questionAt(YEARS[0]), grade: 3 }
  })
  return [...covered, ...uncovered]
}

/** The facts of a question as the engine works them out, all of them. */
export function factsOf({ district, level, grade }: Question): Facts {
  const facts = noFacts()
  facts.homeDistrict = district
  facts.level = level
  facts.grade = grade
  return facts
}

function districtsOf(size: TableSize): string[] {
  const count = size / ROWS_OF_A_DISTRICT
  return Array.from({ length: count }, (_, at) => String(100_001 + at))
}

function dayOf(date: string): number {
  return Number(date.replaceAll('-', ''))
}
