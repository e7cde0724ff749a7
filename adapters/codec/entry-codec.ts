import { Packr } from 'msgpackr'
import type {
  BookingSums,
  Delta,
  Entry,
  EntryKind,
  SubjectState,
} from '../../engine/ledger/entry.ts'
import type { LedgerCodec } from '../../engine/ledger/ports.ts'
import { bytesOf } from './sm3.ts'

/**
 * The packed forms of entries and states: msgpack arrays that begin with the version of the form.
 * Rows live for ever, so a form never changes; a new one gets a new number and the old is still read.
 */
const FORM = 1
/** States of form 1 knew nothing of records. */
const STATE_FORM = 2

/**
 * Plain msgpack: no record extension (its bytes depend on what was packed before), numbers beyond
 * 32 bits as doubles, which hold every safe integer exactly and come back as numbers.
 */
const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: 'number' })

type PackedSums = [string, string, number, number, number] | null

/** Deltas as a flat run of subject (its index), accumulator, amount. */
type PackedEntryForm = [
  form: number,
  kind: EntryKind,
  bookedAt: number,
  source: string,
  keys: string[],
  requestHash: Uint8Array,
  subjects: string[],
  deltas: (number | string)[],
  reverses: number,
  sums: PackedSums,
  content: unknown,
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
]

type PackedStateForm1 = [
  form: number,
  version: number,
  accumulators: (string | number)[],
  live: number[],
  reversedBy: number[],
]

export const entryCodec: LedgerCodec = {
  encodeEntry(entry) {
    const packed: PackedEntryForm = [
      FORM,
      entry.kind,
      entry.bookedAt,
      entry.source,
      [...entry.keys],
      entry.requestHash,
      [...entry.subjects],
      packDeltas(entry),
      entry.reverses ?? 0,
      packSums(entry.sums),
      entry.content,
    ]
    return bytesOf(packr.pack(packed))
  },

  decodeEntry(body): Entry {
    const packed = packr.unpack(body) as PackedEntryForm
    checkForm('an entry', packed, FORM)
    const [, kind, bookedAt, source, keys, requestHash, subjects, deltas, reverses, sums, content] =
      packed
    return {
      kind,
      bookedAt,
      source,
      keys,
      requestHash: bytesOf(requestHash),
      subjects,
      deltas: unpackDeltas(subjects, deltas),
      ...(reverses === 0 ? {} : { reverses }),
      ...(sums === null ? {} : { sums: unpackSums(sums) }),
      content,
    }
  },

  encodeState({ version, booked, record, accumulators, live, reversedBy }) {
    const packed: PackedStateForm = [
      STATE_FORM,
      version,
      [...accumulators].sort(([one], [other]) => (one < other ? -1 : 1)).flat(),
      [...live],
      [...reversedBy].sort(([one], [other]) => one - other).flat(),
      booked,
      record,
    ]
    return bytesOf(packr.pack(packed))
  },

  decodeState(bytes): SubjectState {
    const packed = packr.unpack(bytes) as PackedStateForm | PackedStateForm1
    checkForm('a state', packed, FORM, STATE_FORM)
    const [, version, accumulators, live, reversedBy, booked = version, record = 0] = packed
    return {
      version,
      booked,
      record,
      accumulators: pairs<string>(accumulators),
      live,
      reversedBy: pairs<number>(reversedBy),
    }
  },
}

const SHORT_STRING = 0xa0
const SHORT_STRING_MAX = 0x1f

/** The kind of a packed entry, without unpacking the rest. */
export function kindOf(body: Uint8Array): string {
  const length = body[2]! - SHORT_STRING
  if (length < 0 || length > SHORT_STRING_MAX) return entryCodec.decodeEntry(body).kind
  return Buffer.from(body.buffer, body.byteOffset + 3, length).toString('latin1')
}

function checkForm(what: string, packed: readonly unknown[], ...forms: readonly number[]): void {
  if (!Array.isArray(packed) || !forms.includes(packed[0])) {
    const known = forms.join(' and ')
    throw new Error(`${what} is packed in form ${packed?.[0]}; this program reads form ${known}`)
  }
}

function packDeltas({ subjects, deltas }: Entry): (number | string)[] {
  const run: (number | string)[] = []
  for (const { subject, accumulator, amount } of deltas) {
    run.push(subjects.indexOf(subject), accumulator, amount)
  }
  return run
}

function unpackDeltas(subjects: string[], run: (number | string)[]): Delta[] {
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
