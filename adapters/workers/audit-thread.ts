import { isMainThread } from 'node:worker_threads'
import { positionOf } from '../../engine/claim/ids.ts'
import type { EntryKind } from '../../engine/ledger/entry.ts'
import { type Checked, check, HOLDING_RECORDS } from '../../engine/replay/check.ts'
import { openPast } from '../audit/open-past.ts'
import { checkedVersions } from '../packs/checked-versions.ts'
import { DECIDING, lowerPriority } from './low-priority.ts'

/** Every `of`-th block of the journal's settlements, beginning with the `share`-th. */
export interface DecideTask {
  readonly folder: string
  readonly until: number
  readonly share: number
  readonly of: number
  /** Where each share says how far it is. */
  readonly reached: SharedArrayBuffer
  /** The last position that is still wanted; becomes less when the chain is found broken. */
  readonly end: SharedArrayBuffer
}

/** What came of deciding again; differences are told as they are found, up to a number. */
export interface Decided {
  readonly same: number
  readonly differing: readonly Extract<Checked, { outcome: 'differs' }>[]
  readonly differingCount: number
  /** By reason: the first settlement and how many. */
  readonly missing: ReadonlyMap<string, { readonly first: string; readonly settlements: number }>
  /** What the walk tripped over, where the journal or the registry is damaged. */
  readonly error?: string
}

const BLOCK = 500
/** Entries that hold what decisions lean on. */
const LEANED_ON = new Set<string>([...HOLDING_RECORDS, 'policy-activation' satisfies EntryKind])
const TOLD_MAX = 1_000

/** Decides the settlements of the share again on what their rows keep. */
export default function decideShare(task: DecideTask): Decided {
  if (!isMainThread) lowerPriority(DECIDING)
  const { folder, until, share, of } = task
  const reached = new Int32Array(task.reached)
  const end = new Int32Array(task.end)
  const isOurs = (position: number) => Math.floor((position - 1) / BLOCK) % of === share
  let same = 0
  let differingCount = 0
  const differing: Decided['differing'][number][] = []
  const missing = new Map<string, { first: string; settlements: number }>()
  const tally = () => ({ same, differing, differingCount, missing })
  let past: ReturnType<typeof openPast> | undefined
  try {
    past = openPast(folder, {
      until,
      wants: (position, kind) => (kind === 'settlement' ? isOurs(position) : LEANED_ON.has(kind)),
      onProgress: (position) => void Atomics.store(reached, share, position),
      versions: checkedVersions,
      threads: of,
    })
    for (const checked of check(past.ports, {})) {
      if (positionOf(checked.settlementId)! > Atomics.load(end, 0)) break
      if (checked.outcome === 'same') same += 1
      else if (checked.outcome === 'differs') {
        differingCount += 1
        if (differing.length < TOLD_MAX) differing.push(checked)
      } else {
        const before = missing.get(checked.missing)
        const { first = checked.settlementId, settlements = 0 } = before ?? {}
        missing.set(checked.missing, { first, settlements: settlements + 1 })
      }
    }
    return tally()
  } catch (error) {
    return { ...tally(), error: (error as Error).message }
  } finally {
    past?.close()
  }
}
