import type { Drawable, KeyResult } from '../scenario.ts'
import type { Results } from './results.ts'
import { figureOf } from './targets.ts'

/**
 * What is missing in the results: figures that are no numbers, and charts without a point. They are
 * said on the page and end the command with code 1, as a page with holes looks like a good one.
 * Keys that a suite leaves out are no fault; keys that failed are.
 */
export function faultsOf({ runs, keys }: Results): string[] {
  if (runs.length === 0) return ['there is no result']
  const faults = keys.flatMap(({ name, result, failed }) => {
    if (failed !== undefined) return [`${name} failed: ${failed.split('\n')[0]}`]
    return result === undefined ? [] : faultsIn(name, result)
  })
  return keys.some(({ result }) => result !== undefined)
    ? faults
    : [...faults, 'no key was measured']
}

function faultsIn(name: string, result: KeyResult): string[] {
  const faults: string[] = []
  const number = (value: unknown, what: string) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      faults.push(`${name}: ${what} is ${value === null ? 'not a number' : String(value)}`)
    }
  }
  number(figureOf(result), 'ratio' in result ? 'ratio' : 'value')
  if ('ratio' in result) {
    number(result.floor, 'floor')
    number(result.ours, 'ours')
  }
  for (const [what, value] of Object.entries(result.also ?? {})) number(value, what)
  const { percentiles, growth, timeline, peers } = (result.detail ?? {}) as Drawable
  for (const { name: series, ...figures } of percentiles?.series ?? []) {
    for (const rank of ['p50', 'p90', 'p99', 'p999', 'max'] as const) {
      number(figures[rank], `${rank} of ${series}`)
    }
  }
  for (const [chart, drawn] of Object.entries({ percentiles, growth, timeline })) {
    if (drawn !== undefined && drawn.series.length === 0) faults.push(`${name}: ${chart} is empty`)
  }
  for (const { name: series, points } of [...(growth?.series ?? []), ...(timeline?.series ?? [])]) {
    if (points.length === 0) faults.push(`${name}: ${series} has no points`)
    for (const point of points) for (const value of point) number(value, `a point of ${series}`)
  }
  if (peers?.bars.length === 0) faults.push(`${name}: peers is empty`)
  for (const { name: bar, value, note } of peers?.bars ?? []) {
    // A peer that could not do it has a note instead of a figure.
    if (value !== undefined || note === undefined) number(value, bar)
  }
  return faults
}
