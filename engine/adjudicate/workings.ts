import type { CareDates, CivilDate, Claim } from '../claim/claim.ts'
import type { Read, StepName, TraceStep } from '../claim/decision.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import { accumulated, EMPTY_STATE, type Subject } from '../ledger/entry.ts'
import type { Pack } from '../policy/compile.ts'
import type { Facts } from '../policy/facts.ts'
import type { Anchor } from '../policy/pack.ts'
import { findRow, type RowResult, type Table, type Value } from '../policy/table.ts'
import { otherName, type UsageTime, yearName } from './accumulators.ts'
import type { Snapshot } from './snapshot.ts'

/** What is worked out of a person and a day, with or without care: enough to look values up. */
export interface PersonWorkings {
  readonly dates: CareDates
  readonly pack: Pack
  readonly facts: Facts
  readonly trace: TraceStep[]
  readonly snapshot: Pick<Snapshot, 'person'>
}

/**
 * What the steps of one decision share: the claim, the facts worked out so far, the trace and the
 * accumulators read. Made for one decision and thrown away.
 */
export interface Workings extends PersonWorkings {
  readonly claim: Claim
  readonly snapshot: Snapshot
  /** Of the part of the stay that is being decided, where the stay is split at a new year. */
  readonly benefitYear: number
  /** The month in which its benefit years begin. */
  readonly startsInMonth: number
  /** When what this decision uses counts. */
  readonly time: UsageTime
  /** The person, whose year this is about. */
  readonly subject: Subject
  readonly reads: Read[]
}

/** Workings with the decision, or a part of it, in another year, or on other dates. */
export function inYear(
  workings: Workings,
  benefitYear: number,
  startsInMonth: number,
  dates = workings.dates,
): Workings {
  const { claim, pack, facts, trace, snapshot, subject, reads } = workings
  const time = usageTime(pack, benefitYear, startsInMonth, dates, facts)
  const year = { benefitYear, startsInMonth, time }
  return { claim, dates, pack, facts, trace, snapshot, ...year, subject, reads }
}

/** Looks a value up on the table's anchor date and writes the step into the trace. */
export function lookUp(
  workings: PersonWorkings,
  step: StepName,
  table: Table,
  layer?: string,
  line?: CivilDate,
): RowResult | Refusal {
  const { facts, trace } = workings
  const date = line ?? anchorDate(table.anchor, workings.dates)
  const inputs: Value[] = []
  const found = findRow(table, date, facts, inputs)
  if (typeof found === 'string') return refuseMissing(found, workings, table, date)
  const { period, row, result } = found
  trace.push(
    layer === undefined
      ? { step, table, period, row, result, inputs }
      : { step, layer, table, period, row, result, inputs },
  )
  return result
}

/** Writes a computation into the trace. */
export function note(
  workings: PersonWorkings,
  step: StepName,
  inputs: Readonly<Record<string, Value>>,
  result: Readonly<Record<string, Value>>,
  layer?: string,
): void {
  workings.trace.push(
    layer === undefined ? { step, inputs, result } : { step, layer, inputs, result },
  )
}

/** Where and when what a decision uses counts. */
export function usageTime(
  pack: Pack,
  benefitYear: number,
  startsInMonth: number,
  dates: CareDates,
  facts: Facts,
): UsageTime {
  const city = pack.yearSumsOf === 'city' ? pack.id : ''
  const year = yearName(benefitYear, startsInMonth)
  return { city, year, day: dates.discharge, diseaseCode: facts.diseaseCode }
}

/** Reads an accumulator, and remembers that this decision leaned on it. */
export function readAccumulator(workings: Workings, subject: Subject, accumulator: string): number {
  const state = workings.snapshot.states.get(subject) ?? EMPTY_STATE
  const value = accumulated(state, accumulator)
  workings.reads.push({ subject, accumulator, value })
  return value
}

/**
 * Reads what the person has used under a name, and under the same name of the other form (see
 * `otherName`): few people have sums of both, and the other one is remembered only where it counts.
 */
export function readUsed(workings: Workings, accumulator: string): number {
  const { subject, pack, snapshot, reads } = workings
  const used = readAccumulator(workings, subject, accumulator)
  const state = snapshot.states.get(subject)
  if (state === undefined || state.accumulators.size === 0) return used
  const other = otherName(pack.id, accumulator)
  const value = accumulated(state, other)
  if (value === 0) return used
  reads.push({ subject, accumulator: other, value })
  return used + value
}

function anchorDate(anchor: Anchor, dates: CareDates): CivilDate {
  return anchor === 'admission' ? dates.admission : dates.discharge
}

function refuseMissing(
  code: 'no-rule-for-date' | 'no-rule',
  { facts, pack }: PersonWorkings,
  table: Table,
  date: CivilDate,
): Refusal {
  if (code === 'no-rule-for-date') {
    return refuse(code, `The table ${pack.id}/${table.name} has no values for ${date}.`)
  }
  const asked = table.dimensions.map(({ name }) => `${name} ${facts[name]}`).join(', ')
  return refuse(code, `The table ${pack.id}/${table.name} has no row for ${asked}.`)
}
