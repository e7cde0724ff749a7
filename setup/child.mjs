/**
 * Child processes of the set-up, and what a signal does to them. A child leads its own process
 * group, so that stopping npm also stops the compiler that npm has started.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Leaves stdout and stdin to the task: the set-up speaks on stderr only. */
export const ON_STDERR = ['ignore', 2, 2]

const SIGNALS = ['SIGINT', 'SIGTERM']
const GRACE_MS = 5_000

const running = new Set()
let received

/** An end the set-up foresaw: a sentence for the person, an exit code for the shell. */
export class Failure extends Error {
  constructor(message, code = 1) {
    super(message)
    this.code = code
  }
}

export function say(text) {
  process.stderr.write(`yizhan: ${text}\n`)
}

/** The script behind a command of node_modules, to be run with this Node and not another one. */
export const bin = (name) => join(ROOT, 'node_modules', '.bin', name)

/** From now on a signal stops the running child first and us after it. */
export function guardSignals() {
  for (const signal of SIGNALS) process.on(signal, stopAll)
}

/** Ends the guarding. A signal that came while we were busy is seen here and not lost. */
export async function handOverSignals() {
  await nextTurn()
  refuseIfSignalled()
  for (const signal of SIGNALS) process.off(signal, stopAll)
}

export function refuseIfSignalled() {
  if (received) throw new Failure(`stopped by ${received}`, 128 + constants.signals[received])
}

/**
 * Runs a program in the project's folder to its end and gives its exit code, 128 + n for signal n.
 * `onStart` gets the child, to read from it or to note its pid.
 */
export async function run(program, args, { onStart, ...options } = {}) {
  refuseIfSignalled()
  const child = spawn(program, args, { cwd: ROOT, detached: true, stdio: 'inherit', ...options })
  running.add(child)
  try {
    if (child.pid) onStart?.(child)
    const [code, signal] = await once(child, 'close')
    refuseIfSignalled()
    return code ?? 128 + constants.signals[signal]
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    throw new Failure(`cannot run ${program}: not found`, 127)
  } finally {
    running.delete(child)
    if (received) signalGroup(child, 'SIGKILL')
  }
}

function stopAll(signal) {
  received ??= signal
  for (const child of running) {
    signalGroup(child, signal)
    setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS).unref()
  }
}

function signalGroup(child, signal) {
  try {
    if (child.pid) process.kill(-child.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}
