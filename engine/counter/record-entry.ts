import type { Entry } from '../ledger/entry.ts'
import type { ApprovalRecord, InstitutionRecord, PersonRecord } from '../registry/records.ts'

/** The layouts of these entries' contents; a change of one gets a new number. */
const LAYOUT = 1

/** The registries that hold records. */
export interface Records {
  readonly person: PersonRecord
  readonly institution: InstitutionRecord
  readonly approval: ApprovalRecord
}
export type RecordKind = keyof Records

/** What a `registry-change` keeps: the whole record, and the version that it took the place of. */
export interface RecordContent<Kind extends RecordKind = RecordKind> {
  readonly kind: Kind
  readonly replaces: number
  /** The change of the record before this one: an earlier one where an import came in between. */
  readonly previous: number
  /** Its version is the position of the entry. */
  readonly record: Omit<Records[Kind], 'version'>
}

/** What an `import-activation` keeps. */
export interface ImportContent {
  readonly kind: ImportKind
  /** Counted from 1; the records of a lower number are older. */
  readonly importNumber: number
  /** SHA-256 of the file, hexadecimal. */
  readonly hash: string
  /** Records, or persons with credentials or opening balances. */
  readonly records: number
  /** Position of the activation before; 0 for the first. */
  readonly previous: number
}

export const IMPORT_KINDS = [
  'people',
  'credentials',
  'institutions',
  'approvals',
  'balances',
] as const
export type ImportKind = (typeof IMPORT_KINDS)[number]

/** The subject that every import names, since it may touch any record. */
export const REGISTRY_SUBJECT = 'registry'

export function packRecord({ kind, replaces, previous, record }: RecordContent): unknown {
  const content = [LAYOUT, kind, replaces, record]
  return previous === 0 || previous === replaces ? content : [...content, previous]
}

export function unpackRecord({ kind, content }: Entry): RecordContent {
  if (kind !== 'registry-change') throw new Error(`a ${kind} holds no record`)
  const [, recordKind, replaces, record, previous = replaces] = inLayout(content)
  return { kind: recordKind, replaces, previous, record } as RecordContent
}

export function packImport(content: ImportContent): unknown {
  const { kind, importNumber, hash, records, previous } = content
  return [LAYOUT, kind, importNumber, hash, records, previous]
}

export function unpackImport({ kind, content }: Entry): ImportContent {
  if (kind !== 'import-activation') throw new Error(`a ${kind} activates no import`)
  const [, importKind, importNumber, hash, records, previous] = inLayout(content)
  return { kind: importKind, importNumber, hash, records, previous } as ImportContent
}

function inLayout(content: unknown): readonly unknown[] {
  const packed = content as readonly unknown[]
  if (packed[0] === LAYOUT) return packed
  throw new Error(`a record is packed in an unknown layout: ${packed[0]}`)
}
