import type { Entry } from './entry.ts'
import type { AppendRequest } from './ports.ts'

/** Ten times the largest bill: thousands of such deltas still sum to an exact integer. */
const AMOUNT_MAX = 1_000_000_000_000
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/

/**
 * Throws when a request could not be folded or found again: every case is a bug of the caller, and
 * must be met before the journal keeps it for ever.
 */
export function checkRequest({ entries }: AppendRequest): void {
  if (entries.length === 0) throw new TypeError('nothing to append')
  for (const entry of entries) checkEntry(entry)
  const keys = entries.flatMap((entry) => entry.keys)
  if (new Set(keys).size !== keys.length) throw new TypeError(`a key occurs twice: ${keys}`)
}

function checkEntry(entry: Entry): void {
  const { keys, subjects, deltas, sums } = entry
  for (const key of keys) {
    if (!PRINTABLE_ASCII.test(key)) throw new TypeError(`not a message key: ${key}`)
  }
  if (new Set(subjects).size !== subjects.length) {
    throw new TypeError(`a subject occurs twice: ${subjects}`)
  }
  for (const subject of subjects) {
    if (subject === '' || subject.includes('\n')) throw new TypeError(`not a subject: ${subject}`)
  }
  for (const { subject, accumulator, amount } of deltas) {
    if (!subjects.includes(subject)) throw new TypeError(`delta of another subject: ${subject}`)
    checkAmount(accumulator, amount)
  }
  if ((entry.kind === 'reversal') !== (entry.reverses !== undefined)) {
    throw new TypeError('a reversal, and nothing else, names what it reverses')
  }
  if (!Number.isSafeInteger(entry.bookedAt)) throw new RangeError(`booked at ${entry.bookedAt}`)
  if (sums !== undefined) {
    checkAmount('totalFen', sums.totalFen)
    checkAmount('fundFen', sums.fundFen)
    checkAmount('accountFen', sums.accountFen)
  }
}

function checkAmount(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || Math.abs(value) > AMOUNT_MAX) {
    throw new RangeError(`${what} is no amount: ${value}`)
  }
}
