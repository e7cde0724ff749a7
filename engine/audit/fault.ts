import type { RowFault } from '../ledger/verify.ts'

/**
 * What does not hold. Of a row: `RowFault`; `fold`: its entry cannot follow those before it. Of an
 * entry: `reads`: its decision leaned on sums that the entries before do not make; `reversal`: it
 * does not negate what it names; `decision`: decided again on what its row keeps, it comes out
 * otherwise; `not-decided`: what it was decided on cannot be had; `data-read`: who was shown what does
 * not follow what was kept before; `approval`: rules came into force without the second person. Of
 * what is derived: `state`, `key`, `booking`, `visit`. Of what stands beside the journal: `policy`: a
 * kept version is not the one that the entry put in force; `registry`; `truncated`, `rewritten`: the
 * journal against what was known of it; `head`: a head that was not signed by whom it should be.
 */
export type FaultKind =
  | RowFault
  | 'fold'
  | 'reads'
  | 'reversal'
  | 'decision'
  | 'not-decided'
  | 'state'
  | 'key'
  | 'booking'
  | 'visit'
  | 'data-read'
  | 'policy'
  | 'approval'
  | 'registry'
  | 'truncated'
  | 'rewritten'
  | 'head'

export interface Fault {
  /** Of the row that differs, or that the difference is about. */
  readonly position: number
  readonly kind: FaultKind
  /** A sentence for the auditor; names no person. */
  readonly what: string
}

/** All faults are counted; those that are kept are told. */
const FAULTS_KEPT = 1_000

export class Faults {
  readonly #kept: Fault[] = []
  count = 0

  add(position: number, kind: FaultKind, what: string): void {
    this.count += 1
    if (this.#kept.length < FAULTS_KEPT) this.#kept.push({ position, kind, what })
  }

  /** The first row that differs comes first. */
  inOrder(): Fault[] {
    return [...this.#kept].sort((one, other) => one.position - other.position)
  }
}
