/** What of a transaction is done here, for the table of `docs/nhsa.md`. */
export interface Implementation {
  /** Every input is read and heeded, every output answered, every refusal of the spec given. */
  readonly complete: boolean
  /** The state that it looks at: records, the visit, the ledger. */
  readonly reads: string
  /** What it books or changes. */
  readonly writes: string
}

/** By transaction, without suffix. What is not in here is refused by its name. */
export const IMPLEMENTED: Readonly<Record<string, Implementation>> = {}
