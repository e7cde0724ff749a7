import type { MessageKey, Subject } from './entry.ts'
import type { AppendResult, Guard } from './ports.ts'

/**
 * What travels between the acceptors' views, the writer and the folding side. Plain data. `id` is
 * the view's own number for the request; a reply repeats it.
 */

/** An entry packed by the acceptor, not yet at a position. */
export interface PackedEntry {
  readonly keys: readonly MessageKey[]
  readonly subjects: readonly Subject[]
  readonly body: Uint8Array
}

export type WriterRequest =
  | {
      readonly kind: 'append'
      readonly id: number
      readonly entries: readonly PackedEntry[]
      readonly guards: readonly Guard[]
    }
  | { readonly kind: 'find-key'; readonly id: number; readonly key: MessageKey }
  | { readonly kind: 'fetch'; readonly id: number; readonly subject: Subject }
  /** Answered when the folded store covers the position. */
  | { readonly kind: 'await-fold'; readonly id: number; readonly position: number }

/** The folding side's notice: the folded store covers everything up to the position. */
export interface FoldedNotice {
  readonly kind: 'folded'
  readonly position: number
}

/**
 * What a view needs to bring a subject up to date: the folded store covers at least `folded`, and
 * `positions` are all of the subject's entries from there up to `asOf`.
 */
export interface SubjectTail {
  readonly subject: Subject
  readonly folded: number
  readonly positions: readonly number[]
  readonly asOf: number
}

export type ShedReason = Extract<AppendResult, { outcome: 'shed' }>['reason']

export type Reply =
  | { readonly kind: 'appended'; readonly id: number; readonly firstPosition: number }
  | {
      readonly kind: 'known'
      readonly id: number
      readonly key: MessageKey
      readonly position: number
    }
  | { readonly kind: 'moved'; readonly id: number; readonly tails: readonly SubjectTail[] }
  | { readonly kind: 'shed'; readonly id: number; readonly reason: ShedReason }
  /** Position 0: no entry consumed the key. */
  | { readonly kind: 'key'; readonly id: number; readonly position: number }
  | { readonly kind: 'fetched'; readonly id: number; readonly tail: SubjectTail }
  | { readonly kind: 'fold-reached'; readonly id: number }
  /** The commit failed: nobody can say whether it is durable. The process is about to end. */
  | { readonly kind: 'unknown'; readonly id: number }
