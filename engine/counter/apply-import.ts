import type { Entry } from '../ledger/entry.ts'
import { ownEntry } from '../ledger/own-entry.ts'
import type { Guard, Ledger } from '../ledger/ports.ts'
import { type Opening, openingDeltas, openingEntry } from './openings.ts'
import type { RecordBook } from './record-book.ts'
import { type ImportKind, packImport, REGISTRY_SUBJECT } from './record-entry.ts'

/** A file that was checked and may become live. */
export interface CheckedImport {
  readonly kind: ImportKind
  /** SHA-256 of the file, hexadecimal. */
  readonly hash: string
  readonly records: number
  /** It was applied before: what it brings goes in the place of what came since. */
  readonly again?: boolean
}

/** Persons in one entry of balances: folding an entry costs the square of their number. */
const PERSONS_PER_ENTRY = 100

/** The key under which a file is applied, once. */
export function importKey(kind: ImportKind, hash: string): string {
  return `import/${kind}/${hash}`
}

/** The number that the next import of records gets. */
export async function nextImportNumber(ledger: Ledger, records: RecordBook): Promise<number> {
  const { state } = await ledger.load(REGISTRY_SUBJECT)
  return records.liveImports(state).last + 1
}

/**
 * Makes the records staged under `importNumber` live, by one entry that every decision is guarded
 * against. Returns its position, also when the file had been applied before; nothing where a guard of
 * what the records were made from does not hold. Throws when another import has taken the number since.
 */
export async function activateRecords(
  ledger: Ledger,
  checked: CheckedImport,
  importNumber: number,
  source: string,
  now: number,
  pause: () => Promise<void>,
  made: readonly Guard[] = [],
): Promise<number | undefined> {
  const { state, asOf } = await ledger.load(REGISTRY_SUBJECT)
  const { kind, hash, records, again = false } = checked
  const content = packImport({ kind, hash, records, importNumber, previous: state.record })
  const first = importKey(kind, hash)
  const entry = ownEntry({
    kind: 'import-activation',
    bookedAt: now,
    source,
    keys: [again ? `${first}/${importNumber}` : first],
    subjects: [REGISTRY_SUBJECT],
    content,
  })
  const guards = [{ subject: REGISTRY_SUBJECT, position: asOf }, ...made]
  const position = await append(ledger, { entries: [entry], guards }, pause)
  if (position !== undefined) return position
  const { state: later } = await ledger.load(REGISTRY_SUBJECT)
  if (later.record === state.record) return undefined
  throw new Error('another import became live meanwhile; import the file again')
}

/**
 * Books all opening balances of a file and its activation in one commit: all of them or none.
 */
export async function activateBalances(
  ledger: Ledger,
  checked: CheckedImport,
  openings: readonly Opening[],
  source: string,
  now: number,
  pause: () => Promise<void>,
): Promise<number> {
  const content = packImport({ ...checked, importNumber: 0, previous: 0 })
  const keys = [importKey(checked.kind, checked.hash)]
  const entries: Entry[] = []
  for (let at = 0; at < openings.length; at += PERSONS_PER_ENTRY) {
    entries.push(balancesEntry(openings.slice(at, at + PERSONS_PER_ENTRY), source, now))
  }
  entries.push(ownEntry({ kind: 'import-activation', bookedAt: now, source, keys, content }))
  return (await append(ledger, { entries, guards: [] }, pause))!
}

/** The position of the last entry; nothing where a guard does not hold. Waits while the ledger sheds. */
async function append(
  ledger: Ledger,
  request: Parameters<Ledger['append']>[0],
  pause: () => Promise<void>,
): Promise<number | undefined> {
  for (;;) {
    const result = await ledger.append(request)
    switch (result.outcome) {
      case 'appended':
        return result.firstPosition + request.entries.length - 1
      case 'known':
        return result.position
      case 'moved':
        return undefined
      case 'shed':
        if (result.reason === 'stopping') throw new Error('the ledger is stopping')
        await pause()
    }
  }
}

function balancesEntry(openings: readonly Opening[], source: string, now: number): Entry {
  const deltas = openings.flatMap(openingDeltas)
  return openingEntry({ bookedAt: now, source }, deltas)
}
