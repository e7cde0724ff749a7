import type { Mode } from './subject.ts'

/** What a run of decisions took. */
export interface Run {
  readonly decisions: number
  readonly wallMs: number
  /** Of the whole process, all threads, the collector's included. */
  readonly cpuMs: number
}

/** Keeps the last answer, so that no compiler finds out that nobody looks at it. */
const kept: { answer: unknown } = { answer: undefined }

/** Asks questions in turn for about so many milliseconds. */
export async function timedRun(mode: Mode, questions: number, milliseconds: number): Promise<Run> {
  const cpuBefore = process.cpuUsage()
  const began = performance.now()
  const decisions =
    mode.inFlight === 0
      ? inTurn(mode, questions, milliseconds)
      : await inParallel(mode, questions, milliseconds)
  const wallMs = performance.now() - began
  const { user, system } = process.cpuUsage(cpuBefore)
  return { decisions, wallMs, cpuMs: (user + system) / 1000 }
}

/** The clock is looked at every ten milliseconds or so, not at every decision. */
const BATCH_MS = 10

function inTurn(mode: Mode, questions: number, milliseconds: number): number {
  const began = performance.now()
  let decisions = 0
  let batch = 1
  for (;;) {
    askBatch(mode, questions, decisions % questions, batch)
    decisions += batch
    const elapsed = performance.now() - began
    if (elapsed >= milliseconds) return decisions
    const left = Math.min(BATCH_MS, milliseconds - elapsed)
    batch = Math.max(1, Math.floor((decisions / elapsed) * left))
  }
}

function askBatch(mode: Mode, questions: number, first: number, count: number): void {
  let question = first
  for (let n = 0; n < count; n++) {
    kept.answer = mode.decide(question)
    if (++question === questions) question = 0
  }
}

async function inParallel(mode: Mode, questions: number, milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds
  let next = 0
  const asker = async () => {
    do {
      kept.answer = await mode.decide(next++ % questions)
    } while (performance.now() < end)
  }
  await Promise.all(Array.from({ length: mode.inFlight }, asker))
  return next
}
