import { runTable } from './html.ts'
import { METHOD } from './method.ts'
import type { Results } from './results.ts'
import { detailTables, noteTable, summary, type Table, targetTable } from './tables.ts'

/** docs/benchmarks.md. */
export function markdown(results: Results, faults: readonly string[]): string {
  const files = results.runs.map(({ file }) => `\`${file}\``).join(', ')
  const sections = results.keys.flatMap((key) =>
    key.result === undefined ? [] : detailTables(key),
  )
  return [
    '# Benchmarks',
    '',
    `Made by \`npm run bench:report\` from ${files}; not edited by hand. The same with charts: ` +
      '[benchmarks.html](benchmarks.html).',
    '',
    summary(results),
    '',
    ...(faults.length === 0 ? [] : ['**Not whole:**', '', ...faults.map(item), '']),
    ...tableLines(targetTable(results)),
    ...tableLines(noteTable(results)),
    '## How it is measured',
    '',
    ...METHOD.map(item),
    '',
    ...sections.flatMap(tableLines),
    ...tableLines(runTable(results)),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}

const item = (sentence: string) => `- ${sentence}`

function tableLines({ title, header, rows }: Table): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(cellText).join(' | ')} |`
  return [`## ${title}`, '', line(header), line(header.map(() => '---')), ...rows.map(line), '']
}

function cellText(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')
}
