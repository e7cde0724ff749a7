import type { Meta } from './machine.ts'
import type { KeyResult } from './scenario.ts'
import { targetInWords } from './target.ts'

/** The file that `--json` names. */
export interface BenchFile {
  readonly meta: Meta & { readonly threads?: number }
  readonly keys: Readonly<Record<string, KeyResult>>
  /** Scenarios that failed, and why. */
  readonly failed?: Readonly<Record<string, string>>
}

const HEADER = ['key', 'floor', 'ours', 'unit', 'ratio', 'spread', 'rounds', 'target', 'met']
const TEXT_COLUMNS = new Set([0, 3, 7, 8])
const EMPTY = HEADER.map(() => '')

/** The keys as a table for people; below it what else there is to say of them. */
export function table({ keys, failed = {} }: BenchFile): string {
  const results = Object.entries(keys)
  const rows = [HEADER, ...results.map(([name, result]) => row(name, result))]
  for (const name of Object.keys(failed)) rows.push([name, 'failed', ...EMPTY.slice(2)])
  const widths = HEADER.map((_, at) => Math.max(...rows.map((cells) => cells[at]!.length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) =>
        TEXT_COLUMNS.has(at) ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!),
      )
      .join('  ')
      .trimEnd()
  const notes = [
    ...results.flatMap(([name, { also = {} }]) => {
      const figures = Object.entries(also).map(([what, value]) => `${what} ${value}`)
      return figures.length === 0 ? [] : [`${name}: ${figures.join(', ')}`]
    }),
    ...results.flatMap(([name, { marks = [] }]) => marks.map((mark) => `! ${name}: ${mark}`)),
    ...Object.entries(failed).map(([name, why]) => `! ${name}: ${why.split('\n')[0]}`),
  ]
  return `${[...rows.map(line), '', ...notes].join('\n').trimEnd()}\n`
}

function row(name: string, result: KeyResult): string[] {
  const { unit, rounds, spread, target, met } = result
  const tail = [
    spread === undefined ? '' : spread.toFixed(2),
    String(rounds ?? ''),
    target === undefined ? '' : targetInWords(target),
    met === undefined ? '' : met ? 'met' : 'missed',
  ]
  if ('value' in result) return [name, '', String(result.value), unit, '', ...tail]
  return [name, String(result.floor), String(result.ours), unit, result.ratio.toFixed(3), ...tail]
}
