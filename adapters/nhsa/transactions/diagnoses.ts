import type { Particulars, Visit, VisitInfo } from '../../../engine/visit/visit.ts'
import type { Row } from '../row.ts'

/** What a message says of the diagnoses of a visit: their codes, and the number of each. */
export interface Diagnoses {
  readonly info: Required<Pick<VisitInfo, 'diagnoses'>>
  readonly particulars: Particulars
}

/** 诊断排序号, by which later messages name a diagnosis; kept in the order of the codes. */
const NUMBER = 'diag_srt_no'

interface Diagnosis {
  readonly number: number
  readonly code: string
  readonly isMain: boolean
}

/** All that a message names, the main one first, then by number. */
export function diagnosesOf(rows: readonly Row[]): Diagnoses {
  return told(rows.filter((row) => !isVoid(row)).map(read))
}

/**
 * Those of the visit after a message that changes some: one of a known number is changed, or taken out
 * where it is void, another is new, and what is not named stays.
 */
export function diagnosesAfter(visit: Visit, rows: readonly Row[]): Diagnoses {
  const named = new Set(rows.map(numberOf))
  const sent = rows.filter((row) => !isVoid(row)).map(read)
  const replaced = sent.some(({ isMain }) => isMain)
  const others = knownOf(visit).filter(({ number }) => !named.has(number))
  return told([...others.map((one) => (replaced ? { ...one, isMain: false } : one)), ...sent])
}

function knownOf({ kind, info: { diagnoses = [] }, particulars }: Visit): Diagnosis[] {
  const numbers = particulars[NUMBER]?.split(',')
  return diagnoses.map((code, at) => ({
    number: Number(numbers?.[at] ?? at + 1),
    code,
    isMain: kind === 'stay' && at === 0,
  }))
}

function told(diagnoses: readonly Diagnosis[]): Diagnoses {
  const place = ({ isMain, number }: Diagnosis) => (isMain ? 0 : number)
  const sorted = diagnoses.toSorted((a, b) => place(a) - place(b))
  return {
    info: { diagnoses: sorted.map(({ code }) => code) },
    particulars: { [NUMBER]: sorted.map(({ number }) => number).join(',') },
  }
}

const YES = '1'
const VOID = '0'

function read(row: Row): Diagnosis {
  return {
    number: numberOf(row),
    code: row.text('diag_code')!,
    isMain: has(row, 'maindiag_flag') && row.text('maindiag_flag') === YES,
  }
}

function numberOf(row: Row): number {
  return row.number(NUMBER)!
}

function isVoid(row: Row): boolean {
  return has(row, 'vali_flag') && row.text('vali_flag') === VOID
}

/** Care of one day has no main diagnosis, and that of a stay is never void. */
function has({ node }: Row, code: string): boolean {
  return node.fields.some((field) => field.code === code)
}
