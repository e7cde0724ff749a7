import type { MessagePort } from 'node:worker_threads'
import type { FoldReport } from '../../engine/ledger/folder.ts'

/** What a ledger thread is started with. */
export interface LedgerThreadData {
  readonly journalPath: string
  readonly statePath: string
  readonly cells: SharedArrayBuffer
  readonly foldLagMax?: number
  readonly batchMax?: number
  readonly foldBatch?: FoldBatching
}

/** Larger batches touch each page less often; whoever needs the fold waits so much longer for it. */
export interface FoldBatching {
  /** How long entries are gathered, in milliseconds. */
  readonly delayMs: number
  /** Entries that one transaction may hold. */
  readonly entries: number
  /** Entries between two checkpoints. */
  readonly checkpointEntries: number
}

/** From the host to the writer or the folding thread. */
export type Command =
  /** An acceptor's port (to the writer). */
  | { readonly kind: 'attach'; readonly port: MessagePort }
  /** The port between writer and folding thread: heads one way, folded positions the other. */
  | { readonly kind: 'pair'; readonly port: MessagePort }
  /** Finish what has arrived, close the files, and say `stopped`. */
  | { readonly kind: 'stop' }
  /** Say `halted` and touch no file any more: the process is about to end. */
  | { readonly kind: 'halt' }

/** From a ledger thread to the host. A thread that fails throws, and its worker dies. */
export type Notice =
  | { readonly kind: 'ready'; readonly report?: FoldReport }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'halted' }
