import { type ActsAsked, listActs } from '../../engine/access/list-acts.ts'
import { listReads, type Page, type ReadsAsked, rowAnswer } from '../../engine/access/list-reads.ts'
import { isRefusal, type Refusal } from '../../engine/claim/outcomes.ts'
import { openReadOnlyLedger } from '../audit/read-only-ledger.ts'
import { csvCell } from '../packs/catalogue-csv.ts'
import { KEY_VARIABLE, keyOfCaller, serverCaller } from './server-call.ts'

export interface ListOptions {
  readonly data: string
  /** Rows of CSV with a header; a JSON object a line otherwise. */
  readonly csv: boolean
  /** The running server to be asked, which keeps that it was. */
  readonly server?: string
}

/** A list that an auditor asks for: of reads or of acts. */
export type AuditList =
  | { readonly of: 'reads'; readonly asked: ReadsAsked }
  | { readonly of: 'acts'; readonly asked: ActsAsked }

type Row = Readonly<Record<string, unknown>>

const COLUMNS = {
  reads: ['at', 'role', 'by', 'way', 'what', 'personId', 'id', 'times', 'position'],
  acts: ['at', 'role', 'by', 'act', 'subject', 'details', 'position'],
} as const

/** Writes the whole list, page by page: out of the folder, read only, or as the server answers it. */
export async function printList(list: AuditList, options: ListOptions): Promise<void> {
  const { of } = list
  if (options.csv) write(COLUMNS[of].join())
  const rows =
    options.server === undefined ? rowsHere(list, options.data) : rowsThere(list, options.server)
  for await (const row of rows) {
    write(
      options.csv ? COLUMNS[of].map((column) => cellOf(row, column)).join() : JSON.stringify(row),
    )
  }
}

async function* rowsHere({ of, asked }: AuditList, data: string): AsyncGenerator<Row> {
  const { ledger, unfolded, close } = openReadOnlyLedger(data)
  // Nobody else waits for this process.
  const ports = { ledger, pause: async () => {} }
  try {
    if (unfolded > 0) {
      process.stderr.write(`the last ${unfolded} entries are not folded yet and not looked at\n`)
    }
    for (let after = asked.after; ; ) {
      const at = after === undefined ? asked : { ...asked, after }
      const page: Page<{ at: number }> | Refusal =
        of === 'reads' ? await listReads(ports, at) : await listActs(ports, at)
      if (isRefusal(page)) throw new Error(page.detail)
      yield* page.rows.map(rowAnswer)
      if (page.next === undefined) return
      after = page.next
    }
  } finally {
    close()
  }
}

async function* rowsThere({ of, asked }: AuditList, server: string): AsyncGenerator<Row> {
  const key = keyOfCaller()
  if (key === undefined) {
    throw new Error(`${KEY_VARIABLE} must hold a key of the role auditor for ${server}`)
  }
  const call = serverCaller(server, key)
  const query = new URLSearchParams(asked as unknown as Record<string, string>)
  for (;;) {
    const page = await call<{ reads?: Row[]; acts?: Row[]; next?: string }>(
      'GET',
      `/v1/audit/${of}?${query}`,
    )
    yield* page[of] ?? []
    if (page.next === undefined) return
    query.set('after', page.next)
  }
}

function cellOf(row: Row, column: string): string {
  const by = row['by'] as { readonly role?: string; readonly id: string }
  const value = column === 'role' ? by.role : column === 'by' ? by.id : row[column]
  if (value === undefined || value === null) return ''
  return csvCell(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

function write(line: string): void {
  process.stdout.write(`${line}\n`)
}
