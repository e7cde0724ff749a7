import { isRefusal } from '../../engine/claim/outcomes.ts'
import { RecordReading } from '../../engine/counter/record-reading.ts'
import { findRecord } from '../../engine/counter/records.ts'
import type { CredentialHolder } from '../../engine/counter/registry.ts'
import type { FaultSink } from './cells.ts'
import { CREDENTIALS, type PersonCredentials } from './credentials.ts'
import type { FaultReport } from './fault-report.ts'
import { each, type ImportJob, type ImportOutcome, type ImportPorts } from './import-job.ts'
import { makeLive } from './make-live.ts'

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
    let unchanged = 0
    const read = await each(CREDENTIALS, job, ports, report, async ({ record, row }) => {
      const { personId, shown } = record
      const person = await findRecord(ports, 'person', personId)
      if (isRefusal(person)) fault({ row, column: 'personId', expected: 'a registered person' })
      const holders = await holdersOf(ports, record)
      const leaves = showsAlready(record, holders) && credentials.count(personId) === shown.length
      if (leaves) unchanged += 1
      if (!(leaves ? credentials.leave(personId) : credentials.begin(personId))) {
        fault({ row, column: 'personId', expected: 'all rows of one id together' })
      }
      if (leaves) return
      for (const [index, { kind, value, row }] of shown.entries()) {
        if (!credentials.put({ kind, value, personId })) {
          fault({ row, column: 'value', expected: 'a credential once' })
        }
        const holder = holders[index]?.personId
        if (holder !== undefined && holder !== personId) taken.push({ holder, row })
      }
    })
    for (const { holder, row } of taken) {
      if (credentials.has(holder)) continue
      fault({ row, column: 'value', expected: 'nobody else’s: whose it was comes without it' })
    }
    return { ...read, unchanged }
  })
}

/** Who shows each of the credentials until now. */
async function holdersOf(
  ports: ImportPorts,
  { shown }: PersonCredentials,
): Promise<readonly (CredentialHolder | undefined)[]> {
  const registered = new RecordReading(ports)
  const holders: (CredentialHolder | undefined)[] = []
  for (const { kind, value } of shown) {
    const holder = await registered.holderOf(kind, value)
    holders.push(holder?.isCurrent ? holder : undefined)
  }
  return holders
}

/** Whether the person shows each of the credentials already, none of them named twice. */
function showsAlready(
  { personId, shown }: PersonCredentials,
  holders: readonly (CredentialHolder | undefined)[],
): boolean {
  const different = new Set(shown.map(({ kind, value }) => `${kind} ${value}`))
  return different.size === shown.length && holders.every((one) => one?.personId === personId)
}
