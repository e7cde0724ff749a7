import type { Meta } from './machine.ts'
import type { KeyResult } from './scenario.ts'

/** The file that `--json` names. */
export interface BenchFile {
  readonly meta: Meta
  readonly keys: Readonly<Record<string, KeyResult>>
  /** Scenarios that failed, and why. */
  readonly failed?: Readonly<Record<string, string>>
}

const HEADER = ['key', 'floor', 'ours', 'unit', 'ratio', 'spread', 'rounds']
const TEXT_COLUMNS = new Set([0, 3])

/** The keys as a table for people. */
export function table({ keys, failed = {} }: BenchFile): string {
  const rows = [HEADER, ...Object.entries(keys).map(([name, result]) => row(name, result))]
  for (const name of Object.keys(failed)) rows.push([name, 'failed', '', '', '', '', ''])
  const widths = HEADER.map((_, at) => Math.max(...rows.map((cells) => cells[at]!.length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) =>
        TEXT_COLUMNS.has(at) ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!),
      )
      .join('  ')
      .trimEnd()
  return `${rows.map(line).join('\n')}\n`
}

function row(name: string, result: KeyResult): string[] {
  const { unit, rounds, spread } = result
  const tail = [spread === undefined ? '' : spread.toFixed(2), String(rounds ?? '')]
  if ('value' in result) return [name, '', String(result.value), unit, '', ...tail]
  return [name, String(result.floor), String(result.ours), unit, result.ratio.toFixed(3), ...tail]
}
