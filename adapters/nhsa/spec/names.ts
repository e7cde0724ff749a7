import { type FieldSpec, type NodeSpec, TRANSACTIONS, VARIANTS } from './spec.ts'

/**
 * Names as clients write them. One field goes by `exp_content`, `expContent` and `EXP_CONTENT`, so
 * names are compared without case and underscores; what differs beyond that is data (variants.json).
 */
export class Names<T> {
  readonly #found = new Map<string, T>()

  /** `entries` by the names that the spec gives them; a variant never takes another's own name. */
  constructor(entries: Iterable<readonly [name: string, entry: T]>) {
    const all = [...entries]
    for (const [name, entry] of all) this.#add(name, entry)
    for (const [name, entry] of all) {
      for (const variant of VARIANTS[name] ?? []) this.#add(variant, entry)
    }
  }

  find(written: string): T | undefined {
    return this.#found.get(written) ?? this.#found.get(bare(written))
  }

  #add(name: string, entry: T): void {
    for (const key of [name, bare(name)]) if (!this.#found.has(key)) this.#found.set(key, entry)
  }
}

function bare(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

const ofNodes = new WeakMap<NodeSpec, Names<FieldSpec>>()

/** The fields of a node by their names. */
export function fieldNames(node: NodeSpec): Names<FieldSpec> {
  const known = ofNodes.get(node)
  if (known !== undefined) return known
  const names = new Names(node.fields.map((field) => [field.code, field] as const))
  ofNodes.set(node, names)
  return names
}

/** Senders outgrow the spec: a file's number of 44 characters in C(30), 2207A in C(4). */
const LENGTH_LEAST = 100

/**
 * The most characters of each text, by code: the widest that any transaction gives it. The same
 * field is C(20) here and C(50) there, and senders hold themselves to one length.
 */
const WIDEST = new Map<string, number>()
for (const { input, output } of TRANSACTIONS.values()) {
  for (const { fields } of [...input, ...output]) {
    for (const { code, length } of fields) {
      WIDEST.set(code, Math.max(length, WIDEST.get(code) ?? LENGTH_LEAST))
    }
  }
}

/** The most characters that are taken of a text. */
export function longest({ code, length }: FieldSpec): number {
  return Math.max(length, WIDEST.get(code) ?? LENGTH_LEAST)
}
