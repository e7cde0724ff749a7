import { isRefusal } from '../../engine/claim/outcomes.ts'
import { activateBalances } from '../../engine/counter/apply-import.ts'
import type { Opening } from '../../engine/counter/openings.ts'
import { findRecord } from '../../engine/counter/records.ts'
import { BALANCES } from './balances.ts'
import type { FaultSink } from './cells.ts'
import type { FaultReport } from './fault-report.ts'
import {
  each,
  type ImportJob,
  type ImportOutcome,
  type ImportPorts,
  outcomeOf,
} from './import-job.ts'
import { pause } from './make-live.ts'

/** The openings of one file are booked in one commit, which must not hold up the writer for long. */
const BALANCES_MAX = 200_000

/** Books what persons bring along. */
export async function importBalances(
  job: ImportJob,
  ports: ImportPorts,
  report: FaultReport,
): Promise<ImportOutcome> {
  const fault: FaultSink = (found) => report.add(found)
  const openings: Opening[] = []
  const seen = new Set<string>()
  const read = await each(BALANCES, job, ports, report, async ({ id, record, row }) => {
    if (seen.has(id)) fault({ row, column: 'personId', expected: 'all rows of one id together' })
    seen.add(id)
    if (seen.size === BALANCES_MAX + 1) {
      fault({ row, column: '', expected: `at most ${BALANCES_MAX} persons in one file` })
    }
    if (seen.size > BALANCES_MAX) return
    const person = await findRecord(ports, 'person', id)
    if (isRefusal(person)) fault({ row, column: 'personId', expected: 'a registered person' })
    openings.push(record)
  })
  if (report.count > 0 || job.dryRun) return outcomeOf(job, read, report)
  const checked = { kind: job.kind, hash: job.hash, records: read.records }
  const position = await activateBalances(
    ports.ledger,
    checked,
    openings,
    job.source,
    ports.now(),
    pause,
  )
  return { ...outcomeOf(job, read, report), position }
}
