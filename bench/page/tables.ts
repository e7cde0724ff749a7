import type { Drawable, KeyResult } from '../scenario.ts'
import { targetInWords } from '../target.ts'
import { figure, MISSING } from './figures.ts'
import type { KeyOfRun, Results } from './results.ts'
import { figureOf, targetOf, titleOf, verdictOn } from './targets.ts'

/** A table for people: in the page and in Markdown alike. */
export interface Table {
  readonly title: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** How many targets are met, in one sentence. */
export function summary({ keys }: Results): string {
  const aimed = keys.filter(({ name }) => targetOf(name) !== undefined)
  const met = aimed.filter(({ name, result }) => verdictOn(name, result) === 'met')
  const missed = aimed.filter(({ name, result }) => verdictOn(name, result) === 'missed')
  const names = missed.map(({ name }) => name).join(', ')
  const without = aimed.length - met.length - missed.length
  return (
    `Of ${aimed.length} targets ${met.length} are met and ${missed.length} missed` +
    `${names === '' ? '' : ` (${names})`}; ${without} have no figure here.`
  )
}

/** All keys with their targets. */
export function targetTable({ keys, runs }: Results): Table {
  return {
    title: 'Targets',
    header: [
      'key',
      'is',
      'target',
      'figure',
      'floor',
      'ours',
      'unit',
      'rounds',
      'spread',
      'verdict',
    ],
    rows: keys.map(({ name, result, failed, run }) => {
      const head = [name, titleOf(name), targetInWords(targetOf(name) ?? {})]
      if (result === undefined) {
        const why = failed === undefined ? 'not measured' : 'failed'
        return [...head, '', '', '', '', '', '', why]
      }
      const verdict = verdictOn(name, result)
      const suite = runs[run!]!.meta.suite
      return [
        ...head,
        figure(figureOf(result)),
        'ratio' in result ? figure(result.floor) : '',
        'ratio' in result ? figure(result.ours) : '',
        result.unit ?? MISSING,
        String(result.rounds ?? ''),
        result.spread === undefined ? '' : figure(result.spread),
        // The smoke suite runs cold and short: its figures are nobody's.
        suite === 'smoke' ? `${verdict} (smoke)` : verdict,
      ]
    }),
  }
}

/** Further figures of the keys, and what is to be known before a figure is believed. */
export function noteTable({ keys }: Results): Table {
  return {
    title: 'Further figures',
    header: ['key', 'figures', 'marks'],
    rows: keys.flatMap(({ name, result }) => {
      const { also = {}, marks = [] } = result ?? {}
      if (Object.keys(also).length + marks.length === 0) return []
      const figures = Object.entries(also).map(([what, value]) => `${what} ${figure(value)}`)
      return [[name, figures.join(', '), marks.join('; ')]]
    }),
  }
}

/** The figures behind the charts of a key, a table each. */
export function detailTables({ name, result }: KeyOfRun): Table[] {
  const { percentiles, growth, timeline, peers } = drawableIn(result)
  const tables: Table[] = []
  if (percentiles !== undefined) {
    tables.push({
      title: `${name}: latency in ${percentiles.unit}`,
      header: ['', 'p50', 'p90', 'p99', 'p99.9', 'max'],
      rows: percentiles.series.map(({ name, p50, p90, p99, p999, max }) => [
        name,
        ...[p50, p90, p99, p999, max].map(figure),
      ]),
    })
  }
  if (growth !== undefined) {
    const sizes = [...new Set(growth.series.flatMap(({ points }) => points.map(([x]) => x)))]
    tables.push({
      title: `${name}: ${growth.unit} by ${growth.xLabel}`,
      header: ['', ...sizes.map(figure)],
      rows: growth.series.map(({ name, points }) => [
        name,
        ...sizes.map((size) => figure(points.find(([x]) => x === size)?.[1])),
      ]),
    })
  }
  if (timeline !== undefined) {
    tables.push({
      title: `${name}: ${timeline.unit} in the course of time`,
      header: ['', 'points', 'lowest', 'highest', 'marks'],
      rows: timeline.series.map(({ name, points }) => {
        const values = points.map(([, value]) => value)
        const marks = timeline.marks.map(({ seconds, label }) => `${label} at ${figure(seconds)} s`)
        return [
          name,
          String(points.length),
          figure(Math.min(...values)),
          figure(Math.max(...values)),
          marks.join(', '),
        ]
      }),
    })
  }
  if (peers !== undefined) {
    tables.push({
      title: `${name}: ${peers.unit}`,
      header: ['', peers.unit, 'note'],
      rows: peers.bars.map(({ name, value, note }) => [
        name,
        value === undefined && note !== undefined ? '–' : figure(value),
        note ?? '',
      ]),
    })
  }
  return tables
}

export function drawableIn(result: KeyResult | undefined): Drawable {
  return (result?.detail ?? {}) as Drawable
}
