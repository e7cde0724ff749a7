import type { Drawable } from '../scenario.ts'
import type { Results } from './results.ts'

/** A chart as ECharts describes it; plain data. */
export interface Chart {
  readonly title: string
  readonly height: number
  readonly option: object
}

const GRID = { left: 70, right: 30, top: 40, bottom: 50, containLabel: true }
const LEGEND = { top: 4 }

/** Floor and ours side by side, a chart for each unit. */
export function throughputCharts({ keys }: Results): Chart[] {
  const byUnit = new Map<string, { name: string; floor: number; ours: number }[]>()
  for (const { name, result } of keys) {
    if (result === undefined || !('ratio' in result)) continue
    const { unit, floor, ours } = result
    byUnit.set(unit, [...(byUnit.get(unit) ?? []), { name, floor, ours }])
  }
  return [...byUnit].map(([unit, bars]) => ({
    title: `Floor and ours, ${unit}`,
    height: 110 + 60 * bars.length,
    option: {
      legend: LEGEND,
      grid: { ...GRID, right: 90 },
      xAxis: amountAxis(
        unit,
        bars.flatMap(({ floor, ours }) => [floor, ours]),
      ),
      yAxis: { type: 'category', inverse: true, data: bars.map(({ name }) => name) },
      series: (['floor', 'ours'] as const).map((side) => ({
        name: side,
        type: 'bar',
        data: bars.map((bar) => bar[side]),
        label: { show: true, position: 'right' },
      })),
    },
  }))
}

/** The charts of one key, in the order of its tables. */
export function detailCharts(name: string, drawable: Drawable): Chart[] {
  const { percentiles, growth, timeline, peers } = drawable
  return [
    ...(percentiles === undefined ? [] : [percentileChart(name, percentiles)]),
    ...(growth === undefined ? [] : [growthChart(name, growth)]),
    ...(timeline === undefined ? [] : [timelineChart(name, timeline)]),
    ...(peers === undefined ? [] : [peerChart(name, peers)]),
  ]
}

function percentileChart(
  key: string,
  { unit, series }: NonNullable<Drawable['percentiles']>,
): Chart {
  return {
    title: `${key}: latency by percentile, ${unit}`,
    height: 360,
    option: {
      legend: LEGEND,
      grid: GRID,
      xAxis: { type: 'category', data: ['p50', 'p90', 'p99', 'p99.9', 'max'] },
      yAxis: { type: 'log', name: unit },
      series: series.map(({ name, p50, p90, p99, p999, max }) => ({
        name,
        type: 'line',
        data: [p50, p90, p99, p999, max],
        label: { show: true },
      })),
    },
  }
}

function growthChart(
  key: string,
  { xLabel, unit, series }: NonNullable<Drawable['growth']>,
): Chart {
  return {
    title: `${key}: ${unit} by ${xLabel}, both logarithmic`,
    height: 360,
    option: {
      legend: LEGEND,
      grid: GRID,
      xAxis: { type: 'log', name: xLabel, nameLocation: 'middle', nameGap: 30 },
      yAxis: { type: 'log', name: unit },
      series: series.map(({ name, points }) => ({
        name,
        type: 'line',
        data: points,
        label: { show: true, formatter: '{@[1]}' },
      })),
    },
  }
}

function timelineChart(
  key: string,
  { unit, series, marks }: NonNullable<Drawable['timeline']>,
): Chart {
  const lines = marks.map(({ seconds, label }) => ({ xAxis: seconds, label: { formatter: label } }))
  return {
    title: `${key}: ${unit} in the course of time`,
    height: 360,
    option: {
      legend: LEGEND,
      grid: { ...GRID, top: 60 },
      xAxis: { type: 'value', name: 'seconds', nameLocation: 'middle', nameGap: 30 },
      yAxis: { type: 'value', name: unit },
      series: series.map(({ name, points }, at) => ({
        name,
        type: 'line',
        showSymbol: false,
        data: points,
        ...(at === 0 ? { markLine: { symbol: 'none', data: lines } } : {}),
      })),
    },
  }
}

function peerChart(key: string, { unit, bars }: NonNullable<Drawable['peers']>): Chart {
  const values = bars.flatMap(({ value }) => (value === undefined ? [] : [value]))
  return {
    title: `${key}: ${unit}`,
    height: 90 + 36 * bars.length,
    option: {
      grid: { ...GRID, top: 10, right: 90 },
      xAxis: amountAxis(unit, values),
      yAxis: { type: 'category', inverse: true, data: bars.map(({ name }) => name) },
      series: [
        {
          type: 'bar',
          data: bars.map(({ value }) => value ?? '-'),
          label: { show: true, position: 'right' },
        },
      ],
    },
  }
}

/** Logarithmic where the bars would otherwise not be seen beside each other. */
function amountAxis(unit: string, values: readonly number[]): object {
  const sound = values.filter((value) => value > 0 && Number.isFinite(value))
  const isWide = sound.length > 0 && Math.max(...sound) > 30 * Math.min(...sound)
  const axis = { name: unit, nameLocation: 'middle', nameGap: 30 }
  if (!isWide) return { ...axis, type: 'value' }
  // A bar needs somewhere to begin.
  return { ...axis, type: 'log', min: 10 ** Math.floor(Math.log10(Math.min(...sound)) - 0.3) }
}
