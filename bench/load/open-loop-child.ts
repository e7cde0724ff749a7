import { type OpenLoopPlan, openLoop } from './open-loop.ts'

/** The open-loop generator as a process of its own: one plan in, one result out. */
process.once('message', async (plan: OpenLoopPlan) => {
  const result = await openLoop(plan)
  process.send?.(result, () => process.exit(0))
})
// The bench is gone: so is the reason to go on.
process.on('disconnect', () => process.exit(1))
