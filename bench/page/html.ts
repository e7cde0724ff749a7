import type { Meta } from '../machine.ts'
import { type Chart, detailCharts, throughputCharts } from './charts.ts'
import { MISSING } from './figures.ts'
import { METHOD } from './method.ts'
import type { Results } from './results.ts'
import { detailTables, drawableIn, noteTable, summary, type Table, targetTable } from './tables.ts'

export const FONTS =
  'system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "Source Han Sans SC", sans-serif'

const STYLE = `
body { font: 15px/1.5 ${FONTS}; color: #222; max-width: 1100px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2.5rem } h3 { font-size: 1rem }
table { border-collapse: collapse; font-size: 13px; margin: .5rem 0 1.5rem }
th, td { border: 1px solid #ddd; padding: .25rem .5rem; text-align: left; vertical-align: top }
th { background: #f4f4f4 } svg { max-width: 100%; height: auto }
.met { color: #17692f; font-weight: 600 } .missed, .fault { color: #b3261e; font-weight: 600 }
`

/** One page that stands alone: no script, nothing from the network. */
export function page(
  results: Results,
  faults: readonly string[],
  draw: (chart: Chart) => string,
): string {
  const withCharts = (charts: readonly Chart[], tables: readonly Table[]) =>
    Array.from({ length: Math.max(charts.length, tables.length) }, (_, at) =>
      [charts[at], tables[at]].map((part) => {
        if (part === undefined) return ''
        return 'option' in part ? `<h3>${text(part.title)}</h3>${draw(part)}` : bareTable(part)
      }),
    ).flat()
  const details = results.keys.map(({ name, result, ...key }) => {
    const charts = detailCharts(name, drawableIn(result))
    if (charts.length === 0 || result === undefined) return ''
    const tables = detailTables({ name, result, ...key })
    return `<h2>${text(name)}</h2>${withCharts(charts, tables).join('')}`
  })
  return [
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width"><title>Yizhan 一站: benchmarks</title>',
    `<style>${STYLE}</style></head><body><h1>Yizhan 一站: benchmarks</h1>`,
    faults.length === 0
      ? ''
      : `<p class="fault">Not whole:</p><ul class="fault">${faults.map(item).join('')}</ul>`,
    `<p>${text(summary(results))}</p>`,
    tableHtml(targetTable(results)),
    tableHtml(noteTable(results)),
    `<h2>How it is measured</h2><ul>${METHOD.map(item).join('')}</ul>`,
    '<h2>Floor and ours</h2>',
    ...withCharts(throughputCharts(results), []),
    ...details,
    '<h2>Runs</h2>',
    tableHtml(runTable(results)),
    '</body></html>\n',
  ].join('\n')
}

export function runTable({ runs }: Results): Table {
  return {
    title: 'Where and when',
    header: ['file', 'suite', 'started', 'commit', 'machine', 'versions'],
    rows: runs.map(({ file, meta }) => [file, ...rowOf(meta)]),
  }
}

function rowOf({ suite, startedAt, commit, machine, versions }: Meta): string[] {
  const pairs = (of: object) => Object.entries(of).map(([name, value]) => `${name} ${value}`)
  return [suite, startedAt, commit, pairs(machine).join(', '), pairs(versions).join(', ')]
}

function tableHtml(table: Table): string {
  return `<h3>${text(table.title)}</h3>${bareTable(table)}`
}

/** Under a chart, whose title is the table's as well. */
function bareTable({ header, rows }: Table): string {
  const head = header.map((cell) => `<th>${text(cell)}</th>`).join('')
  const body = rows.map((row) => `<tr>${row.map(cellHtml).join('')}</tr>`).join('\n')
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`
}

function cellHtml(cell: string): string {
  const word = cell.split(' ')[0]!
  const kind = cell === MISSING || word === 'failed' ? 'missed' : word
  const isMarked = ['met', 'missed'].includes(kind) && cell.length < 20
  return `<td${isMarked ? ` class="${kind}"` : ''}>${text(cell)}</td>`
}

const item = (sentence: string) => `<li>${text(sentence)}</li>`

function text(raw: string): string {
  return raw.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
}
