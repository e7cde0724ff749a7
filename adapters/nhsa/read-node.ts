import { isTreeObject, type Tree, type TreeObject } from './body.ts'
import type { Dictionaries } from './dictionaries.ts'
import type { Faults } from './faults.ts'
import { readField } from './read-field.ts'
import { type FieldValue, Row } from './row.ts'
import { isEmpty } from './scalars.ts'
import { fieldNames, Names } from './spec/names.ts'
import type { FieldSpec, NodeSpec } from './spec/spec.ts'

/** The rows of each node of a message; of one that holds a single row, that row. */
export class Input {
  /** Nodes that the spec does not have, as they were sent. */
  readonly extras: TreeObject
  readonly #rows: ReadonlyMap<string, readonly Row[]>

  constructor(rows: ReadonlyMap<string, readonly Row[]>, extras: TreeObject) {
    this.#rows = rows
    this.extras = extras
  }

  /** Empty where an optional node was not sent. */
  many(node: string): readonly Row[] {
    const rows = this.#rows.get(node)
    if (rows === undefined) throw new TypeError(`this transaction has no node ${node}`)
    return rows
  }

  one(node: string): Row {
    const [row] = this.many(node)
    if (row === undefined) throw new TypeError(`the node ${node} was not sent`)
    return row
  }
}

/**
 * Reads the nodes of `input` by the spec of a transaction, whichever shape they have: a list of one
 * row may be an object and a single row a list. What is wrong goes to `faults`, as much of it as
 * there is, and then what is returned must not be used.
 */
export function readNodes(
  specs: readonly NodeSpec[],
  input: TreeObject,
  codes: Dictionaries,
  faults: Faults,
): Input {
  const sent = new Map<string, Tree>()
  const extras: Record<string, Tree> = {}
  const names = nodeNames(specs)
  for (const [name, value] of Object.entries(input)) {
    const spec = names.find(name)
    // Fields that stand directly in `input` belong to the node without a name.
    if (spec === undefined) extras[name] = value
    else if (!isNothing(value)) {
      if (sent.has(spec.name)) faults.ofNode(spec.name, `节点${spec.name}以两种写法出现两次`)
      sent.set(spec.name, value)
    }
  }
  const rows = new Map<string, Row[]>()
  for (const spec of specs) {
    const value = spec.name === '' ? input : (sent.get(spec.name) ?? null)
    rows.set(spec.name, readNode(spec, value, specs, codes, faults))
  }
  return new Input(rows, extras)
}

const namesOfNodes = new WeakMap<readonly NodeSpec[], Names<NodeSpec>>()

function nodeNames(specs: readonly NodeSpec[]): Names<NodeSpec> {
  const known = namesOfNodes.get(specs)
  if (known !== undefined) return known
  const names = new Names(specs.map((spec) => [spec.name, spec] as const))
  namesOfNodes.set(specs, names)
  return names
}

function readNode(
  spec: NodeSpec,
  value: Tree,
  siblings: readonly NodeSpec[],
  codes: Dictionaries,
  faults: Faults,
): Row[] {
  const what = spec.name === '' ? '输入（input）' : `节点${spec.name}`
  const list: readonly Tree[] = isNothing(value) ? [] : Array.isArray(value) ? value : [value]
  if (!list.every(isTreeObject)) {
    faults.ofNode(spec.name, `${what}必须是对象或对象的列表`)
    return []
  }
  if (list.length === 0 && !spec.optional) faults.ofNode(spec.name, `${what}不能为空`)
  if (list.length > 1 && spec.rows === 'one') faults.ofNode(spec.name, `${what}只能有一行`)
  const numbered = spec.rows === 'many'
  return list.map((row, at) =>
    readRow({ spec, siblings, codes, faults, number: numbered ? at + 1 : undefined }, row),
  )
}

interface RowContext {
  readonly spec: NodeSpec
  /** The nodes beside this one: rows within its rows are read by theirs. */
  readonly siblings: readonly NodeSpec[]
  readonly codes: Dictionaries
  readonly faults: Faults
  readonly number: number | undefined
}

/** Reads one row; `outer` is what the row that holds this one says, for fields that this lacks. */
export function readRow(context: RowContext, row: TreeObject, outer?: Values): Row {
  const { spec, codes, faults, number } = context
  const names = fieldNames(spec)
  const values: Values = new Map()
  const extras: Record<string, Tree> = {}
  const nested: [FieldSpec, Tree][] = []
  const faulty = new Set<FieldSpec>()
  const wrong = (field: FieldSpec, what: string) => {
    if (!faulty.has(field)) faults.ofField(spec.name, number, field, what)
    faulty.add(field)
  }
  for (const [name, sent] of Object.entries(row)) {
    const field = names.find(name)
    if (field === undefined) extras[name] = sent
    else if (field.type === 'rows') nested.push([field, sent])
    else {
      const reading = readField(field, sent, codes)
      if ('wrong' in reading) wrong(field, reading.wrong)
      else if (reading.value !== undefined) {
        const before = values.get(field.code)
        if (before !== undefined && before !== reading.value)
          wrong(field, '以两种写法给出了不同的值')
        values.set(field.code, reading.value)
      }
    }
  }
  for (const field of spec.fields) {
    if (field.need !== 'required' || values.has(field.code)) continue
    const inherited = outer?.get(field.code)
    if (inherited === undefined) wrong(field, '不能为空')
    else values.set(field.code, inherited)
  }
  checkOneOf(context, values, faulty)
  for (const [field, sent] of nested) {
    const before = (values.get(field.code) ?? []) as readonly Row[]
    values.set(field.code, [...before, ...readNested(context, field, sent, values)])
  }
  return new Row(spec, values, extras)
}

type Values = Map<string, FieldValue>

function checkOneOf({ spec, faults }: RowContext, values: Values, faulty: Set<FieldSpec>): void {
  if (spec.oneOf.length === 0 || spec.oneOf.some((code) => values.has(code))) return
  const fields = spec.oneOf.map((code) => spec.fields.find((field) => field.code === code)!)
  if (fields.some((field) => faulty.has(field))) return
  const names = fields.map(({ code, name }) => `${name}（${code}）`)
  faults.ofNode(spec.name, `${names.join('、')}不能都为空`)
}

function readNested(context: RowContext, field: FieldSpec, sent: Tree, outer: Values): Row[] {
  const spec = context.siblings.find(({ name }) => name === field.code)!
  const list: readonly Tree[] = isNothing(sent) ? [] : Array.isArray(sent) ? sent : [sent]
  return list.flatMap((row): Row[] => {
    if (isTreeObject(row)) return [readRow({ ...context, spec }, row, outer)]
    context.faults.ofField(context.spec.name, context.number, field, '必须是对象或对象的列表')
    return []
  })
}

function isNothing(value: Tree): boolean {
  return value === null || (typeof value === 'string' && isEmpty(value.trim()))
}
