/**
 * What can be timed inside a process: something that answers a numbered question in one or more
 * ways. The questions are made before the clock runs, in the form that the subject likes best.
 */
export interface Subject {
  /** Questions `[0, count)` are answered to be compared, the first `timed` of them are timed. */
  readonly count: number
  readonly timed: number
  readonly modes: readonly ModeAttempt[]
}

/** A way of asking that may turn out to be impossible, at this size or at all. */
export interface ModeAttempt {
  readonly name: string
  /** Throws when it cannot be made; that is reported, and the other modes go on. */
  build(): Mode | Promise<Mode>
}

export interface Mode {
  /** How many questions are asked at once; 0 when the answer is there at once. */
  readonly inFlight: number
  /** Answers a question. Only this is timed. */
  decide(question: number): unknown
  /** What `decide` gave, in the form in which answers are compared: plain JSON. */
  answer(decided: unknown): unknown
}
