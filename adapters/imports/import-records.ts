import { isRefusal } from '../../engine/claim/outcomes.ts'
import type { RecordKind, Records } from '../../engine/counter/record-entry.ts'
import { RecordReading } from '../../engine/counter/record-reading.ts'
import { findRecord, membersOf } from '../../engine/counter/records.ts'
import { unequalGrades } from '../../engine/registry/household.ts'
import type { ApprovalRecord, PersonRecord } from '../../engine/registry/records.ts'
import type { Staging } from '../sqlite/registry-staging.ts'
import { APPROVALS } from './approvals.ts'
import type { FaultSink } from './cells.ts'
import type { FaultReport } from './fault-report.ts'
import { each, type ImportJob, type ImportOutcome, type ImportPorts } from './import-job.ts'
import { INSTITUTIONS } from './institutions.ts'
import { KeptFilings } from './kept-filings.ts'
import type { Layout } from './layout.ts'
import { makeLive } from './make-live.ts'
import { PEOPLE } from './people.ts'
import type { ReadRecord } from './read-records.ts'

const RECORDS = {
  people: { kind: 'person', layout: PEOPLE },
  institutions: { kind: 'institution', layout: INSTITUTIONS },
  approvals: { kind: 'approval', layout: APPROVALS },
} as const

/**
 * Puts whole records in the place of those before. Where a record stands as the last file brought it and
 * this one brings the same, it is left: a file of everybody, every day, adds what is new.
 */
export function importRecords(
  job: ImportJob & { readonly kind: keyof typeof RECORDS },
  ports: ImportPorts,
  report: FaultReport,
): Promise<ImportOutcome> {
  const fault: FaultSink = (found) => report.add(found)
  const { kind, layout } = RECORDS[job.kind]
  const fill = async (staging: Staging) => {
    let unchanged = 0
    const read = await each(
      layout as Layout<Records[RecordKind]>,
      job,
      ports,
      report,
      async (at) => {
        const leaves = await standsAlready(ports, staging, kind, at)
        if (leaves) unchanged += 1
        const isFirst = leaves ? staging.leave(kind, at.id) : staging.put(kind, at.record, at.row)
        if (!isFirst) {
          fault({ row: at.row, column: layout.idColumn, expected: 'all rows of one id together' })
        }
        if (kind === 'approval') await checkPerson(ports, at as ReadRecord<ApprovalRecord>, fault)
      },
    )
    if (kind === 'person') await checkHouseholds(ports, staging, fault)
    return { ...read, unchanged }
  }
  if (kind !== 'person') return makeLive(job, ports, report, fill)
  let filings: KeptFilings | undefined
  return makeLive(job, ports, report, fill, async (staging) => {
    filings ??= new KeptFilings(ports, staging)
    return [await filings.keep()]
  })
}

/** Whether the record is registered now just as the file has it, and came with a file. */
async function standsAlready(
  ports: ImportPorts,
  staging: Staging,
  kind: RecordKind,
  { id, record }: ReadRecord<Records[RecordKind]>,
): Promise<boolean> {
  const importNumber = staging.broughtBy(kind, record)
  if (importNumber === undefined) return false
  return new RecordReading(ports).isAsImported(kind, id, importNumber)
}

/** An approval belongs to a person, always the same one. */
async function checkPerson(
  ports: ImportPorts,
  { record, row }: ReadRecord<ApprovalRecord>,
  fault: FaultSink,
): Promise<void> {
  const person = await findRecord(ports, 'person', record.personId)
  if (isRefusal(person)) fault({ row, column: 'personId', expected: 'a registered person' })
  const now = await findRecord(ports, 'approval', record.approvalId)
  if (!isRefusal(now) && now.personId !== record.personId) {
    fault({ row, column: 'personId', expected: 'the person of the record before' })
  }
}

/** Every household that the file touches, with the members that it does not bring. */
async function checkHouseholds(
  ports: ImportPorts,
  staging: Staging,
  fault: FaultSink,
): Promise<void> {
  let household: { readonly id: string; brought: { person: PersonRecord; row: number }[] } = {
    id: '',
    brought: [],
  }
  const check = async () => {
    if (household.brought.length === 0) return
    const others = await membersOf(ports, household.id)
    const members = [
      ...household.brought.map(({ person }) => person),
      ...others.filter(({ personId }) => !staging.has('person', personId)),
    ]
    for (const { person, row } of household.brought) {
      for (const { expected } of unequalGrades(person, members)) {
        fault({ row, column: 'grade', expected })
      }
    }
  }
  for (const { householdId, personId, row } of staging.members()) {
    if (householdId !== household.id) {
      await check()
      household = { id: householdId, brought: [] }
    }
    household.brought.push({ person: staging.person(personId)!, row })
  }
  await check()
}
