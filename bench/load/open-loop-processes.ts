import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ANSWER_TIMEOUT_SECONDS } from './load.ts'
import type { OpenLoopPlan, OpenLoopResult } from './open-loop.ts'

const SCRIPT = fileURLToPath(new URL('./open-loop-child.js', import.meta.url))
const GRACE_SECONDS = 20

/**
 * Runs the generator in processes of its own, undisturbed by whatever else the bench does. They are
 * kept for the next plan: a generator whose code is not compiled yet would be late at first.
 */
export class OpenLoopProcesses {
  readonly #onStart: (child: ChildProcess) => void
  readonly #idle: ChildProcess[] = []

  constructor(onStart: (child: ChildProcess) => void) {
    this.#onStart = onStart
  }

  async run(plan: OpenLoopPlan): Promise<OpenLoopResult> {
    const child = this.#idle.pop() ?? this.#start()
    const result = await resultOf(child, plan)
    this.#idle.push(child)
    return result
  }

  #start(): ChildProcess {
    // In a session of its own, as Linux divides the time among sessions first.
    const child = fork(SCRIPT, { serialization: 'advanced', detached: true })
    this.#onStart(child)
    return child
  }
}

function resultOf(child: ChildProcess, plan: OpenLoopPlan): Promise<OpenLoopResult> {
  return new Promise((resolve, reject) => {
    const limit = plan.seconds + ANSWER_TIMEOUT_SECONDS + GRACE_SECONDS
    const timer = setTimeout(() => child.kill('SIGKILL'), limit * 1000)
    const onExit = (code: number | null, signal: string | null) => {
      clearTimeout(timer)
      reject(new Error(`the open-loop generator ended with ${code ?? signal}`))
    }
    child.once('error', reject)
    child.once('exit', onExit)
    child.once('message', (result) => {
      clearTimeout(timer)
      child.off('error', reject)
      child.off('exit', onExit)
      resolve(result as OpenLoopResult)
    })
    child.send(plan)
  })
}
