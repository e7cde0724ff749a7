import { writeDecimal } from './scalars.ts'
import type { FieldSpec, NodeSpec, TransactionSpec } from './spec/spec.ts'

/** Fields by their codes; a number is an integer of 1/10^places of its field, money is fen. */
export type OutputRow = Readonly<Record<string, string | number | undefined>>

/** What a transaction answers, by its nodes; rows may be made one by one, as they are written. */
export type Output = Readonly<Record<string, OutputRow | Iterable<OutputRow>>>

/**
 * The `output` of an answer as JSON text in pieces, a row a piece, every field of every node in the
 * order of the spec: an empty number is 0, anything else that is empty is "". Numbers are written from
 * integers, never through a double. A node that is optional is left out where nothing is given. A node
 * or a field that the spec does not have, or a value of another type, is an error of the program and
 * throws.
 */
export function* outputPieces(
  { code, output: specs }: TransactionSpec,
  output: Output,
): Generator<string> {
  const known = new Set(specs.map(({ name }) => name))
  const unknown = Object.keys(output).find((name) => !known.has(name))
  if (unknown !== undefined) throw new TypeError(`${code} answers no node ${unknown}`)
  const [first] = specs
  if (first === undefined) return yield 'null'
  if (first.name === '' && first.rows === 'many') return yield* nodePieces(first, output[''])
  let before = '{'
  for (const spec of specs) {
    const rows = output[spec.name]
    if (spec.optional && rows === undefined) continue
    yield before
    before = ','
    if (spec.name !== '') {
      yield `${JSON.stringify(spec.name)}:`
      yield* nodePieces(spec, rows)
    } else {
      // Fields that stand directly in `output`, beside nodes: those of the row without its braces.
      yield writeRow(spec, theOne(spec, rows)).slice(1, -1)
    }
  }
  yield before === '{' ? '{}' : '}'
}

function* nodePieces(spec: NodeSpec, rows: Output[string] | undefined): Generator<string> {
  if (spec.rows === 'one') return yield writeRow(spec, theOne(spec, rows))
  let before = '['
  for (const row of (rows ?? []) as Iterable<OutputRow>) {
    yield before + writeRow(spec, row)
    before = ','
  }
  yield before === '[' ? '[]' : ']'
}

function theOne({ name }: NodeSpec, row: Output[string] | undefined): OutputRow {
  if (row === undefined) throw new TypeError(`the node ${name} is missing`)
  return row as OutputRow
}

function writeRow(spec: NodeSpec, row: OutputRow): string {
  const codes = codesOf(spec)
  for (const code in row) {
    if (!codes.has(code)) throw new TypeError(`${spec.name} has no field ${code}`)
  }
  const members = spec.fields.map(
    (field) => `"${field.code}":${writeField(field, row[field.code])}`,
  )
  return `{${members.join(',')}}`
}

const codesOfNodes = new WeakMap<NodeSpec, ReadonlySet<string>>()

/** The codes of the fields that the node has. */
export function codesOf(spec: NodeSpec): ReadonlySet<string> {
  const known = codesOfNodes.get(spec)
  if (known !== undefined) return known
  const codes = new Set(spec.fields.map(({ code }) => code))
  codesOfNodes.set(spec, codes)
  return codes
}

function writeField(field: FieldSpec, value: string | number | undefined): string {
  if (field.type === 'number') {
    if (value === undefined) return '0'
    if (!Number.isSafeInteger(value)) throw new TypeError(`${field.code} is no exact integer`)
    return writeDecimal(value as number, field.places)
  }
  if (value !== undefined && typeof value !== 'string') {
    throw new TypeError(`${field.code} is not a number`)
  }
  return value === undefined || value === '' ? '""' : JSON.stringify(value)
}
