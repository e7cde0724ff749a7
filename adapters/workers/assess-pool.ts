import { Piscina } from 'piscina'
import type { Assessment } from '../../engine/access/proposals.ts'
import type { Assess } from '../packs/four-eyes.ts'
import type { AssessTask } from './assess-thread.ts'
import { moduleForPool } from './start-worker.ts'

/** Proposals are few; after one the thread ends and its memory is given back. */
const IDLE_MS = 2_000

/** What a decision makes is garbage before a generation of this size is full. */
const YOUNG_MB = 64

/**
 * Assesses proposals in a thread that serves nobody and goes behind those who do. One: settlements
 * of a year hang together, and there is a processor left for cashiers.
 */
export function assessInWorker(
  rest: Pick<AssessTask, 'folder' | 'settlements' | 'threads'>,
): Assess {
  const pool = new Piscina<AssessTask, Assessment | undefined>({
    ...moduleForPool('assess-thread'),
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    atomics: 'disabled',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  })
  return ({ parts: proposed }, inForce) => {
    const stop = new SharedArrayBuffer(4)
    return {
      outcome: pool.run({ ...rest, proposed, inForce, stop }),
      stop: () => void Atomics.store(new Int32Array(stop), 0, 1),
    }
  }
}
