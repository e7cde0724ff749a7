import { type ChildProcess, execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { hasEnded, type ServerChild, startServer } from './children/server-child.ts'
import { makeRunFolder } from './data-folders.ts'
import { autocannonClient } from './load/autocannon.ts'
import type { LoadClient } from './load/load.ts'
import { OpenLoopProcesses } from './load/open-loop-processes.ts'
import { wrkClient } from './load/wrk.ts'
import type { BenchContext, KeyResult, Scenario } from './scenario.ts'
import type { Suite, SuiteName } from './suites.ts'
import { isMet } from './target.ts'

export interface BenchRunOptions {
  readonly suiteName: SuiteName
  readonly suite: Suite
  readonly threads: number
  readonly wrk: boolean
  readonly say: (text: string) => void
}

const OUTPUT_BYTES_MAX = 16 * 1024 * 1024

/** One run of the bench: owns every process and every folder that its scenarios need. */
export class BenchRun {
  readonly #options: BenchRunOptions
  readonly #children = new Set<ChildProcess>()
  readonly #folders = new Set<string>()
  readonly #measured = new Map<string, unknown>()

  constructor(options: BenchRunOptions) {
    this.#options = options
  }

  /** Runs one scenario and stops what it started, whatever came of it. */
  async run(scenario: Scenario): Promise<KeyResult> {
    const servers: ServerChild[] = []
    const over = new AbortController()
    try {
      const result = await Promise.race([
        scenario.run(this.#contextFor(scenario, servers)),
        this.#timeLimit(scenario, over.signal),
      ])
      // A server that cannot end cleanly has failed, too.
      for (const server of servers) await server.stop()
      const { target } = scenario
      return target === undefined ? result : { ...result, target, met: isMet(target, result) }
    } finally {
      over.abort()
      this.cleanUp()
    }
  }

  /** Ends every process by its pid and removes every folder; safe at any moment. */
  cleanUp(): void {
    for (const child of this.#children) if (!hasEnded(child)) child.kill('SIGKILL')
    this.#children.clear()
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
    this.#folders.clear()
  }

  /** Rejects when the scenario takes too long; what it still awaits ends with its processes. */
  async #timeLimit({ limitSeconds }: Scenario, signal: AbortSignal): Promise<never> {
    const seconds = limitSeconds ?? this.#options.suite.scenarioSeconds
    await sleep(seconds * 1000, undefined, { signal, ref: false })
    throw new Error(`not done after ${seconds} s`)
  }

  #contextFor(scenario: Scenario, servers: ServerChild[]): BenchContext {
    const { suiteName, suite, threads, wrk, say } = this.#options
    const makeFolder = (name: string) => this.#makeFolder(name)
    const onStart = (child: ChildProcess) => this.#remember(child)
    const generators = new OpenLoopProcesses(onStart)
    const clients: LoadClient[] = [autocannonClient]
    if (wrk) clients.push(wrkClient(makeFolder, onStart))
    return {
      suiteName,
      suite,
      threads,
      clients,
      client: clients.at(-1)!,
      makeFolder,
      own: onStart,
      say: (text) => say(`${scenario.name}: ${text}`),
      openLoop: (plan) => generators.run(plan),
      async start(options) {
        const server = await startServer(options, onStart)
        servers.push(server)
        return server
      },
      runProgram: (script, args) => runProgram(script, args, onStart),
      once: (what, measure) => this.#once(what, measure),
    }
  }

  async #once<T>(what: string, measure: () => Promise<T>): Promise<T> {
    if (!this.#measured.has(what)) this.#measured.set(what, await measure())
    return this.#measured.get(what) as T
  }

  #remember(child: ChildProcess): void {
    this.#children.add(child)
    child.on('exit', () => this.#children.delete(child))
  }

  #makeFolder(name: string): string {
    const folder = makeRunFolder(name)
    this.#folders.add(folder)
    return folder
  }
}

function runProgram(
  script: string,
  args: readonly string[],
  onStart: (child: ChildProcess) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: OUTPUT_BYTES_MAX }
    const child = execFile(process.execPath, [script, ...args], options, (error, out, err) => {
      if (error !== null) reject(new Error(`${error.message}\n${err}`))
      else resolve(out)
    })
    onStart(child)
  })
}
