import type { Worker } from 'node:worker_threads'
import type { CatalogueRow } from '../../engine/policy/catalogue.ts'
import type { PolicyReader } from '../packs/policy-reader.ts'
import type { FoundPack } from '../packs/read-policy.ts'
import type { ReadCalendar } from '../packs/read-rules.ts'
import { startWorker } from './start-worker.ts'

/** From the reading thread to its host. */
export type PolicyNotice =
  | {
      readonly kind: 'found'
      readonly errors: readonly string[]
      readonly packs: readonly FoundPack[]
      readonly catalogues: readonly { id: string; hash: string; fresh: boolean }[]
      readonly calendar?: ReadCalendar
    }
  | { readonly kind: 'rows'; readonly rows: readonly CatalogueRow[] }

/**
 * Reads in a thread that lives for this one reading: whatever it takes, and even if it dies of it,
 * the thread that serves goes on, and the memory is given back.
 */
export const readInWorker: PolicyReader = async (request) => {
  const thread = new ReadingThread(startWorker('policy-thread', request))
  try {
    const { errors, packs, catalogues, calendar } = await thread.next('found')
    return {
      errors,
      packs,
      catalogues: catalogues.map(({ id, hash, fresh }) =>
        fresh ? { id, hash, rows: rowsOf(thread) } : { id, hash },
      ),
      ...(calendar === undefined ? {} : { calendar }),
      close: () => thread.end(),
    }
  } catch (error) {
    await thread.end()
    throw error
  }
}

/** The next piece is asked for when the one before has been taken, so that none pile up. */
async function* rowsOf(thread: ReadingThread): AsyncGenerator<readonly CatalogueRow[]> {
  for (;;) {
    thread.ask()
    const { rows } = await thread.next('rows')
    if (rows.length === 0) return
    yield rows
  }
}

/** A worker of which one notice at a time is awaited. */
class ReadingThread {
  readonly #worker: Worker
  #take: ((notice: PolicyNotice) => void) | undefined
  #fail: ((error: Error) => void) | undefined
  #death: Error | undefined

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (notice: PolicyNotice) => this.#take?.(notice))
    worker.on('error', (error) => this.#die(error))
    worker.on('exit', () => this.#die(new Error('the thread that reads the rules ended')))
  }

  ask(): void {
    this.#worker.postMessage('next')
  }

  next<Kind extends PolicyNotice['kind']>(
    kind: Kind,
  ): Promise<Extract<PolicyNotice, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      if (this.#death !== undefined) return reject(this.#death)
      this.#fail = reject
      this.#take = (notice) => {
        if (notice.kind === kind) resolve(notice as Extract<PolicyNotice, { kind: Kind }>)
        else reject(new TypeError(`${notice.kind} came instead of ${kind}`))
      }
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #die(error: unknown): void {
    this.#death ??= error instanceof Error ? error : new Error(String(error))
    this.#fail?.(this.#death)
  }
}
