import { type NewAct, recordAct } from '../../engine/access/acts.ts'
import { importKey } from '../../engine/counter/apply-import.ts'
import { FaultReport } from './fault-report.ts'
import { importBalances } from './import-balances.ts'
import { importCredentials } from './import-credentials.ts'
import type { ImportJob, ImportOutcome, ImportPorts } from './import-job.ts'
import { importRecords } from './import-records.ts'
import { pause } from './make-live.ts'

/**
 * Reads the whole file, checks every row, and makes it live by one entry of the journal; or, with
 * any fault, changes nothing. A process that dies on the way has changed nothing either: run again,
 * the import begins anew, or says that the file is applied already.
 */
export async function runImport(job: ImportJob, ports: ImportPorts): Promise<ImportOutcome> {
  const position = await ports.ledger.findKey(importKey(job.kind, job.hash))
  if (position !== undefined && job.again !== true) {
    return {
      state: 'applied',
      before: true,
      rows: 0,
      records: 0,
      unchanged: 0,
      position,
      faultCount: 0,
      faults: [],
    }
  }
  const report = new FaultReport(job.reportFile)
  try {
    const again = position !== undefined
    const outcome = await imported({ ...job, again }, ports, report)
    await keepOutcome(job, ports, outcome)
    return outcome
  } finally {
    report.close()
  }
}

/** Who had which file checked, and what came of it, where no entry says it that can be found by time. */
async function keepOutcome(
  { kind, hash, source }: ImportJob,
  { ledger, now }: ImportPorts,
  { state, rows, records, faultCount }: ImportOutcome,
): Promise<void> {
  if (state === 'applied' && kind !== 'balances') return
  const act: NewAct = {
    by: { role: 'registry', id: source },
    act: `import-${state}`,
    subject: `import/${kind}`,
    details: { hash, rows, records, faultCount },
  }
  await recordAct(ledger, act, { now, pause })
}

function imported(job: ImportJob, ports: ImportPorts, report: FaultReport): Promise<ImportOutcome> {
  const { kind } = job
  switch (kind) {
    case 'balances':
      return importBalances(job, ports, report)
    case 'credentials':
      return importCredentials({ ...job, kind }, ports, report)
    default:
      return importRecords({ ...job, kind }, ports, report)
  }
}
