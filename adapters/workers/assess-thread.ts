import type { Assessment } from '../../engine/access/proposals.ts'
import { assess, type Comparison } from '../audit/assess.ts'
import { openRecent, type RecentOptions } from '../audit/open-recent.ts'
import { BUILDERS, lowerPriority } from './low-priority.ts'

export interface AssessTask extends Comparison, RecentOptions {
  /** The data folder. */
  readonly folder: string
  /** One cell of shared memory: not 0 when nobody wants to know any more. */
  readonly stop: SharedArrayBuffer
}

lowerPriority(BUILDERS)

/**
 * The thread works for so long and then lets go of the processor for so long. Of low priority or not,
 * Linux lets a thread work on for milliseconds when another one wakes; cashiers would wait for that.
 */
const WORK_MS = 1
const PAUSE_MS = 0.1

/** Says what a proposal would change; reads the data folder and books nothing. */
export default async function assessOne(task: AssessTask): Promise<Assessment | undefined> {
  const stop = new Int32Array(task.stop)
  if (Atomics.load(stop, 0) !== 0) return undefined
  let since = performance.now()
  const isStopped = () => {
    if (performance.now() - since < WORK_MS) return false
    const woken = Atomics.wait(stop, 0, 0, PAUSE_MS)
    since = performance.now()
    return woken !== 'timed-out'
  }
  const recent = openRecent(task.folder, task)
  try {
    return await assess(recent.ports, recent.library, task, isStopped)
  } finally {
    recent.close()
  }
}
