import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { verifyApprovals } from '../../engine/audit/approvals.ts'
import { Faults } from '../../engine/audit/fault.ts'
import { type Recomputed, recompute } from '../../engine/audit/recompute.ts'
import { verifyVisits } from '../../engine/audit/visits.ts'
import { positionOf } from '../../engine/claim/ids.ts'
import { activationsUpTo, POLICY_SUBJECT } from '../../engine/counter/activations.ts'
import { REGISTRY_SUBJECT } from '../../engine/counter/record-entry.ts'
import type { LedgerCodec, StateStore } from '../../engine/ledger/ports.ts'
import { sameBytes } from '../../engine/ledger/verify.ts'
import { type OpenPast, openPast } from '../audit/open-past.ts'
import type { SignedHead } from '../audit/signed-head.ts'
import { sm3 } from '../codec/sm3.ts'
import { scratchFolder } from '../files/abandoned.ts'
import { codecOf } from '../keys/folder-codec.ts'
import { keepsWhole } from '../packs/checked-versions.ts'
import { copyDatabase } from '../sqlite/copy-file.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { holdsImports } from '../sqlite/registry-staging.ts'
import { openStates, type SqliteStates } from '../sqlite/state-store.ts'
import { decideAll } from '../workers/audit-pool.ts'
import type { Decided } from '../workers/audit-thread.ts'
import { ledgerPaths } from '../workers/ledger-host.ts'
import { shown } from './replay-report.ts'

export interface VerifyOptions {
  /** The data folder; it is only read, beside a running server too. */
  readonly data: string
  /** Where the states are made anew; as large as the state file, twice. */
  readonly scratch: string
  /** Threads that decide. */
  readonly threads: number
  /** Heads that were exported earlier, with what their signatures are worth. */
  readonly against: readonly { readonly head: SignedHead; readonly fault: string | undefined }[]
  /** Told how many of the rows are done with, those that are half done counting half. */
  readonly onProgress: (rows: number, of: number) => void
}

export interface Verified extends Pick<Recomputed, 'entries' | 'persons' | 'subjects' | 'keys'> {
  /** The last position up to which the chain is whole. */
  readonly position: number
  readonly hash: Uint8Array
  /** Where the journal ends. */
  readonly head: number
  readonly visits: number
  /** Up to where the state file was compared; nothing where there is none. */
  readonly statesUpTo?: number
  readonly decidedAgain: number
  readonly headsHeld: number
  readonly faults: ReturnType<Faults['inOrder']>
  readonly faultCount: number
}

/**
 * Holds a data folder against itself: the chain from the first row, everything derived from it made
 * once more and compared with what is kept, every decision made again from what its row keeps.
 */
export async function verifyFolder(options: VerifyOptions): Promise<Verified> {
  const folder = scratchFolder(options.scratch, 'yizhan-verify-')
  try {
    return await verifyWith(options, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function verifyWith(options: VerifyOptions, scratch: string): Promise<Verified> {
  const { data, threads, onProgress } = options
  const faults = new Faults()
  const keptPath = join(scratch, 'kept.sqlite')
  const codec = codecOf(data)
  // The states first: the journal then covers whatever they do.
  const kept = await copyStates(data, keptPath, codec, faults)
  const journal = openJournal({ path: ledgerPaths(data).journalPath, readonly: true })
  const head = journal.head().position
  const states = openStates({
    path: join(scratch, 'made.sqlite'),
    codec,
    scratch: true,
  })
  try {
    const deciding = decideAll({ folder: data, until: head, threads })
    // Waited for below; until then a failure is nobody's.
    deciding.outcome.catch(() => undefined)
    const heads = new Map<number, Uint8Array>()
    const wanted = [kept?.position ?? 0, ...options.against.map(({ head }) => head.position)]
    const stops = [...new Set(wanted)].filter((position) => position <= head)
    const walk = recompute({ journal, codec, hash: sm3, states, faults }, { until: head, stops })
    let step = walk.next()
    for (; step.done !== true; step = walk.next()) {
      const { position, hash } = step.value
      if (stops.includes(position)) heads.set(position, hash)
      if (position === kept?.position) compareWithKept(kept, hash, states, keptPath, faults)
      onProgress((position + deciding.done()) / 2, head)
      // The threads that decide get their tasks in between.
      await setImmediate()
    }
    const made = step.value
    if (!made.whole) deciding.endAt(made.sound.position)
    if (kept !== undefined && kept.position > head) {
      const what = `the journal ends at ${head}; the states are folded up to ${kept.position}`
      faults.add(head + 1, 'truncated', what)
    }
    const headsHeld = compareWithHeads(options.against, heads, head, faults)
    let visits = 0
    if (made.whole) visits = await checkWhatIsBeside(data, head, states, faults)
    const decided = await waitFor(deciding, (done) => onProgress((head + done) / 2, head))
    const decidedAgain = tellDecided(decided, made, faults)
    const { sound, entries, persons, subjects, keys } = made
    return {
      ...sound,
      head,
      entries,
      persons,
      subjects,
      keys,
      visits,
      ...(kept === undefined || !made.whole ? {} : { statesUpTo: kept.position }),
      decidedAgain,
      headsHeld,
      faults: faults.inOrder(),
      faultCount: faults.count,
    }
  } finally {
    states.close()
    journal.close()
  }
}

interface Kept {
  readonly position: number
  readonly hash: Uint8Array
}

/** The state file as it is at a moment; nothing when there is none, as after a restore. */
async function copyStates(
  data: string,
  to: string,
  codec: LedgerCodec,
  faults: Faults,
): Promise<Kept | undefined> {
  const { statePath } = ledgerPaths(data)
  if (!existsSync(statePath)) return undefined
  try {
    await copyDatabase(statePath, to)
    const states = openStates({ path: to, codec })
    try {
      return states.folded()
    } finally {
      states.close()
    }
  } catch (error) {
    faults.add(0, 'state', `the state file cannot be read: ${(error as Error).message}`)
    return undefined
  }
}

function compareWithKept(
  kept: Kept,
  hash: Uint8Array,
  made: SqliteStates,
  keptPath: string,
  faults: Faults,
): void {
  const { position } = kept
  if (!sameBytes(kept.hash, hash)) {
    faults.add(position, 'rewritten', 'the states were folded from another row at this position')
  }
  try {
    for (const { kind, position, what } of made.differencesIn(keptPath)) {
      faults.add(position, kind, what)
    }
  } catch (error) {
    faults.add(0, 'state', `the state file cannot be read: ${(error as Error).message}`)
  }
}

/** How many heads the journal still contains. */
function compareWithHeads(
  against: VerifyOptions['against'],
  found: ReadonlyMap<number, Uint8Array>,
  head: number,
  faults: Faults,
): number {
  let held = 0
  for (const { head: known, fault } of against) {
    const { position, at } = known
    const hash = found.get(position)
    if (fault !== undefined) faults.add(position, 'head', `the head of ${at}: ${fault}`)
    else if (position > head) {
      const what = `the journal ends at ${head}; the head of ${at} knows it up to ${position}`
      faults.add(head + 1, 'truncated', what)
    } else if (hash !== undefined && Buffer.from(hash).toString('hex') !== known.hash) {
      const what = `the row is not the one that the head of ${at} names; it or one before was changed`
      faults.add(position, 'rewritten', what)
    } else if (hash !== undefined) held += 1
  }
  return held
}

/** Visits, the versions of the rules and the imports, as the whole journal names them. */
async function checkWhatIsBeside(
  data: string,
  until: number,
  states: StateStore,
  faults: Faults,
): Promise<number> {
  let past: OpenPast
  try {
    past = openPast(data, { until, onProgress: () => {} })
  } catch (error) {
    faults.add(0, 'registry', (error as Error).message)
    return 0
  }
  try {
    const { library } = past
    const { entry } = past.ports
    const { state: policy } = states.state(POLICY_SUBJECT)
    const looked = new Set<string>()
    const missing = new Map<string, number>()
    for (const { position, inForce } of activationsUpTo({ entry }, policy.version)) {
      const { packs, catalogues, calendar } = inForce
      const named = [
        ...packs.map(({ id, hash }) => ({ kind: 'pack', id, hash }) as const),
        ...catalogues.map(({ id, hash }) => ({ kind: 'catalogue', id, hash }) as const),
        ...(calendar === undefined ? [] : [{ kind: 'calendar', id: '', hash: calendar } as const]),
      ]
      for (const { kind, id, hash } of named) {
        const what = ['the', kind, id, hash].filter((word) => word !== '').join(' ')
        if (looked.has(what)) continue
        looked.add(what)
        if (!keepsWhole(library, kind, hash)) missing.set(what, position)
      }
    }
    for (const [what, position] of missing) {
      faults.add(position, 'policy', `${what} is not kept, or not as it was`)
    }
    verifyApprovals(states, { entry }, faults)
    const { last } = past.records.liveImports(states.state(REGISTRY_SUBJECT).state)
    if (!holdsImports(data, last)) {
      const { record } = states.state(REGISTRY_SUBJECT).state
      faults.add(record, 'registry', `the registry lacks imports up to ${last}`)
    }
    return await verifyVisits(states, entry, faults)
  } finally {
    past.close()
  }
}

const POLL_MS = 200

async function waitFor(
  { outcome, done }: ReturnType<typeof decideAll>,
  onProgress: (done: number) => void,
): Promise<readonly Decided[]> {
  let over = false
  const ending = outcome.finally(() => {
    over = true
  })
  while (!over) {
    onProgress(done())
    await Promise.race([ending, sleep(POLL_MS)])
  }
  return ending
}

/** How many settlements were decided again; nothing is told of those after a break of the chain. */
function tellDecided(
  decided: readonly Decided[],
  { whole, sound }: Recomputed,
  faults: Faults,
): number {
  let count = 0
  const missing = new Map<string, { first: number; settlements: number }>()
  for (const share of decided) {
    count += share.same + share.differingCount
    for (const { settlementId, field, booked, again } of share.differing) {
      const position = positionOf(settlementId)!
      if (position > sound.position) continue
      const what = `${field}: booked ${shown(field, booked)}, decided again ${shown(field, again)}`
      faults.add(position, 'decision', what)
    }
    if (whole) faults.count += share.differingCount - share.differing.length
    for (const [reason, { first, settlements }] of share.missing) {
      const before = missing.get(reason) ?? { first: positionOf(first)!, settlements: 0 }
      missing.set(reason, {
        first: Math.min(before.first, positionOf(first)!),
        settlements: before.settlements + settlements,
      })
    }
    // Where the chain is broken the walk of the decisions may end as well, and that is told already.
    if (share.error !== undefined && whole) faults.add(0, 'not-decided', share.error)
  }
  for (const [reason, { first, settlements }] of missing) {
    if (first > sound.position) continue
    faults.add(first, 'not-decided', `cannot be had: ${reason}; settlements: ${settlements}`)
  }
  return count
}
