import { writeDecimal } from './scalars.ts'
import type { FieldSpec, NodeSpec, TransactionSpec } from './spec/spec.ts'

/** Fields by their codes; a number is an integer of 1/10^places of its field, money is fen. */
export type OutputRow = Readonly<Record<string, string | number | undefined>>

/** What a transaction answers, by its nodes. */
export type Output = Readonly<Record<string, OutputRow | readonly OutputRow[]>>

/**
 * The `output` of an answer as JSON text, every field of every node in the order of the spec: an
 * empty number is 0, anything else that is empty is "". Numbers are written from integers, never
 * through a double. A node that is optional is left out where nothing is given. A node or a field that the spec does not have, or a value of another type, is
 * an error of the program and throws.
 */
export function writeOutput({ code, output: specs }: TransactionSpec, output: Output): string {
  const known = new Set(specs.map(({ name }) => name))
  const unknown = Object.keys(output).find((name) => !known.has(name))
  if (unknown !== undefined) throw new TypeError(`${code} answers no node ${unknown}`)
  if (specs.length === 0) return 'null'
  const given = specs.filter(({ name, optional }) => !optional || output[name] !== undefined)
  const members = given.map((spec) => {
    const text = writeNode(spec, output[spec.name])
    // Fields that stand directly in `output`, beside nodes: those of the row without its braces.
    return spec.name === '' ? text.slice(1, -1) : `${JSON.stringify(spec.name)}:${text}`
  })
  const isList = specs[0]!.name === '' && specs[0]!.rows === 'many'
  return isList ? `[${members[0]}]` : `{${members.join(',')}}`
}

function writeNode(spec: NodeSpec, rows: OutputRow | readonly OutputRow[] | undefined): string {
  if (spec.rows === 'many') {
    let all = ''
    for (const row of (rows ?? []) as readonly OutputRow[]) {
      all += all === '' ? writeRow(spec, row) : `,${writeRow(spec, row)}`
    }
    return `[${all}]`
  }
  if (rows === undefined) throw new TypeError(`the node ${spec.name} is missing`)
  return writeRow(spec, rows as OutputRow)
}

function writeRow(spec: NodeSpec, row: OutputRow): string {
  const codes = codesOf(spec)
  for (const code in row) {
    if (!codes.has(code)) throw new TypeError(`${spec.name} has no field ${code}`)
  }
  let members = ''
  for (const field of spec.fields) {
    if (members !== '') members += ','
    members += `"${field.code}":${writeField(field, row[field.code])}`
  }
  return `{${members}}`
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
  return JSON.stringify(value ?? '')
}
