import { type Decision, isLookup, type TraceStep } from '../claim/decision.ts'
import type { BookingSums } from '../ledger/entry.ts'

/** The first member in which two plain values differ. */
export interface Difference {
  /** Such as `amounts.fundFen` or `funds[0].payFen`. */
  readonly field: string
  readonly booked: unknown
  readonly again: unknown
}

/**
 * Where a decision made again departs from what is booked; nothing when they are the same. Amounts
 * come first, since they say most; then what they were worked out from.
 */
export function firstDifference(
  booked: Decision,
  sums: BookingSums | undefined,
  again: Decision,
): Difference | undefined {
  // A fact that an earlier layout of the rows did not keep says nothing about the decision.
  const kept = Object.keys(booked.facts).map((name) => [name, again.facts[name]!] as const)
  const comparable = { ...again, facts: Object.fromEntries(kept) as Decision['facts'] }
  const trace = withoutIdleTransfers(booked.trace, again.trace)
  return difference(
    form({ ...booked, trace }, sums),
    form(comparable, sums && sumsOf(sums, again)),
    '',
  )
}

/** Rows of earlier engines name a transfer beside deductibles that it did not touch, too. */
function withoutIdleTransfers(
  booked: readonly TraceStep[],
  again: readonly TraceStep[],
): readonly TraceStep[] {
  return booked.map((step, index) => {
    const { inputs, step: name } = again[index] ?? step
    if (isLookup(step) || name !== 'deductible-left' || 'transfer' in inputs) return step
    const { transfer: _transfer, transferFen: _transferFen, ...others } = step.inputs
    return { ...step, inputs: others }
  })
}

function form(decision: Decision, sums: BookingSums | undefined): unknown {
  const { amounts, funds, lines, trace, ...others } = decision
  return { amounts, sums, funds, lines, ...others, trace: trace.map(stepForm) }
}

/** What the institution's day holds of the settlement. */
export function sumsOf(sums: BookingSums, { amounts }: Decision): BookingSums {
  const { totalFen, fundFen, accountFen } = amounts
  return { ...sums, totalFen, fundFen, accountFen }
}

/** A look-up by the names of its table and row: the tables themselves are the pack's. */
function stepForm(step: TraceStep): unknown {
  if (!isLookup(step)) return step
  const { table, period, row, result, inputs, ...named } = step
  return { table: table.name, period: period.index, row, inputs, result, ...named }
}

/** Whether two plain values are the same, without saying where they are not. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (!isObject(one) || !isObject(other)) return false
  if (Array.isArray(one) || Array.isArray(other)) {
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((value, index) => isSame(value, other[index]))
    )
  }
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]))
  )
}

function difference(booked: unknown, again: unknown, field: string): Difference | undefined {
  if (booked === again) return undefined
  if (!isObject(booked) || !isObject(again)) return { field, booked, again }
  for (const name of new Set([...Object.keys(booked), ...Object.keys(again)])) {
    const at = Array.isArray(booked)
      ? `${field}[${name}]`
      : field === ''
        ? name
        : `${field}.${name}`
    const found = difference(booked[name], again[name], at)
    if (found !== undefined) return found
  }
  return undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
