import type { Pack } from '../../engine/policy/compile.ts'
import { type Checked, check } from '../../engine/replay/check.ts'
import type { Scope } from '../../engine/replay/scope.ts'
import { Summary, type WhatIfSummary } from '../../engine/replay/summary.ts'
import { whatIf } from '../../engine/replay/what-if.ts'
import { type Progress, showProgress } from '../../fixtures/progress.ts'
import { type OpenPast, openPast } from '../audit/open-past.ts'
import { otherVersion } from './other-version.ts'
import { policyHistory } from './policy-history.ts'
import { ReplayCsv } from './replay-csv.ts'
import { checkReport, checkText, whatIfText } from './replay-report.ts'

export interface ReplayOptions {
  readonly data: string
  /** `live`, a hash or a rules folder; without it the settlements are checked. */
  readonly with?: string
  readonly scope: Scope
  readonly json: boolean
  /** One row for each settlement; only `with` another version. */
  readonly csv?: string
}

export interface Replayed {
  readonly text: string
  /** 1 when a settlement does not come out as it is booked. */
  readonly exitCode: 0 | 1
}

/** Decides the settlements of a data folder again and says what came of it; books nothing. */
export function replay(options: ReplayOptions): Replayed {
  const { data, with: named, scope, json, csv } = options
  if (csv !== undefined && named === undefined) throw new Error('--csv goes with --with')
  // Another version takes a walk before, to see what is reversed.
  const walks = named === undefined ? 1 : 2
  let progress: Progress | undefined
  const past = openPast(data, {
    onProgress: (position, walksBefore) => progress?.done(walksBefore * past.head + position),
  })
  try {
    const instead = named === undefined ? undefined : otherVersion(named, data)
    progress = showProgress('replaying', past.head * walks)
    if (instead === undefined) return checked(check(past.ports, scope), json)
    const summary = replayOn(past, data, instead, scope, csv)
    return { text: json ? JSON.stringify(summary) : whatIfText(summary), exitCode: 0 }
  } finally {
    progress?.end()
    past.close()
  }
}

function checked(outcomes: Iterable<Checked>, json: boolean): Replayed {
  const report = checkReport(outcomes)
  return {
    text: json ? JSON.stringify(report) : checkText(report),
    exitCode: report.differing.length > 0 ? 1 : 0,
  }
}

function replayOn(
  past: OpenPast,
  data: string,
  instead: ReadonlyMap<string, Pack>,
  scope: Scope,
  csv: string | undefined,
): WhatIfSummary {
  const summary = new Summary(instead)
  const table =
    csv === undefined ? undefined : new ReplayCsv(csv, fundsOf(everyPack(past, data, instead)))
  try {
    for (const row of whatIf(past.ports, instead, scope)) {
      summary.add(row)
      table?.add(row)
    }
  } finally {
    table?.close()
  }
  return summary.result()
}

/** All that decided, or would. */
function everyPack({ library }: OpenPast, data: string, instead: ReadonlyMap<string, Pack>) {
  const hashes = policyHistory(data).flatMap(({ inForce }) => inForce.packs.map((p) => p.hash))
  const kept = [...new Set(hashes)].flatMap((hash) => library.pack(hash) ?? [])
  return [...kept, ...instead.values()]
}

function fundsOf(packs: readonly Pack[]): string[] {
  const funds = packs.flatMap(({ plans }) =>
    plans.flatMap(({ layers }) => layers.map(({ fund }) => fund)),
  )
  return [...new Set(funds)].sort()
}
