import { Piscina } from 'piscina'
import decideShare, { type Decided, type DecideTask } from './audit-thread.ts'
import { moduleForPool } from './start-worker.ts'

export interface DecideAgain {
  readonly folder: string
  /** The last position. */
  readonly until: number
  /** 0: in the calling thread. */
  readonly threads: number
}

/** Settlements that are being decided again. */
export interface Deciding {
  /** How many of the journal's positions are done, in all threads together. */
  done(): number
  readonly outcome: Promise<readonly Decided[]>
}

/** What a decision makes is garbage before a generation of this size is full: hardly any of it is copied. */
const YOUNG_MB = 96

/** Decides all settlements of a data folder again, spread over threads; reads and books nothing. */
export function decideAll({ folder, until, threads }: DecideAgain): Deciding {
  if (threads === 0) return decideHere(folder, until)
  const pool = new Piscina<DecideTask, Decided>({
    ...moduleForPool('audit-thread'),
    minThreads: threads,
    maxThreads: threads,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  })
  const reached = new SharedArrayBuffer(4 * threads)
  const tasks = Array.from({ length: threads }, (_, share) =>
    pool.run({ folder, until, share, of: threads, reached }),
  )
  const cells = new Int32Array(reached)
  return {
    done: () => cells.reduce((sum, position) => sum + position, 0) / threads,
    outcome: Promise.all(tasks).finally(() => pool.destroy()),
  }
}

function decideHere(folder: string, until: number): Deciding {
  const task = { folder, until, share: 0, of: 1, reached: new SharedArrayBuffer(4) }
  return { done: () => 0, outcome: Promise.resolve([decideShare(task)]) }
}
