/** What of a transaction is done here, for the table of `docs/nhsa.md`. */
export interface Implementation {
  /** Every input is read and heeded, every output answered, every refusal of the spec given. */
  readonly complete: boolean
  /** The state that it looks at: records, the visit, the ledger. */
  readonly reads: string
  /** What it books or changes. */
  readonly writes: string
}

/** By the codes of the spec, 2203A beside 2203. What is not in here is refused by its number. */
export const IMPLEMENTED: Readonly<Record<string, Implementation>> = {}
