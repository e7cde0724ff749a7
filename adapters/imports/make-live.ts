import { setTimeout as sleep } from 'node:timers/promises'
import { activateRecords, nextImportNumber } from '../../engine/counter/apply-import.ts'
import type { ImportKind } from '../../engine/counter/record-entry.ts'
import type { Guard } from '../../engine/ledger/ports.ts'
import { openStaging, type Staging } from '../sqlite/registry-staging.ts'
import type { FaultReport } from './fault-report.ts'
import {
  type ImportJob,
  type ImportOutcome,
  type ImportPorts,
  outcomeOf,
  type Read,
} from './import-job.ts'

const SHED_PAUSE_MS = 50

export const pause = () => sleep(SHED_PAUSE_MS)

/** What is put into the staging before it is kept, and what that was made from. */
type LastTouch = (staging: Staging) => Promise<readonly Guard[]>

/**
 * Stages what `fill` puts there and, unless something was at fault, makes it live by one entry of the
 * journal. Where a guard of `lastTouch` does not hold any more, that is done again.
 */
export async function makeLive(
  job: ImportJob & { readonly kind: Exclude<ImportKind, 'balances'> },
  ports: ImportPorts,
  report: FaultReport,
  fill: (staging: Staging) => Promise<Read>,
  lastTouch: LastTouch = async () => [],
): Promise<ImportOutcome> {
  const { ledger, records } = ports
  const importNumber = await nextImportNumber(ledger, records)
  const staging = openStaging(ports.folder, importNumber)
  try {
    const read = await fill(staging)
    if (report.count > 0 || job.dryRun) return outcomeOf(job, read, report)
    const { kind, hash, again = false } = job
    const checked = { kind, hash, records: read.records, again }
    for (;;) {
      const guards = await lastTouch(staging)
      staging.keep()
      const now = ports.now()
      const { source } = job
      const position = await activateRecords(
        ledger,
        checked,
        importNumber,
        source,
        now,
        pause,
        guards,
      )
      if (position !== undefined) return { ...outcomeOf(job, read, report), position }
    }
  } finally {
    staging.close()
  }
}
