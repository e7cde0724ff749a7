import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { CpuAnswer } from './channel.ts'

export interface StartOptions {
  readonly title: string
  /** A compiled program that prints the address it listens on. */
  readonly script: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The working folder: no settings of whoever runs the bench are found there. */
  readonly folder: string
  readonly readySeconds: number
}

/** A server in a process of its own. */
export interface ServerChild {
  readonly title: string
  readonly pid: number
  /** `http://127.0.0.1:1234` */
  readonly address: string
  /** CPU time of the whole process so far, all threads, in microseconds. */
  cpuMicros(): Promise<number>
  /**
   * SIGTERM and, if that does not end it, SIGKILL; throws when it ended badly or before.
   * A second time does nothing.
   */
  stop(): Promise<void>
}

const CHANNEL = new URL('./channel.js', import.meta.url).href
const STOP_MS = 20_000
const MESSAGE_MS = 10_000
const OUTPUT_KEPT = 8_000

/** Starts a server and waits for its address. `onStart` gets the process, to end it by its pid. */
export async function startServer(
  options: StartOptions,
  onStart: (child: ChildProcess) => void,
): Promise<ServerChild> {
  const { title, script, args, env, folder, readySeconds } = options
  const child = spawn(process.execPath, ['--import', CHANNEL, script, ...args], {
    cwd: folder,
    env: { ...ownEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  onStart(child)
  const output = keepOutput(child)
  const address = await addressOf(child, readySeconds * 1000).catch((error: Error) => {
    child.kill('SIGKILL')
    throw new Error(`${title}: ${error.message}\n${output()}`)
  })
  let stopped = false
  const assertAlive = () => {
    if (!hasEnded(child)) return
    throw new Error(`${title} died (${child.signalCode ?? child.exitCode})\n${output()}`)
  }
  return {
    title,
    pid: child.pid!,
    address,
    async cpuMicros() {
      assertAlive()
      const answered = nextMessage(child)
      child.send('cpu')
      const { cpuMicros } = (await answered.catch((error: Error) => {
        assertAlive()
        throw new Error(`${title}: ${error.message}\n${output()}`)
      })) as CpuAnswer
      return cpuMicros
    },
    async stop() {
      if (stopped) return
      assertAlive()
      stopped = true
      const ended = once(child, 'exit')
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      child.kill('SIGTERM')
      const [code, signal] = await ended
      clearTimeout(killer)
      const byUs = signal === 'SIGTERM'
      if (code !== 0 && !byUs) throw new Error(`${title} ended with ${code ?? signal}\n${output()}`)
    },
  }
}

/** Rejects when the child ends before it, or says nothing. */
async function nextMessage(child: ChildProcess): Promise<unknown> {
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(MESSAGE_MS)])
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error('it ended')
  })
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended])
    return message
  } finally {
    over.abort()
  }
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Without the settings that the person who runs the bench may have for a server of their own. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env)
  const kept = entries.filter(([name]) => !/^(YIZHAN_|PORT$|HOST$|NODE_OPTIONS$)/.test(name))
  return { ...Object.fromEntries(kept), YIZHAN_LOG_LEVEL: 'warn' }
}

/** The end of what it writes, in case it fails. */
function keepOutput(child: ChildProcess): () => string {
  let kept = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      kept = (kept + text).slice(-OUTPUT_KEPT)
    })
  }
  return () => kept
}

function addressOf(child: ChildProcess, limitMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => reject(new Error(`not ready after ${limitMs} ms`)), limitMs)
    child.stdout!.on('data', (more: string) => {
      text = (text + more).slice(-OUTPUT_KEPT)
      const address = /http:\/\/[\d.]+:\d+(?=\D)/.exec(text)?.[0]
      if (address === undefined) return
      clearTimeout(timer)
      resolve(address)
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      reject(new Error(`ended with ${code ?? signal} before it was ready`))
    })
  })
}
