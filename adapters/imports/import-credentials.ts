import { isRefusal } from '../../engine/claim/outcomes.ts'
import { RecordReading } from '../../engine/counter/record-reading.ts'
import { findRecord } from '../../engine/counter/records.ts'
import type { StagedCredentials } from '../sqlite/registry-credentials.ts'
import type { FaultSink } from './cells.ts'
import { CREDENTIALS, type PersonCredentials } from './credentials.ts'
import type { FaultReport } from './fault-report.ts'
import { each, type ImportJob, type ImportOutcome, type ImportPorts } from './import-job.ts'
import { makeLive } from './make-live.ts'
import type { ReadRecord } from './read-records.ts'

/** A credential that another person shows until now. */
interface Taken {
  readonly holder: string
  readonly row: number
}

/** Puts what persons show at the counter in the place of what they showed before. */
export function importCredentials(
  job: ImportJob & { readonly kind: 'credentials' },
  ports: ImportPorts,
  report: FaultReport,
): Promise<ImportOutcome> {
  const fault: FaultSink = (found) => report.add(found)
  return makeLive(job, ports, report, async ({ credentials }) => {
    const taken: Taken[] = []
    const read = await each(CREDENTIALS, job, ports, report, async (at) => {
      taken.push(...(await stage(ports, credentials, at, fault)))
    })
    for (const { holder, row } of taken) {
      if (credentials.has(holder)) continue
      fault({ row, column: 'value', expected: 'nobody else’s: whose it was comes without it' })
    }
    return read
  })
}

async function stage(
  ports: ImportPorts,
  credentials: StagedCredentials,
  { record: { personId, shown }, row }: ReadRecord<PersonCredentials>,
  fault: FaultSink,
): Promise<readonly Taken[]> {
  const person = await findRecord(ports, 'person', personId)
  if (isRefusal(person)) fault({ row, column: 'personId', expected: 'a registered person' })
  if (!credentials.begin(personId)) {
    fault({ row, column: 'personId', expected: 'all rows of one id together' })
  }
  const registered = new RecordReading(ports)
  const taken: Taken[] = []
  for (const { kind, value, row } of shown) {
    if (!credentials.put({ kind, value, personId })) {
      fault({ row, column: 'value', expected: 'a credential once' })
    }
    const holder = await registered.holderOf(kind, value)
    if (holder?.isCurrent && holder.personId !== personId) {
      taken.push({ holder: holder.personId, row })
    }
  }
  return taken
}
