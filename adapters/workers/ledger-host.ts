import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel, type Transferable, type Worker } from 'node:worker_threads'
import { BOARD_CELLS } from '../../engine/ledger/board.ts'
import type { FoldReport } from '../../engine/ledger/folder.ts'
import { type Ledger, UnknownOutcomeError } from '../../engine/ledger/ports.ts'
import { keyRingOf } from '../keys/key-ring.ts'
import { hasLog } from '../sqlite/file-format.ts'
import { refuseIncomplete } from '../sqlite/incomplete-folder.ts'
import { refuseUnknownFormats } from '../sqlite/known-formats.ts'
import { ownFolder } from '../sqlite/owner-lock.ts'
import { rewriteLog } from '../sqlite/rewrite-log.ts'
import { breakSeal, sealStates } from '../sqlite/state-seal.ts'
import { connectLedger, type LedgerConnection } from './acceptor.ts'
import type { Command, FoldBatching, LedgerThreadData, Notice } from './control.ts'
import { haltBeforeExit } from './exit-process.ts'
import { heardFrom } from './saying.ts'
import { startWorker } from './start-worker.ts'

export interface LedgerOptions {
  /** The data folder; made when it does not exist. */
  readonly folder: string
  /**
   * Called once when a commit or a thread has failed. Outcomes are unknown and nothing more will be
   * accepted: the process must end with an error, and what is durable is found at the next start.
   */
  readonly onFatal: (error: Error) => void
  /** Memory for the states that each connection keeps, in bytes. */
  readonly cacheBytes?: number
  /** Entries that may wait for the fold before appends are shed. */
  readonly foldLagMax?: number
  /** Entries that may wait for one commit before appends are shed. */
  readonly batchMax?: number
  /** How the fold follows: for somebody who books more than a city does. */
  readonly foldBatch?: FoldBatching
}

export interface OpenLedger extends Ledger {
  /** What the start found; `rebuilt` deserves an alarm. */
  readonly startReport: FoldReport
  /** False when whoever owned the folder before was cut off: it left a write-ahead log behind. */
  readonly endedInOrder: boolean
  /** A way for another thread to the same ledger: transfer its `port`, then `connectLedger`. */
  connect(): LedgerConnection
  /** Finishes what was accepted, folds it, and gives the folder free. */
  close(): Promise<void>
}

const CACHE_BYTES = 64 * 1024 * 1024

/** Becomes the owner of the folder and starts its writer and folding threads. */
export async function openLedger(options: LedgerOptions): Promise<OpenLedger> {
  const { folder, cacheBytes = CACHE_BYTES } = options
  mkdirSync(folder, { recursive: true })
  const lock = ownFolder(folder, process.pid)
  const cells = new SharedArrayBuffer(4 * BOARD_CELLS)
  const paths = ledgerPaths(folder)
  const { journalPath, statePath } = paths
  const leftBehind = [journalPath, statePath].filter(hasLog)
  const data: LedgerThreadData = {
    journalPath,
    statePath,
    cells,
    ...(options.foldLagMax === undefined ? {} : { foldLagMax: options.foldLagMax }),
    ...(options.batchMax === undefined ? {} : { batchMax: options.batchMax }),
    ...(options.foldBatch === undefined ? {} : { foldBatch: options.foldBatch }),
  }

  const threads: LedgerThread[] = []
  try {
    refuseIncomplete(folder, paths)
    refuseUnknownFormats(folder, paths)
    keyRingOf(folder, { make: true })
    // SQLite takes the log of an empty file away as soon as it is looked at.
    for (const path of leftBehind) if (hasLog(path)) rewriteLog(path)
    const isDamaged = breakSeal(statePath)
    // The tail is replayed before the writer exists: it starts on a fold that covers everything.
    const fold = new LedgerThread('fold-thread', data)
    threads.push(fold)
    const { report } = await fold.next('ready')
    const writer = new LedgerThread('writer-thread', data)
    threads.push(writer)
    await writer.next('ready')
    const pair = new MessageChannel()
    writer.send({ kind: 'pair', port: pair.port1 }, [pair.port1])
    fold.send({ kind: 'pair', port: pair.port2 }, [pair.port2])

    const connect = (): LedgerConnection => {
      const { port1, port2 } = new MessageChannel()
      writer.send({ kind: 'attach', port: port1 }, [port1])
      return { journalPath, statePath, cells, port: port2, cacheBytes }
    }
    const own = connectLedger(connect())
    const takeHaltBack = haltBeforeExit(() =>
      Promise.allSettled(threads.map((thread) => thread.halt())),
    )
    let fatal = false
    for (const thread of threads) {
      thread.watch((error) => {
        own.ledger.disconnect(new UnknownOutcomeError('the ledger has failed', { cause: error }))
        if (!fatal) options.onFatal(error)
        fatal = true
      })
    }

    const close = async (): Promise<void> => {
      await own.close()
      if (!fatal) {
        await writer.stop()
        await fold.stop()
      }
      await Promise.all(threads.map((thread) => thread.terminate()))
      takeHaltBack()
      if (!fatal) sealStates(statePath)
      lock.release()
    }
    const { ledger } = own
    return {
      startReport: isDamaged ? { ...report!, action: 'rebuilt' } : report!,
      endedInOrder: leftBehind.length === 0,
      connect,
      close,
      peek: (subject) => ledger.peek(subject),
      load: (subject) => ledger.load(subject),
      append: (request) => ledger.append(request),
      findKey: (key) => ledger.findKey(key),
      entry: (position) => ledger.entry(position),
      subjects: (prefix, after, limit) => ledger.subjects(prefix, after, limit),
      bookings: (institutionId, from, until) => ledger.bookings(institutionId, from, until),
      inTurn: (subjects, work) => ledger.inTurn(subjects, work),
      status: () => ledger.status(),
    }
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.terminate()))
    lock.release()
    throw error
  }
}

/** The files of a data folder, for those who only read: `openJournal`, `openStates`. */
export function ledgerPaths(folder: string): { journalPath: string; statePath: string } {
  return {
    journalPath: join(folder, 'journal.sqlite'),
    statePath: join(folder, 'state.sqlite'),
  }
}

/** A worker that is asked for notices and whose death is noticed. */
class LedgerThread {
  readonly #name: string
  readonly #worker: Worker
  #waiting: { kind: Notice['kind']; resolve: (notice: Notice) => void } | undefined
  #rejectWaiting: ((error: Error) => void) | undefined
  #ending = false
  #death: Error | undefined
  #onDeath: ((error: Error) => void) | undefined

  constructor(name: string, data: LedgerThreadData) {
    this.#name = name
    this.#worker = startWorker(name, data)
    this.#worker.on('message', (notice: Notice) => {
      if (this.#waiting?.kind === notice.kind) this.#waiting.resolve(notice)
    })
    this.#worker.on('error', (error) => this.#die(error))
    this.#worker.on('exit', (code) => this.#die(new Error(`${name} ended with ${code}`)))
  }

  send(command: Command, transfer: Transferable[] = []): void {
    this.#worker.postMessage(command, transfer)
  }

  next<Kind extends Notice['kind']>(kind: Kind): Promise<Extract<Notice, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      if (this.#death !== undefined) return reject(this.#death)
      this.#waiting = { kind, resolve: resolve as (notice: Notice) => void }
      this.#rejectWaiting = reject
    })
  }

  /** Calls back when the thread ends without having been told to. */
  watch(onDeath: (error: Error) => void): void {
    if (this.#death !== undefined) onDeath(this.#death)
    this.#onDeath = onDeath
  }

  /** Lets the thread finish. */
  async stop(): Promise<void> {
    this.#ending = true
    const stopped = this.next('stopped')
    this.send({ kind: 'stop' })
    await stopped
  }

  /** Resolves when the thread holds still, or has ended: nothing more can be asked of it. */
  async halt(): Promise<void> {
    const halted = this.next('halted')
    this.send({ kind: 'halt' })
    await halted
  }

  async terminate(): Promise<void> {
    this.#ending = true
    await this.#worker.terminate()
  }

  #die(error: unknown): void {
    if (this.#death !== undefined) return
    this.#death = heardFrom(this.#name, error)
    this.#rejectWaiting?.(this.#death)
    if (!this.#ending) this.#onDeath?.(this.#death)
  }
}
