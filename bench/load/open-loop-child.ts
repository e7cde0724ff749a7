import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { type OpenLoopPlan, openLoop } from './open-loop.ts'

/** Before ordinary processes; the same for the group of a session, which Linux schedules as one. */
const PRIORITY = -10

// What else is at work must not delay a sending, or it would look like the server's delay. Who may
// not do so, or has no such file, measures without. The pacer starts later and inherits it.
for (const raise of [
  () => setPriority(PRIORITY),
  () => writeFileSync('/proc/self/autogroup', String(PRIORITY)),
]) {
  try {
    raise()
  } catch {}
}

/** The open-loop generator as a process of its own: a plan in, its result out, and the next. */
process.on('message', async (plan: OpenLoopPlan) => {
  process.send?.(await openLoop(plan))
})
// The bench is gone: so is the reason to go on.
process.on('disconnect', () => process.exit(1))
