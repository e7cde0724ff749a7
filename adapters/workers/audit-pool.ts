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
  /** Nothing that stands after the position needs to be decided any more. */
  endAt(position: number): void
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
  const { shared, done, endAt } = sharedBy(threads, until)
  const tasks = Array.from({ length: threads }, (_, share) =>
    pool.run({ folder, until, share, of: threads, ...shared }),
  )
  return {
    done,
    endAt,
    outcome: Promise.all(tasks).finally(() => pool.destroy()),
  }
}

function decideHere(folder: string, until: number): Deciding {
  const { shared, done, endAt } = sharedBy(1, until)
  const decided = decideShare({ folder, until, share: 0, of: 1, ...shared })
  return { done, endAt, outcome: Promise.resolve([decided]) }
}

/** How far each share is, and how far all of them go. */
function sharedBy(shares: number, until: number) {
  const shared = { reached: new SharedArrayBuffer(4 * shares), end: new SharedArrayBuffer(4) }
  const reached = new Int32Array(shared.reached)
  const end = new Int32Array(shared.end).fill(until)
  return {
    shared,
    done: () => reached.reduce((sum, position) => sum + position, 0) / shares,
    endAt: (position: number) => void Atomics.store(end, 0, position),
  }
}
