import type { VNode } from 'preact'
import type { AxisValue } from '../../../engine/difference/axes.ts'
import type {
  CellSource,
  DimensionSource,
  MarkSource,
  PackSource,
  PeriodSource,
  TableSource,
} from '../../../engine/policy/pack.ts'
import { OTHER, type Value } from '../../../engine/policy/table.ts'
import { schemesCreditedBy } from '../../../engine/policy/table-names.ts'
import { ANCHOR_WORDS } from '../../words/amounts.ts'
import { periodText } from '../../words/format.ts'
import { columnLabel, factLabel } from '../../words/notes.ts'
import { figureText, valuesText, whoText } from '../../words/who.ts'
import { type Language, say } from '../../words/words.ts'
import { BasisOf } from './basis.tsx'
import { type BookProps, type TableReading, tableAnchor } from './book.ts'
import { ReadBy } from './readers.tsx'
import { list, text } from './texts.ts'

interface TableProps extends BookProps {
  readonly table: TableSource
}

/** One table with its dated periods, each beside what it rests on, and a look-up from a case. */
export function TableSection({ of, table, language }: TableProps): VNode {
  const reading = of.readings.get(table.table)
  return (
    <section class="table" id={tableAnchor(table.table)}>
      <h3>
        {table.title} <span class="code">{table.table}</span>
      </h3>
      <p class="dim">
        <ReadBy of={of} table={table.table} language={language} />{' '}
        {text('byDate', language).replace('{}', pickedBy(table, of.source, language))}
      </p>
      {[...table.periods]
        .sort((a, b) => (a.from < b.from ? -1 : 1))
        .map((period) => (
          <Period of={of} table={table} period={period} language={language} />
        ))}
      {reading !== undefined && (
        <Reading reading={reading} table={table} source={of.source} language={language} />
      )}
    </section>
  )
}

/** The day that picks a table's period. */
function pickedBy({ table, anchor }: TableSource, source: PackSource, language: Language): string {
  return schemesCreditedBy(table, source).length > 0
    ? text('firstOfMonth', language)
    : say(ANCHOR_WORDS[anchor], language)
}

interface PeriodProps extends TableProps {
  readonly period: PeriodSource
}

function Period({ of, table, period, language }: PeriodProps): VNode {
  const { documents, districts } = of.source
  const facts = Object.keys(table.dimensions).filter((fact) =>
    period.rows.some((row) => row[fact] !== undefined),
  )
  const columns = Object.keys(table.results).filter((column) =>
    period.rows.some((row) => row[column] !== undefined),
  )
  return (
    <div class="period">
      <table class="small">
        <caption>{periodText(period.from, period.until, language)}</caption>
        <thead>
          <tr>
            <th scope="col">{text('row', language)}</th>
            {facts.map((fact) => (
              <th scope="col">{factLabel(fact, language)}</th>
            ))}
            {columns.map((column) => (
              <th scope="col" class="money">
                {columnLabel(column, language)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {period.rows.map((row, index) => (
            <tr>
              <th scope="row">
                {index + 1}
                {(row.mark ?? period).standing === 'assumed' && (
                  <span class="assumed"> {text('assumed', language)}</span>
                )}
              </th>
              {facts.map((fact) => (
                <td>
                  {cellText(fact, row[fact] as CellSource, table.dimensions[fact]!, {
                    districts,
                    language,
                  })}
                </td>
              ))}
              {columns.map((column) => (
                <td class="money">
                  {row[column] === undefined
                    ? '–'
                    : figureText(column, row[column] as Value, table.results[column], language)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <aside>
        <BasisOf mark={period} documents={documents} language={language} />
        {ownMarks(period).map(({ mark, rows }) => (
          <>
            <h4>{text('for', language).replace('{}', list(rows.map(String), language))}</h4>
            <BasisOf mark={mark} documents={documents} language={language} />
          </>
        ))}
      </aside>
    </div>
  )
}

/** What single rows rest on, each once with the numbers of its rows. */
function ownMarks({ rows }: PeriodSource): { mark: MarkSource; rows: number[] }[] {
  const found = new Map<string, { mark: MarkSource; rows: number[] }>()
  for (const [index, { mark }] of rows.entries()) {
    if (mark === undefined) continue
    const key = JSON.stringify(mark)
    const known = found.get(key)
    if (known === undefined) found.set(key, { mark, rows: [index + 1] })
    else known.rows.push(index + 1)
  }
  return [...found.values()]
}

interface CellContext {
  readonly districts: PackSource['districts']
  readonly language: Language
}

function cellText(
  fact: string,
  cell: CellSource | undefined,
  declared: DimensionSource,
  { districts, language }: CellContext,
): string {
  if (cell === undefined) return text('all', language)
  return valuesText(fact, valuesOf(cell, declared), language, districts)
}

function valuesOf(cell: CellSource, declared: DimensionSource): AxisValue[] {
  if (Array.isArray(cell)) return cell.flatMap((one) => valuesOf(one, declared))
  if (typeof cell !== 'object') return [cell === OTHER ? { unlisted: true } : { value: cell }]
  const { from, below } = cell as { from?: number; below?: number }
  const lowest = 'integersFrom' in declared ? declared.integersFrom : 0
  return [{ from: from ?? lowest, ...(below === undefined ? {} : { below }) }]
}

interface ReadingProps {
  readonly reading: TableReading
  readonly table: TableSource
  readonly source: PackSource
  readonly language: Language
}

function Reading({ reading, table, source, language }: ReadingProps): VNode {
  const { file, title, step, found } = reading
  const asked = Object.entries(found.inputs).map(([fact, value]) =>
    whoText(fact, [{ value }], language, source.districts),
  )
  const got = Object.entries(found.result).map(
    ([column, value]) =>
      `${columnLabel(column, language)} ${figureText(column, value, table.results[column], language)}`,
  )
  const period = periodText(found.from!, found.until!, language)
  const row = `${text('row', language)} ${found.row}`
  return (
    <p class="reading">
      <strong>{text('reading', language)}</strong> ({title}, <span class="code">{file}</span>,{' '}
      {step}
      ): {list([...asked, period], language)} → {list([row, ...got], language)}
    </p>
  )
}
