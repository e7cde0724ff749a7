/** What is said of one way in which a request can end. */
export interface OutcomeSource {
  readonly number: number
  readonly status: 400 | 401 | 403 | 404 | 406 | 409 | 413 | 415 | 422 | 500 | 503
  /** What happened, in a short English phrase. */
  readonly title: string
  /** The sentence for the cashier. */
  readonly message: string
  /** Whether the very same request may succeed later without anybody changing anything. */
  readonly retryable?: true
}
