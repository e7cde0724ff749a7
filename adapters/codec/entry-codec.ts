import { Packr, RESET_BUFFER_MODE } from 'msgpackr'
import type {
  BookingSums,
  Delta,
  Entry,
  EntryKind,
  SubjectState,
} from '../../engine/ledger/entry.ts'
import type { LedgerCodec } from '../../engine/ledger/ports.ts'
import type { Sealing } from './sealing.ts'
import { bytesOf } from './sm3.ts'

/**
 * The packed forms of entries and states: msgpack arrays that begin with the version of the form.
 * Rows live for ever, so a form never changes; a new one gets a new number and the old is still read.
 */
const FORM = 1
/** What an entry is about is sealed; what the ledger itself goes by is not. */
const SEALED_FORM = 2
/** States of form 1 knew nothing of records. */
const STATE_FORM = 2
/** Accumulators that are named after a disease are sealed. */
const SEALED_STATE_FORM = 3
/** Stands before the disease in the name of an accumulator; see rules/REFERENCE.md. */
const OF_DISEASE = '@'

/**
 * Plain msgpack: no record extension (its bytes depend on what was packed before), numbers beyond
 * 32 bits as doubles, which hold every safe integer exactly and come back as numbers.
 */
const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: 'number' })

type PackedSums = [string, string, number, number, number] | null

type DeltaRun = (number | string)[]

/** Deltas as a flat run of subject (its index), accumulator, amount. */
type PackedEntryForm = [
  form: number,
  kind: EntryKind,
  bookedAt: number,
  source: string,
  keys: string[],
  requestHash: Uint8Array,
  subjects: string[],
  deltas: DeltaRun,
  reverses: number,
  sums: PackedSums,
  content: unknown,
]

/** The same with the content packed and sealed, and the deltas, too, where one names a disease. */
type SealedEntryForm = [
  form: number,
  kind: EntryKind,
  bookedAt: number,
  source: string,
  keys: string[],
  requestHash: Uint8Array,
  subjects: string[],
  deltas: DeltaRun | Uint8Array,
  reverses: number,
  sums: PackedSums,
  content: Uint8Array,
]

/** Accumulators and reversals as flat runs of key and value, sorted by key. */
type PackedStateForm = [
  form: number,
  version: number,
  accumulators: (string | number)[],
  live: number[],
  reversedBy: number[],
  booked: number,
  record: number,
  /** A run as `accumulators`, packed and sealed; of form 3 alone. */
  ofDiseases?: Uint8Array,
]

type PackedStateForm1 = [
  form: number,
  version: number,
  accumulators: (string | number)[],
  live: number[],
  reversedBy: number[],
]

/**
 * The codec of a data folder: what it packs is sealed, what was packed before there were keys is read
 * as it is. The content of a sealed entry is opened when somebody looks at it; whoever only folds does
 * not pay for it.
 */
export function ledgerCodec(sealing: Sealing): LedgerCodec {
  return {
    encodeEntry(entry) {
      const run = packDeltas(entry)
      const deltas = entry.deltas.some(({ accumulator }) => accumulator.includes(OF_DISEASE))
        ? sealing.seal(packr.pack(run))
        : run
      return withSealedContent(entryForm(SEALED_FORM, entry, deltas, null), entry.content, sealing)
    },

    decodeEntry(body): Entry {
      const packed = packr.unpack(body) as PackedEntryForm | SealedEntryForm
      checkForm('an entry', packed, FORM, SEALED_FORM)
      if (!isSealedEntry(packed)) return entryOf(packed)
      const [, , , , , , subjects, deltas, , , sealed] = packed
      const run = Array.isArray(deltas) ? deltas : (packr.unpack(sealing.open(deltas)) as DeltaRun)
      const known = { deltas: unpackDeltas(subjects, run), ...headOf(packed) }
      return withContent(known, () => packr.unpack(sealing.open(sealed)))
    },

    encodeState(state) {
      const sorted = sortedAccumulators(state)
      const ofDiseases = sorted.filter(([name]) => name.includes(OF_DISEASE))
      if (ofDiseases.length === 0) return packState(STATE_FORM, state, sorted)
      const others = sorted.filter(([name]) => !name.includes(OF_DISEASE))
      const sealed = sealing.seal(packr.pack(ofDiseases.flat()))
      return packState(SEALED_STATE_FORM, state, others, sealed)
    },

    decodeState(bytes): SubjectState {
      const packed = packr.unpack(bytes) as PackedStateForm | PackedStateForm1
      checkForm('a state', packed, FORM, STATE_FORM, SEALED_STATE_FORM)
      const ofDiseases = packed[7]
      if (ofDiseases === undefined) return stateOf(packed)
      const run = packr.unpack(sealing.open(ofDiseases)) as (string | number)[]
      return stateOf(packed, run)
    },
  }
}

/** Packs as it is and knows no key: for ledgers in memory. */
export const entryCodec: LedgerCodec = {
  encodeEntry: (entry) =>
    bytesOf(packr.pack(entryForm(FORM, entry, packDeltas(entry), entry.content))),

  decodeEntry(body) {
    const packed = packr.unpack(body) as PackedEntryForm
    checkForm('an entry', packed, FORM)
    return entryOf(packed)
  },

  encodeState: (state) => packState(STATE_FORM, state, sortedAccumulators(state)),

  decodeState(bytes) {
    const packed = packr.unpack(bytes) as PackedStateForm | PackedStateForm1
    checkForm('a state', packed, FORM, STATE_FORM)
    return stateOf(packed)
  },
}

function isSealedEntry(packed: PackedEntryForm | SealedEntryForm): packed is SealedEntryForm {
  return packed[0] === SEALED_FORM
}

function entryForm(
  form: number,
  entry: Entry,
  deltas: DeltaRun | Uint8Array,
  content: unknown,
): unknown[] {
  return [
    form,
    entry.kind,
    entry.bookedAt,
    entry.source,
    entry.keys,
    entry.requestHash,
    entry.subjects,
    deltas,
    entry.reverses ?? 0,
    packSums(entry.sums),
    content,
  ]
}

const NIL_BYTES = 1
const BYTES_OF_16_BITS = 0xc5
const BYTES_OF_32_BITS = 0xc6

/**
 * Packs a form that ends with nothing and puts the sealed content there, in one piece of memory of
 * its own: every settlement comes through here, and what packing it once more would copy and leave
 * behind costs as much as the packing itself.
 */
function withSealedContent(form: unknown[], content: unknown, sealing: Sealing): Uint8Array {
  const head = bytesOf(packr.pack(form))
  // Read at once: the next packing writes over it.
  const packed = packr.pack(content, RESET_BUFFER_MODE)
  const length = sealing.sealedLength(packed.length)
  let at = head.length - NIL_BYTES
  const isLong = length > 0xffff
  const body = new Uint8Array(at + (isLong ? 5 : 3) + length)
  body.set(head.subarray(0, at))
  body[at++] = isLong ? BYTES_OF_32_BITS : BYTES_OF_16_BITS
  for (let shift = isLong ? 24 : 8; shift >= 0; shift -= 8) body[at++] = length >>> shift
  sealing.sealInto(body, at, packed)
  return body
}

/** The entry with a content that is opened when somebody first looks at it. */
function withContent(known: Omit<Entry, 'content'>, open: () => unknown): Entry {
  return Object.defineProperty(new SealedEntry(known, open), 'content', CONTENT) as object as Entry
}

class SealedEntry {
  readonly #open: () => unknown
  #opened: { readonly content: unknown } | undefined

  constructor(known: Omit<Entry, 'content'>, open: () => unknown) {
    Object.assign(this, known)
    this.#open = open
  }

  static contentOf(entry: SealedEntry): unknown {
    entry.#opened ??= { content: entry.#open() }
    return entry.#opened.content
  }
}

/**
 * The same getter for all entries: one that stands in an object literal is another one each time, and
 * V8 gives each such object a hidden class of its own, which keeps it in memory for long.
 */
const CONTENT: PropertyDescriptor & ThisType<SealedEntry> = {
  enumerable: true,
  get() {
    return SealedEntry.contentOf(this)
  },
}

function entryOf(packed: PackedEntryForm): Entry {
  const [, , , , , , subjects, deltas, , , content] = packed
  return { deltas: unpackDeltas(subjects, deltas), content, ...headOf(packed) }
}

function headOf(packed: PackedEntryForm | SealedEntryForm): Omit<Entry, 'deltas' | 'content'> {
  const [, kind, bookedAt, source, keys, requestHash, subjects, , reverses, sums] = packed
  return {
    kind,
    bookedAt,
    source,
    keys,
    requestHash: bytesOf(requestHash),
    subjects,
    ...(reverses === 0 ? {} : { reverses }),
    ...(sums === null ? {} : { sums: unpackSums(sums) }),
  }
}

function sortedAccumulators({ accumulators }: SubjectState): [string, number][] {
  return [...accumulators].sort(([one], [other]) => (one < other ? -1 : 1))
}

function packState(
  form: number,
  { version, booked, record, live, reversedBy }: SubjectState,
  accumulators: readonly [string, number][],
  ofDiseases?: Uint8Array,
): Uint8Array {
  const packed: PackedStateForm = [
    form,
    version,
    accumulators.flat(),
    [...live],
    [...reversedBy].sort(([one], [other]) => one - other).flat(),
    booked,
    record,
  ]
  if (ofDiseases !== undefined) packed.push(ofDiseases)
  return bytesOf(packr.pack(packed))
}

function stateOf(
  packed: PackedStateForm | PackedStateForm1,
  ofDiseases: (string | number)[] = [],
): SubjectState {
  const [, version, accumulators, live, reversedBy, booked = version, record = 0] = packed
  return {
    version,
    booked,
    record,
    accumulators: pairs<string>([...accumulators, ...ofDiseases]),
    live,
    reversedBy: pairs<number>(reversedBy),
  }
}

const SHORT_STRING = 0xa0
const SHORT_STRING_MAX = 0x1f

/** The kind of a packed entry, without unpacking the rest. */
export function kindOf(body: Uint8Array): string {
  const length = body[2]! - SHORT_STRING
  if (length < 0 || length > SHORT_STRING_MAX) return (packr.unpack(body) as PackedEntryForm)[1]
  return Buffer.from(body.buffer, body.byteOffset + 3, length).toString('latin1')
}

function checkForm(what: string, packed: readonly unknown[], ...forms: readonly number[]): void {
  if (!Array.isArray(packed) || !forms.includes(packed[0])) {
    const known = forms.join(' and ')
    throw new Error(`${what} is packed in form ${packed?.[0]}; this program reads form ${known}`)
  }
}

function packDeltas({ subjects, deltas }: Entry): DeltaRun {
  const run: DeltaRun = []
  for (const { subject, accumulator, amount } of deltas) {
    run.push(subjects.indexOf(subject), accumulator, amount)
  }
  return run
}

function unpackDeltas(subjects: string[], run: DeltaRun): Delta[] {
  const deltas: Delta[] = []
  for (let index = 0; index < run.length; index += 3) {
    deltas.push({
      subject: subjects[run[index] as number]!,
      accumulator: run[index + 1] as string,
      amount: run[index + 2] as number,
    })
  }
  return deltas
}

function packSums(sums: BookingSums | undefined): PackedSums {
  if (sums === undefined) return null
  return [sums.institutionId, sums.requestId, sums.totalFen, sums.fundFen, sums.accountFen]
}

function unpackSums(sums: NonNullable<PackedSums>): BookingSums {
  const [institutionId, requestId, totalFen, fundFen, accountFen] = sums
  return { institutionId, requestId, totalFen, fundFen, accountFen }
}

function pairs<Key>(run: (string | number)[]): Map<Key, number> {
  const map = new Map<Key, number>()
  for (let index = 0; index < run.length; index += 2) {
    map.set(run[index] as Key, run[index + 1] as number)
  }
  return map
}
