import type { CivilDate } from '../claim/claim.ts'
import type { Requester } from '../counter/ports.ts'
import type { Entry, Subject } from '../ledger/entry.ts'

/**
 * What of a person may be shown. `credential`: whose a card or voucher is; `quote`: what funds would
 * pay, and with it what the year still holds; `refusal`: why a claim was not booked, which says how
 * the person is insured; `visits`: a stay or a visit; `statement`: rows of a reconciliation;
 * `export`: everything that is kept about the person; `reads`
 * and `acts`: an auditor's lists.
 */
export const KINDS_OF_DATA = [
  'person',
  'credential',
  'approval',
  'benefits',
  'quote',
  'refusal',
  'settlement',
  'explanation',
  'settlement-list',
  'account-credit',
  'visits',
  'statement',
  'export',
  'reads',
  'acts',
] as const
export type KindOfData = (typeof KINDS_OF_DATA)[number]

/** Whom a try found that found nobody: whoever goes through numbers shall be seen by how often. */
export const NOBODY = ''

/** That somebody was shown something of a person. */
export interface Read {
  /** Ms since 1970. */
  readonly at: number
  readonly by: Requester
  /** How it was asked for: a route, such as `GET /v1/settlements/:settlementId`, or a transaction's number. */
  readonly way: string
  readonly what: KindOfData
  /** `NOBODY` where somebody was looked for who is not there. */
  readonly personId: string
  /** Of what was shown, where it has one. */
  readonly id?: string
}

/** As the journal keeps it. */
export interface KeptRead extends Read {
  /** How often within its entry, which is within about a second; `at` is of the first time. */
  readonly times: number
}

/** Reads that one entry keeps, of one day in China, and how the entries of the day hang together. */
export interface KeptReads {
  readonly reads: readonly KeptRead[]
  /** The entry before of the same subject; 0 for its first. */
  readonly previous: number
}

/** The layout of the content; a change of it gets a new number and keeps the old reader. */
const LAYOUT = 1

type PackedRow = [personId: string, id: string | null, at: number, times: number]
type PackedGroup = [
  role: string,
  by: string,
  way: string,
  what: string,
  rows: (string | number | null)[],
]

/** Below it are the subjects of all days, in their order. */
export const READS_PREFIX = 'reads/'
const OF_READS = /^reads\/(\d{4}-\d{2}-\d{2})\/(\d+)$/

/** The reads of a day in China that one thread serves: the thread alone appends to them. */
export function readsSubject(day: CivilDate, thread: number): Subject {
  return `${READS_PREFIX}${day}/${thread}`
}

/** The day of a `readsSubject`; nothing of any other. */
export function dayOfReads(subject: Subject): CivilDate | undefined {
  return OF_READS.exec(subject)?.[1]
}

/** Those of one way of one asker that come together stand under it once. */
export function packReads(reads: Iterable<KeptRead>, previous: number): unknown {
  const groups: PackedGroup[] = []
  let last: KeptRead | undefined
  for (const read of reads) {
    const { by, way, what, personId, id, at, times } = read
    const isOfLast = last?.by.id === by.id && last.by.role === by.role && last.way === way
    if (!isOfLast || last?.what !== what) groups.push([by.role, by.id, way, what, []])
    groups.at(-1)![ROWS_AT].push(personId, id ?? null, at, times)
    last = read
  }
  return [LAYOUT, previous, groups]
}

const ROWS_AT = 4

/** In the order of their time within each asker's way. */
export function unpackReads({ kind, content }: Pick<Entry, 'kind' | 'content'>): KeptReads {
  if (kind !== 'data-read') throw new TypeError(`a ${kind} keeps no reads`)
  const [layout, previous, groups] = content as [number, number, readonly PackedGroup[]]
  if (layout !== LAYOUT) throw new Error(`reads are packed in an unknown layout: ${layout}`)
  const reads: KeptRead[] = []
  for (const [role, by, way, what, rows] of groups) {
    const of = { by: { role, id: by } as Requester, way, what: what as KindOfData }
    for (let row = 0; row < rows.length; row += ROW) {
      const [personId, id, at, times] = rows.slice(row, row + ROW) as PackedRow
      reads.push({ personId, at, times, ...of, ...(id === null ? {} : { id }) })
    }
  }
  return { reads, previous }
}

/** Fields of a row. */
const ROW = 4
