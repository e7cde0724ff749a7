import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Refusal, refuse } from '../../engine/claim/outcomes.ts'
import { importKey } from '../../engine/counter/apply-import.ts'
import type { ImportKind } from '../../engine/counter/record-entry.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import { type Sealing, sealing } from '../codec/sealing.ts'
import { keyRingOf } from '../keys/key-ring.ts'
import type { ByteSource } from '../tabular/byte-source.ts'
import type { TableFormat } from '../tabular/table.ts'
import type { RowFault } from './cells.ts'
import type { ImportJob, ImportOutcome } from './import-job.ts'
import { type SealedPart, sealedPart } from './sealed-part.ts'

/** A file as its sender announces it. */
export interface ImportRequest {
  readonly kind: ImportKind
  readonly format: TableFormat
  readonly bytes: number
  readonly sha256: string
  readonly dryRun?: boolean
  /** Apply it once more though it was applied before. */
  readonly again?: boolean
}

export interface ImportStatus {
  readonly importId: string
  readonly kind: ImportKind
  readonly state: 'receiving' | 'checking' | 'refused' | 'checked' | 'applied' | 'failed'
  /** Bytes of the file that are here. */
  readonly received: number
  readonly rows: number
  readonly readBytes: number
  readonly records: number
  /** Records that stood as they are in the file. */
  readonly unchanged: number
  readonly position?: number
  readonly faultCount: number
  readonly faults: readonly RowFault[]
}

export interface ImportDeskOptions {
  readonly folder: string
  readonly ledger: Pick<Ledger, 'findKey'>
  readonly start: (job: ImportJob, onProgress: (rows: number, bytes: number) => void) => ImportRun
  /** Told why an import failed that should not have. */
  readonly onFailure: (error: unknown) => void
}

interface ImportRun {
  readonly outcome: Promise<ImportOutcome>
  stop(): Promise<void>
}

const SPOOL = 'imports'
const PART = '.part'

/** How many files are here that were not applied, wholly or in part. */
export function partsReceived(folder: string): number {
  const spool = join(folder, SPOOL)
  return existsSync(spool) ? readdirSync(spool).filter((name) => name.endsWith(PART)).length : 0
}

/** Where imports are received: in parts that can be resumed, then run one at a time. */
export class ImportDesk {
  readonly #options: ImportDeskOptions
  readonly #spool: string
  readonly #sealing: Sealing
  readonly #requests = new Map<string, ImportRequest>()
  readonly #statuses = new Map<string, ImportStatus>()
  /** Imports whose part is being written: parts come one after the other. */
  readonly #writing = new Set<string>()
  #running: ImportRun | undefined
  #busy = false

  constructor(options: ImportDeskOptions) {
    this.#options = options
    this.#spool = join(options.folder, SPOOL)
    this.#sealing = sealing(keyRingOf(options.folder, { make: true }))
  }

  /** Says where to go on sending; the same file again says how it stands with it. */
  async announce(request: ImportRequest, source: string): Promise<ImportStatus | Refusal> {
    const { kind, sha256, bytes, dryRun, again = false } = request
    if (again && kind === 'balances') return bookedOnce()
    const mode = `${again ? 'again-' : ''}${dryRun === true ? 'check-' : ''}`
    const importId = `${kind}-${mode}${sha256}`
    const position = await this.#options.ledger.findKey(importKey(kind, sha256))
    if (position !== undefined && !again) {
      return this.#put({ ...this.#fresh(importId, kind), state: 'applied', position })
    }
    const before = this.#statuses.get(importId)
    if (before?.state === 'checking') return before
    this.#requests.set(importId, request)
    mkdirSync(this.#spool, { recursive: true, mode: 0o700 })
    const { size: received } = this.#part(importId)
    const status = this.#put({ ...this.#fresh(importId, kind), received })
    return received >= bytes ? this.#receiveAll(importId, source) : status
  }

  /** Takes a part of the file that begins at `offset`; the last one starts the import. */
  async receive(
    importId: string,
    offset: number,
    part: Uint8Array,
    source: string,
  ): Promise<ImportStatus | Refusal> {
    const status = this.#statuses.get(importId)
    const request = this.#requests.get(importId)
    if (status === undefined || request === undefined) return notFound()
    if (status.state !== 'receiving') return status
    const { received } = status
    const end = offset + part.length
    if (offset !== received || end > request.bytes || this.#writing.has(importId)) {
      return refuse('import-part-misplaced', `The file is here up to byte ${received}.`, {
        more: { received },
      })
    }
    this.#writing.add(importId)
    try {
      await this.#part(importId).append(part)
    } finally {
      this.#writing.delete(importId)
    }
    const now = this.#put({ ...status, received: end })
    return end === request.bytes ? this.#receiveAll(importId, source) : now
  }

  /** How it stands with an import of this run of the engine, or with one that is applied. */
  async status(importId: string): Promise<ImportStatus | Refusal> {
    const known = this.#statuses.get(importId)
    if (known !== undefined) return known
    const [kind, hash] = importId.split('-') as [ImportKind, string]
    const position = await this.#options.ledger.findKey(importKey(kind, hash))
    if (position === undefined) return notFound()
    return { ...this.#fresh(importId, kind), state: 'applied', position }
  }

  /** All faults of a refused import, as CSV. */
  report(importId: string): string | Refusal {
    const status = this.#statuses.get(importId)
    if (status?.state !== 'refused') return notFound()
    return readFileSync(this.#reportFile(importId), 'utf8')
  }

  async close(): Promise<void> {
    await this.#running?.stop()
  }

  /** Compares the whole file with its announced hash and starts the import, unless one is running. */
  async #receiveAll(importId: string, source: string): Promise<ImportStatus | Refusal> {
    if (this.#busy) {
      return refuse('import-busy', 'One import at a time is checked and applied.')
    }
    const { kind, format, sha256, dryRun = false, again = false } = this.#requests.get(importId)!
    this.#busy = true
    const path = this.#file(importId)
    const status = this.#put({ ...this.#statuses.get(importId)!, state: 'checking' })
    if (!(await this.#isWhole(importId, sha256))) {
      rmSync(path, { force: true })
      this.#busy = false
      this.#statuses.delete(importId)
      return refuse('import-file-differs', 'The hash of what came is another; send it again.')
    }
    const reportFile = this.#reportFile(importId)
    const file = { kind, path, sealed: true, format, hash: sha256 }
    const job = { ...file, dryRun, again, source, reportFile }
    const run = this.#start(job, importId)
    this.#running = run
    run.outcome
      .then(
        (outcome) => this.#finish(importId, outcome),
        (error: unknown) => {
          this.#put({ ...this.#statuses.get(importId)!, state: 'failed' })
          this.#options.onFailure(error)
        },
      )
      .finally(() => {
        this.#running = undefined
        this.#busy = false
        rmSync(path, { force: true })
      })
    return status
  }

  /** One that cannot even be started has failed as any other, and the next one may come. */
  #start(job: ImportJob, importId: string): ImportRun {
    try {
      return this.#options.start(job, (rows, readBytes) => {
        this.#put({ ...this.#statuses.get(importId)!, rows, readBytes })
      })
    } catch (error) {
      return { outcome: Promise.reject(error), stop: async () => {} }
    }
  }

  /** What cannot be read any more (a disk that fails, a key that is gone) is not what was announced. */
  async #isWhole(importId: string, sha256: string): Promise<boolean> {
    try {
      return (await fileHash(this.#part(importId))) === sha256
    } catch (error) {
      this.#options.onFailure(error)
      return false
    }
  }

  #finish(importId: string, outcome: ImportOutcome): void {
    const { state, rows, records, unchanged, position, faultCount, faults } = outcome
    const { received, kind } = this.#statuses.get(importId)!
    const at = position === undefined ? {} : { position }
    const readBytes = received
    this.#put({
      importId,
      kind,
      state,
      received,
      rows,
      readBytes,
      records,
      unchanged,
      ...at,
      faultCount,
      faults,
    })
  }

  #put(status: ImportStatus): ImportStatus {
    this.#statuses.set(status.importId, status)
    return status
  }

  #fresh(importId: string, kind: ImportKind): ImportStatus {
    const counts = {
      received: 0,
      rows: 0,
      readBytes: 0,
      records: 0,
      unchanged: 0,
      faultCount: 0,
    }
    return { importId, kind, state: 'receiving', ...counts, faults: [] }
  }

  /** What is here of the file. */
  #part(importId: string): SealedPart {
    return sealedPart(this.#file(importId), this.#sealing)
  }

  #file(importId: string): string {
    return join(this.#spool, `${importId}${PART}`)
  }

  #reportFile(importId: string): string {
    return join(this.#spool, `${importId}.report.csv`)
  }
}

export async function fileHash(file: ByteSource): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(file.read(), hash)
  return hash.digest('hex')
}

/** What persons bring along is added up: a second time would double it. */
function bookedOnce(): Refusal {
  return refuse('invalid-request', 'Opening balances are booked once.', {
    errors: [{ pointer: '/again', code: 'not-for-balances' }],
  })
}

function notFound(): Refusal {
  return refuse('import-not-found', 'No such import was announced since the engine started.')
}
