import { setTimeout as sleep } from 'node:timers/promises'
import { type NewAct, recordAct } from '../../engine/access/acts.ts'
import { isRefusal } from '../../engine/claim/outcomes.ts'
import {
  activateBalances,
  activateRecords,
  importKey,
  nextImportNumber,
} from '../../engine/counter/apply-import.ts'
import type { Opening } from '../../engine/counter/openings.ts'
import type { CounterPorts } from '../../engine/counter/ports.ts'
import type { ImportKind, RecordKind, Records } from '../../engine/counter/record-entry.ts'
import { findRecord, membersOf } from '../../engine/counter/records.ts'
import { unequalGrades } from '../../engine/registry/household.ts'
import type { ApprovalRecord, PersonRecord } from '../../engine/registry/records.ts'
import { sealing } from '../codec/sealing.ts'
import { keyRingOf } from '../keys/key-ring.ts'
import { openStaging, type Staging } from '../sqlite/registry-staging.ts'
import type { TableFormat } from '../tabular/table.ts'
import { APPROVALS } from './approvals.ts'
import { BALANCES } from './balances.ts'
import type { FaultSink, RowFault } from './cells.ts'
import { FaultReport } from './fault-report.ts'
import { INSTITUTIONS } from './institutions.ts'
import { KeptFilings } from './kept-filings.ts'
import type { Layout } from './layout.ts'
import { PEOPLE } from './people.ts'
import { type ReadProgress, type ReadRecord, readRecords } from './read-records.ts'
import { sealedPart } from './sealed-part.ts'

/** A file that is to be imported. Plain data: it travels to another thread. */
export interface ImportJob {
  readonly kind: ImportKind
  readonly path: string
  /** It lies in the data folder as it was received. */
  readonly sealed?: boolean
  readonly format: TableFormat
  /** SHA-256 of the file, hexadecimal: the same file is applied once. */
  readonly hash: string
  /** Check everything and apply nothing. */
  readonly dryRun: boolean
  /** Who imports it. */
  readonly source: string
  /** Where all faults are written, as CSV. */
  readonly reportFile?: string
}

export interface ImportOutcome {
  readonly state: 'applied' | 'checked' | 'refused'
  /** The file had been applied before, and nothing was done. */
  readonly before: boolean
  readonly rows: number
  readonly records: number
  /** Where the journal made it live. */
  readonly position?: number
  readonly faultCount: number
  /** The first ones. */
  readonly faults: readonly RowFault[]
}

/** What an import needs of the world. */
export interface ImportPorts extends Pick<CounterPorts, 'ledger' | 'records' | 'now'> {
  /** The data folder. */
  readonly folder: string
  onProgress(progress: Readonly<ReadProgress>): void
}

/** The openings of one file are booked in one commit, which must not hold up the writer for long. */
const BALANCES_MAX = 200_000
const RECORDS_PER_REPORT = 2_000
const SHED_PAUSE_MS = 50

/**
 * Reads the whole file, checks every row, and makes it live by one entry of the journal; or, with
 * any fault, changes nothing. A process that dies on the way has changed nothing either: run again,
 * the import begins anew, or says that the file is applied already.
 */
export async function runImport(job: ImportJob, ports: ImportPorts): Promise<ImportOutcome> {
  const position = await ports.ledger.findKey(importKey(job.kind, job.hash))
  if (position !== undefined) {
    return {
      state: 'applied',
      before: true,
      rows: 0,
      records: 0,
      position,
      faultCount: 0,
      faults: [],
    }
  }
  const report = new FaultReport(job.reportFile)
  try {
    const outcome =
      job.kind === 'balances'
        ? await importBalances(job, ports, report)
        : await importRecords(job, job.kind, ports, report)
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

const RECORDS = {
  people: { kind: 'person', layout: PEOPLE },
  institutions: { kind: 'institution', layout: INSTITUTIONS },
  approvals: { kind: 'approval', layout: APPROVALS },
} as const

async function importRecords(
  job: ImportJob,
  imported: keyof typeof RECORDS,
  ports: ImportPorts,
  report: FaultReport,
): Promise<ImportOutcome> {
  const { ledger, records } = ports
  const importNumber = await nextImportNumber(ledger, records)
  const staging = openStaging(ports.folder, importNumber)
  try {
    const fault: FaultSink = (found) => report.add(found)
    const { kind, layout } = RECORDS[imported]
    const read = await each(
      layout as Layout<Records[RecordKind]>,
      job,
      ports,
      report,
      async (at) => {
        if (!staging.put(kind, at.record, at.row)) {
          fault({ row: at.row, column: layout.idColumn, expected: 'all rows of one id together' })
        }
        if (imported === 'approvals')
          await checkPerson(ports, at as ReadRecord<ApprovalRecord>, fault)
      },
    )
    if (imported === 'people') await checkHouseholds(ports, staging, fault)
    if (report.count > 0 || job.dryRun) return outcomeOf(job, read, report)
    const checked = { kind: imported, hash: job.hash, records: read.records }
    const filings = new KeptFilings(ports, staging)
    for (;;) {
      const guards = imported === 'people' ? [await filings.keep()] : []
      staging.keep()
      const position = await activateRecords(
        ledger,
        checked,
        importNumber,
        job.source,
        ports.now(),
        pause,
        guards,
      )
      if (position !== undefined) return { ...outcomeOf(job, read, report), position }
    }
  } finally {
    staging.close()
  }
}

async function importBalances(
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

interface Read {
  readonly rows: number
  readonly records: number
}

/** Reads all records, telling now and then how far it has come. */
async function each<T>(
  layout: Layout<T>,
  job: ImportJob,
  ports: ImportPorts,
  report: FaultReport,
  take: (at: ReadRecord<T>) => Promise<void>,
): Promise<Read> {
  const progress: ReadProgress = { rows: 0, bytes: 0 }
  let records = 0
  const { path, format, sealed = false } = job
  const content = sealed ? sealedPart(path, sealing(keyRingOf(ports.folder))) : path
  const found = readRecords(layout, { content, format }, (fault) => report.add(fault), progress)
  for await (const at of found) {
    await take(at)
    records += 1
    if (records % RECORDS_PER_REPORT === 0) ports.onProgress({ ...progress })
  }
  ports.onProgress({ ...progress })
  return { rows: progress.rows, records }
}

function outcomeOf({ dryRun }: ImportJob, read: Read, report: FaultReport): ImportOutcome {
  const faultless = report.count === 0
  return {
    state: faultless ? (dryRun ? 'checked' : 'applied') : 'refused',
    before: false,
    ...read,
    faultCount: report.count,
    faults: report.first,
  }
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

const pause = () => sleep(SHED_PAUSE_MS)
