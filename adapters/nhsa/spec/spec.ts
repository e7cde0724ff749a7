import admission from './admission.json' with { type: 'json' }
import catalogue from './catalogue.json' with { type: 'json' }
import catalogueDownloads from './catalogue-downloads.json' with { type: 'json' }
import envelope from './envelope.json' with { type: 'json' }
import filings from './filings.json' with { type: 'json' }
import inpatient from './inpatient.json' with { type: 'json' }
import notDemanded from './not-demanded.json' with { type: 'json' }
import otherNames from './other-names.json' with { type: 'json' }
import outpatient from './outpatient.json' with { type: 'json' }
import persons from './persons.json' with { type: 'json' }
import pharmacy from './pharmacy.json' with { type: 'json' }
import queries from './queries.json' with { type: 'json' }
import reconciliation from './reconciliation.json' with { type: 'json' }
import settlementAnswer from './settlement-answer.json' with { type: 'json' }
import settlementList from './settlement-list.json' with { type: 'json' }
import system from './system.json' with { type: 'json' }
import variants from './variants.json' with { type: 'json' }

/**
 * The national interface as data: every transaction with its nodes and fields, as the files beside
 * this one hold them. A field is written there as `[code, name, type, need, dictionary?]`.
 */

/**
 * `text` C(n); `json` J(n), text or an object; `number` N(digits, places); `date` D, `time` DT;
 * `bytes` B, in base64; `rows`, rows of the node of the same name within a row of this one.
 */
export type FieldType = 'text' | 'json' | 'number' | 'date' | 'time' | 'bytes' | 'rows'

/**
 * `province`: the text of some province asks for it, messages elsewhere do without. `told`: the spec
 * asks for it, but nothing here depends on it and senders leave it empty (not-demanded.json). Neither
 * is demanded.
 */
export type Need = 'required' | 'province' | 'told' | 'optional'

export interface FieldSpec {
  readonly code: string
  /** What the protocol calls it, in Chinese. */
  readonly name: string
  readonly type: FieldType
  /** As written: `C(30)`, `N(16,2)`. */
  readonly written: string
  /** Of a text, the most characters; of a number, the most digits. */
  readonly length: number
  /** Decimal places of a number. */
  readonly places: number
  readonly need: Need
  readonly dictionary?: string
}

export interface NodeSpec {
  /** Empty where the fields stand directly in `input` or `output`. */
  readonly name: string
  readonly rows: 'one' | 'many'
  /** Whether a message may do without it. */
  readonly optional: boolean
  /** Codes of which a row needs at least one. */
  readonly oneOf: readonly string[]
  readonly fields: readonly FieldSpec[]
}

export interface TransactionSpec {
  /** Such as 2207; with its suffix where the spec has fields of their own for that, as in 2203A. */
  readonly code: string
  readonly name: string
  readonly input: readonly NodeSpec[]
  readonly output: readonly NodeSpec[]
  /** Columns of the text files that go with it. */
  readonly fileInput?: readonly FieldSpec[]
  readonly fileOutput?: readonly FieldSpec[]
}

type FieldSource = readonly string[]

interface NodeSource {
  readonly rows: string
  readonly optional?: boolean
  readonly oneOf?: readonly string[]
  readonly fields: readonly FieldSource[]
}

interface TransactionSource {
  readonly name: string
  readonly input: Readonly<Record<string, NodeSource>>
  readonly output: Readonly<Record<string, NodeSource>>
  readonly fileInput?: readonly FieldSource[]
  readonly fileOutput?: readonly FieldSource[]
  /** Whether it answers with `setlinfo` and `setldetail`, which all settlements share. */
  readonly settlementAnswer?: boolean
}

const TYPES: Readonly<Record<string, FieldType>> = {
  C: 'text',
  J: 'json',
  N: 'number',
  D: 'date',
  DT: 'time',
  B: 'bytes',
  rows: 'rows',
}

function fieldOf([code, name, written, need, dictionary]: FieldSource): FieldSpec {
  const [, kind, length, places] = /^(\w+?)(?:\((\d+)(?:,(\d+))?\))?$/.exec(written!)!
  return {
    code: code!,
    name: name!,
    type: TYPES[kind!]!,
    written: written!,
    length: Number(length ?? 0),
    places: Number(places ?? 0),
    need: need as Need,
    ...(dictionary === undefined ? {} : { dictionary }),
  }
}

function nodeOf(name: string, { rows, optional, oneOf, fields }: NodeSource): NodeSpec {
  return {
    name,
    rows: rows as 'one' | 'many',
    optional: optional ?? false,
    oneOf: oneOf ?? [],
    fields: fields.map(fieldOf),
  }
}

function nodesOf(nodes: Readonly<Record<string, NodeSource>>): NodeSpec[] {
  return Object.entries(nodes).map(([name, node]) => nodeOf(name, node))
}

/**
 * `setlinfo` as one transaction answers it. In the matrix a letter stands for each transaction: Y for
 * a field that is never empty, o for one that may be, - for one that it does not answer.
 */
function settlementNodes(code: string): NodeSpec[] {
  const column = settlementAnswer.transactions.indexOf(code)
  const fields = settlementAnswer.setlinfo.flatMap((row): FieldSource[] => {
    const [field, name, written, marks, dictionary] = row
    const mark = marks![column]
    if (mark === '-') return []
    const need = mark === 'Y' ? 'required' : 'optional'
    const source = [field!, name!, written!, need]
    return [dictionary === undefined ? source : [...source, dictionary]]
  })
  return [
    nodeOf('setlinfo', { rows: 'one', fields }),
    nodeOf('setldetail', { rows: 'many', fields: settlementAnswer.setldetail }),
  ]
}

const NOT_DEMANDED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> =
  notDemanded

function inputNodes(code: string, nodes: TransactionSource['input']): NodeSpec[] {
  return nodesOf(nodes).map((node) => {
    const told = NOT_DEMANDED[code]?.[node.name] ?? []
    const fields = node.fields.map(
      (field): FieldSpec => (told.includes(field.code) ? { ...field, need: 'told' } : field),
    )
    return { ...node, fields }
  })
}

function transactionOf(code: string, source: TransactionSource): TransactionSpec {
  const { name, input, output, fileInput, fileOutput } = source
  const settlement = source.settlementAnswer ? settlementNodes(code) : []
  return {
    code,
    name,
    input: inputNodes(code, input),
    output: [...settlement, ...nodesOf(output)],
    ...(fileInput ? { fileInput: fileInput.map(fieldOf) } : {}),
    ...(fileOutput ? { fileOutput: fileOutput.map(fieldOf) } : {}),
  }
}

const SOURCES: Readonly<Record<string, TransactionSource>> = {
  ...persons,
  ...pharmacy,
  ...outpatient,
  ...inpatient,
  ...admission,
  ...filings,
  ...reconciliation,
  ...catalogue,
  ...catalogueDownloads,
  ...settlementList,
  ...queries,
  ...system,
}

/** Every transaction whose fields are known, in the order of their numbers. */
export const TRANSACTIONS: ReadonlyMap<string, TransactionSpec> = new Map(
  Object.keys(SOURCES)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1))
    .map((code) => [code, transactionOf(code, SOURCES[code]!)]),
)

/** What transactions are called whose fields are not known here; undefined for one that there is not. */
export function otherTransaction({ base, suffix }: TransactionNumber): string | undefined {
  const names: Readonly<Record<string, string>> = otherNames
  return names[base + suffix] ?? names[base]
}

/** The fields of the request around `input`. */
export const ENVELOPE: NodeSpec = nodeOf('', { rows: 'one', fields: envelope })

/** Other names under which a field or a node was seen, beyond case and underscores. */
export const VARIANTS: Readonly<Record<string, readonly string[]>> = variants

/** A transaction number as sent: 2207A is 2207, spoken by a client of its own kind. */
export interface TransactionNumber {
  readonly base: string
  /** Empty for most. */
  readonly suffix: string
}

export function transactionNumber(infno: string): TransactionNumber | undefined {
  const [, base, suffix] = /^(\d{4,6})([A-Z]?)$/.exec(infno.toUpperCase()) ?? []
  return base === undefined ? undefined : { base, suffix: suffix! }
}

/** The transaction of a number: its own with the suffix, if the spec tells them apart. */
export function findTransaction({ base, suffix }: TransactionNumber): TransactionSpec | undefined {
  return TRANSACTIONS.get(base + suffix) ?? TRANSACTIONS.get(base)
}
