import { BALANCE } from '../adjudicate/accumulators.ts'
import { accountSubject, personSubject } from '../adjudicate/snapshot.ts'
import type { Delta, Entry } from '../ledger/entry.ts'
import { ownEntry } from '../ledger/own-entry.ts'
import type { Ledger } from '../ledger/ports.ts'

/** What a person brings along when the ledger begins, or when a city joins in mid-year. */
export interface Opening {
  readonly personId: string
  readonly accountFen?: number
  /** Accumulator → amount, as adjudication names them. */
  readonly accumulators?: Readonly<Record<string, number>>
}

const ENTRIES_PER_COMMIT = 500

/**
 * Books opening balances, each once per `batch` however often it is called. Returns how many were
 * booked now.
 */
export async function bookOpenings(
  ledger: Ledger,
  batch: string,
  openings: Iterable<Opening>,
  now: number,
  rest: { readonly pause: () => Promise<void>; readonly onProgress?: (booked: number) => void },
): Promise<number> {
  let booked = 0
  let pending: Entry[] = []
  const flush = async () => {
    booked += await append(ledger, pending, rest.pause)
    pending = []
    rest.onProgress?.(booked)
  }
  for (const opening of openings) {
    const keys = [`opening/${batch}/${opening.personId}`]
    pending.push(openingEntry({ bookedAt: now, keys }, openingDeltas(opening)))
    if (pending.length === ENTRIES_PER_COMMIT) await flush()
  }
  if (pending.length > 0) await flush()
  return booked
}

/** All in one commit; one by one when some were booked before. Waits while the ledger sheds. */
async function append(
  ledger: Ledger,
  entries: readonly Entry[],
  pause: () => Promise<void>,
): Promise<number> {
  const result = await ledger.append({ entries, guards: [] })
  switch (result.outcome) {
    case 'appended':
      return entries.length
    case 'known': {
      if (entries.length === 1) return 0
      let booked = 0
      for (const entry of entries) booked += await append(ledger, [entry], pause)
      return booked
    }
    case 'shed':
      if (result.reason === 'stopping') throw new Error('the ledger is stopping')
      await pause()
      return append(ledger, entries, pause)
    case 'moved':
      throw new Error('an append without guards cannot have moved')
  }
}

/** What a person brings along, on the person's and the account's state. */
export function openingDeltas({ personId, accountFen = 0, accumulators = {} }: Opening): Delta[] {
  const deltas: Delta[] = Object.entries(accumulators).map(([accumulator, amount]) => ({
    subject: personSubject(personId),
    accumulator,
    amount,
  }))
  if (accountFen === 0) return deltas
  return [
    ...deltas,
    { subject: accountSubject(personId), accumulator: BALANCE, amount: accountFen },
  ]
}

/** The entry that books what one or more persons bring along. */
export function openingEntry(
  entry: Pick<Entry, 'bookedAt'> & Partial<Pick<Entry, 'source' | 'keys'>>,
  deltas: readonly Delta[],
): Entry {
  const subjects = [...new Set(deltas.map(({ subject }) => subject))]
  return ownEntry({ kind: 'opening-balance', ...entry, subjects, deltas, content: null })
}
