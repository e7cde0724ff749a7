import { constants, setPriority } from 'node:os'
import { platform } from 'node:process'

/**
 * Lets the other threads go first, so that the work of this one does not delay those who
 * serve; a tenth of a busy processor is left to it. Only Linux has priorities of single threads;
 * elsewhere nothing happens.
 */
export function runAtLowPriority(): void {
  if (platform !== 'linux') return
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Not allowed here: the work is done at the usual priority.
  }
}
