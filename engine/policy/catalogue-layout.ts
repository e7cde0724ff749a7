import type { CivilDate } from '../claim/claim.ts'

/*
 * A catalogue as one block of bytes. Threads share it, and a file can keep it:
 *
 *   header   words of 32 bits, see HEADER
 *   records  a hash table of places for one row each, 16 words, see RECORD. A row stands in the
 *            first free place from that of its code's hash on, round the end, so that what a look-up
 *            reads mostly stands together. A third of the places are free.
 *   prices   numbers of 64 bits; ceilings by level: how many, then level and fen of each
 *   terms    for each set of terms, where its text begins; one more, where the last ends
 *   text     UTF-16: the codes that do not fit into a record, then each set of terms as JSON
 *
 * Terms that many rows share (class, kind, group, type of charge, first self-pay,
 * restrictions) are kept once. Names
 * are not kept: no decision reads them.
 */

/**
 * Counts up when the layout changes, or what a file of rows is checked for: kept images of other
 * formats are built again.
 */
export const IMAGE_FORMAT = 2

/** Read with the bytes the wrong way round it is another number. */
export const IMAGE_MARK = 0x595a_4331

/** Words of the header. Sections begin where the header says, in bytes from the beginning. */
export const HEADER = {
  mark: 0,
  format: 1,
  rows: 2,
  places: 3,
  terms: 4,
  recordsAt: 5,
  pricesAt: 6,
  termsAt: 7,
  textAt: 8,
  words: 16,
} as const

/** Words of a record; those that every look-up reads come first. */
export const RECORD = {
  hash: 0,
  /** Days as `dayOf` gives them, `[from, until)`. */
  from: 1,
  until: 2,
  /** The number of the terms and, in the lowest bits, the flags; 0 where no row stands. */
  terms: 3,
  /**
   * The units of the code, a byte each, and in the last byte their number. Of a code that does not
   * fit: where it begins in the text, then its length in the next word.
   */
  code: 4,
  /** The ceiling in fen as a number of 64 bits. */
  ceiling: 12,
  /** Where the ceilings by level begin in the prices. */
  byLevel: 14,
  words: 16,
} as const

/** So many units of a code fit into a record. */
export const CODE_UNITS = 4 * (RECORD.ceiling - RECORD.code) - 1

/** `sameCode`: another row of the code stands in a later place. */
export const FLAG = { taken: 1, codeInText: 2, sameCode: 4, ceiling: 8, byLevel: 16 } as const
export const FLAG_BITS = 5

/** The `until` of a row that is open. */
export const OPEN = 0x7fff_ffff

/** FNV-1a over the units of a code, mixed so that all bits depend on all. */
export function hashOf(code: string): number {
  let hash = 0x811c_9dc5
  for (let at = 0; at < code.length; at++) {
    hash = Math.imul(hash ^ code.charCodeAt(at), 0x0100_0193)
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d)
  return hash ^ (hash >>> 13)
}

/** The place from which on a code with this hash is sought. */
export function placeOf(hash: number, places: number): number {
  return Math.floor(((hash >>> 0) / 2 ** 32) * places)
}

/** The digits of a date as one number, which orders dates as their texts are ordered. */
export function dayOf(date: CivilDate): number {
  let day = 0
  for (let at = 0; at < date.length; at++) {
    const unit = date.charCodeAt(at) - 48
    if (unit >= 0) day = day * 10 + unit
  }
  return day
}
