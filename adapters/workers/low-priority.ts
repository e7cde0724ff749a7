import { constants, setPriority } from 'node:os'
import { platform } from 'node:process'

/**
 * Lets this thread run when no other wants the processor, so that its work does not delay those who
 * serve. Only Linux has priorities of single threads; elsewhere nothing happens.
 */
export function runAtLowPriority(): void {
  if (platform !== 'linux') return
  try {
    setPriority(constants.priority.PRIORITY_LOW)
  } catch {
    // Not allowed here: the work is done at the usual priority.
  }
}
