import { compileCalendar } from '../../engine/calendar/calendar.ts'
import {
  compareCalendars,
  type YearDifference,
} from '../../engine/difference/calendar-difference.ts'
import {
  comparePacks,
  hasDifference,
  type PackDifference,
  type PackSide,
} from '../../engine/difference/pack-difference.ts'
import type { ReadCalendar } from './read-rules.ts'

/** Packs that are one version of the rules. */
export interface RulesVersion {
  /** By id. */
  readonly packs: ReadonlyMap<string, PackSide>
  /** Absent where a single pack is meant. */
  readonly calendar?: ReadCalendar
  /** Whether this is all packs of its time; otherwise it says nothing about others. */
  readonly isWhole: boolean
}

/** Two versions of the rules, and all that they say otherwise. */
export interface RulesDifference {
  readonly packs: readonly ChangedPack[]
  /** Of the calendar of working days, where both versions have one. */
  readonly calendar: readonly YearDifference[]
}

export interface ChangedPack {
  readonly id: string
  readonly what: 'added' | 'removed' | 'changed'
  /** Hashes of the versions. */
  readonly before?: string
  readonly after?: string
  /** Of a changed pack. */
  readonly difference?: PackDifference
}

/** Compares all packs that both versions are about, and the calendars. */
export function compareVersions(before: RulesVersion, after: RulesVersion): RulesDifference {
  return {
    packs: idsIn(before, after).flatMap((id) => {
      const changed = comparePack(id, before.packs.get(id), after.packs.get(id))
      return changed === undefined ? [] : [changed]
    }),
    calendar:
      before.calendar === undefined || after.calendar === undefined
        ? []
        : compareCalendars(
            compileCalendar(before.calendar.source, before.calendar.hash),
            compileCalendar(after.calendar.source, after.calendar.hash),
          ),
  }
}

/** Of a version that is one pack, nothing is said about the others. */
function idsIn(before: RulesVersion, after: RulesVersion): string[] {
  const ids = [before, after].map(({ packs }) => [...packs.keys()])
  if (before.isWhole && after.isWhole) return [...new Set(ids.flat())].sort()
  const single = [before, after].filter(({ isWhole }) => !isWhole)
  return [...new Set(single.flatMap(({ packs }) => [...packs.keys()]))]
}

function comparePack(
  id: string,
  before: PackSide | undefined,
  after: PackSide | undefined,
): ChangedPack | undefined {
  if (before === undefined) return { id, what: 'added', after: after!.pack.hash }
  if (after === undefined) return { id, what: 'removed', before: before.pack.hash }
  const hashes = { before: before.pack.hash, after: after.pack.hash }
  if (hashes.before === hashes.after) return undefined
  const difference = comparePacks(before, after)
  return hasDifference(difference) ? { id, what: 'changed', ...hashes, difference } : undefined
}
