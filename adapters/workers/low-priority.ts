import { constants, setPriority } from 'node:os'
import { platform } from 'node:process'

/** For what somebody waits for, but not at a counter: it gets a tenth where all is taken. */
export const BUILDERS = constants.priority.PRIORITY_BELOW_NORMAL
/** For what is done at the counter, too, and takes long: it gets a quarter. */
export const LARGE_CLAIMS = 5

/** For what nobody waits for while others serve. */
export const DECIDING = constants.priority.PRIORITY_BELOW_NORMAL

/**
 * Puts this thread behind those who serve where all want the processor. `niceness` as nice(1) counts
 * it. Only Linux has priorities of single threads; elsewhere nothing happens.
 */
export function lowerPriority(niceness: number): void {
  if (platform !== 'linux') return
  try {
    setPriority(niceness)
  } catch {
    // Not allowed here: the work is done at the usual priority.
  }
}
