import type { Dictionaries } from '../dictionaries.ts'
import { Faults } from '../faults.ts'
import { inSlices } from '../in-slices.ts'
import { readField } from '../read-field.ts'
import { type FieldValue, Row } from '../row.ts'
import { writeDecimal } from '../scalars.ts'
import type { FieldSpec, NodeSpec } from '../spec/spec.ts'
import type { OutputRow } from '../write-node.ts'

/** Texts of the protocol's files: a row a line, columns by tabs, `null` for nothing. */

const NOTHING = 'null'
/** So many rows are read or written at once, within a few milliseconds. */
export const AT_ONCE = 500

/** The rows of a text, or all that is wrong with it, each fault with its line. */
export async function readTable(
  text: string,
  columns: readonly FieldSpec[],
  codes: Dictionaries,
): Promise<readonly Row[] | Faults> {
  const node: NodeSpec = { name: '', rows: 'many', optional: false, oneOf: [], fields: columns }
  const faults = new Faults()
  const rows: Row[] = []
  let number = 0
  for await (const line of inSlices(linesOf(text), AT_ONCE)) {
    number += 1
    if (line === '') continue
    rows.push(readLine({ node, codes, faults }, line, number))
  }
  return faults.count === 0 ? rows : faults
}

interface Reading {
  readonly node: NodeSpec
  readonly codes: Dictionaries
  readonly faults: Faults
}

function readLine({ node, codes, faults }: Reading, line: string, number: number): Row {
  const columns = node.fields
  const cells = line.split('\t')
  const values = new Map<string, FieldValue>()
  if (cells.length !== columns.length) {
    faults.ofNode('', `第${number}行：应为${columns.length}列（以TAB分隔），实际${cells.length}列`)
    return new Row(node, values, {})
  }
  for (const [at, field] of columns.entries()) {
    const reading = readField(field, cells[at]!, codes)
    if ('wrong' in reading) faults.ofField('', number, field, reading.wrong)
    else if (reading.value !== undefined) values.set(field.code, reading.value)
    else if (field.need === 'required') faults.ofField('', number, field, '不能为空')
  }
  return new Row(node, values, {})
}

function* linesOf(text: string): Generator<string> {
  let at = text.startsWith('\uFEFF') ? 1 : 0
  while (at < text.length) {
    const feed = text.indexOf('\n', at)
    const end = feed < 0 ? text.length : feed
    yield text.slice(at, end > at && text[end - 1] === '\r' ? end - 1 : end)
    at = end + 1
  }
}

/**
 * Rows as a text in pieces of many lines, as each piece that is packed is a turn of its own; numbers
 * are integers of 1/10^places, as in answers.
 */
export async function tableText(
  columns: readonly FieldSpec[],
  rows: Iterable<OutputRow>,
): Promise<string[]> {
  const pieces: string[] = []
  let piece: string[] = []
  for await (const row of inSlices(rows, AT_ONCE)) {
    piece.push(tableLine(columns, row))
    if (piece.length < AT_ONCE) continue
    pieces.push(piece.join(''))
    piece = []
  }
  return [...pieces, piece.join('')]
}

/** A row as a line with its end. */
function tableLine(columns: readonly FieldSpec[], row: OutputRow): string {
  const cells = columns.map(({ code, places }) => {
    const value = row[code]
    if (value === undefined || value === '') return NOTHING
    return typeof value === 'number' ? writeDecimal(value, places) : inOneCell(value)
  })
  return `${cells.join('\t')}\n`
}

/** What would end a cell stands in no name that is registered; a stray one must not shift a column. */
function inOneCell(text: string): string {
  return text.replace(/[\t\r\n]+/g, ' ')
}
