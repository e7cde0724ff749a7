import type { Assessment } from '../../engine/access/proposals.ts'
import { assess, type Comparison } from '../audit/assess.ts'
import { openRecent, type RecentOptions } from '../audit/open-recent.ts'
import { givingWay } from './giving-way.ts'
import { BUILDERS, lowerPriority } from './low-priority.ts'
import { withWords } from './saying.ts'

export interface AssessTask extends Comparison, RecentOptions {
  /** The data folder. */
  readonly folder: string
  /** One cell of shared memory: not 0 when nobody wants to know any more. */
  readonly stop: SharedArrayBuffer
}

lowerPriority(BUILDERS)

/** Says what a proposal would change; reads the data folder and books nothing. */
export default async function assessOne(task: AssessTask): Promise<Assessment | undefined> {
  try {
    return await assessed(task)
  } catch (error) {
    throw withWords(error)
  }
}

async function assessed(task: AssessTask): Promise<Assessment | undefined> {
  const stop = new Int32Array(task.stop)
  if (Atomics.load(stop, 0) !== 0) return undefined
  const giveWay = givingWay(stop)
  const recent = openRecent(task.folder, task, giveWay)
  try {
    return await assess(recent.ports, recent.library, task, giveWay)
  } finally {
    recent.close()
  }
}
