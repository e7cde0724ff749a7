import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ANSWER_TIMEOUT_SECONDS } from './load.ts'
import type { OpenLoopPlan, OpenLoopResult } from './open-loop.ts'

const SCRIPT = fileURLToPath(new URL('./open-loop-child.js', import.meta.url))
const GRACE_SECONDS = 20

/** Runs the generator in a process of its own, undisturbed by whatever else the bench does. */
export function openLoopProcess(
  plan: OpenLoopPlan,
  onStart: (child: ChildProcess) => void,
): Promise<OpenLoopResult> {
  return new Promise((resolve, reject) => {
    const child = fork(SCRIPT, { serialization: 'advanced' })
    onStart(child)
    const limit = plan.seconds + ANSWER_TIMEOUT_SECONDS + GRACE_SECONDS
    const timer = setTimeout(() => child.kill('SIGKILL'), limit * 1000)
    child.once('message', (result) => {
      resolve(result as OpenLoopResult)
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      // After the result this changes nothing.
      reject(new Error(`the open-loop generator ended with ${code ?? signal}`))
    })
    child.send(plan)
  })
}
