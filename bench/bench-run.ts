import { type ChildProcess, execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { startServer } from './children/server-child.ts'
import { autocannonClient } from './load/autocannon.ts'
import type { LoadClient } from './load/load.ts'
import { OpenLoopProcesses } from './load/open-loop-processes.ts'
import { wrkClient } from './load/wrk.ts'
import type { BenchContext, KeyResult, Scenario } from './scenario.ts'
import { Scope } from './scope.ts'
import type { Suite, SuiteName } from './suites.ts'
import { isMet } from './target.ts'

export interface BenchRunOptions {
  readonly suiteName: SuiteName
  readonly suite: Suite
  readonly threads: number
  readonly wrk: boolean
  readonly say: (text: string) => void
}

interface Shared {
  readonly scope: Scope
  readonly made: Promise<unknown>
}

const OUTPUT_BYTES_MAX = 16 * 1024 * 1024

/** One run of the bench: owns every process and every folder that its scenarios need. */
export class BenchRun {
  readonly #options: BenchRunOptions
  #own = new Scope()
  #shared: Shared | undefined

  constructor(options: BenchRunOptions) {
    this.#options = options
  }

  /**
   * Runs one scenario and stops what it started, whatever came of it; what it shares with the next
   * one goes on when all went well.
   */
  async run(scenario: Scenario, next?: Scenario): Promise<KeyResult> {
    const over = new AbortController()
    try {
      const result = await Promise.race([
        scenario.run(this.#contextFor(scenario, this.#own)),
        this.#timeLimit(scenario, over.signal),
      ])
      // A server that cannot end cleanly has failed, too.
      await this.#own.stopServers()
      if (scenario.shares === undefined || scenario.shares !== next?.shares) await this.#endShared()
      const { target } = scenario
      return target === undefined ? result : { ...result, target, met: isMet(target, result) }
    } catch (error) {
      // The next one shall not meet what this one may have broken.
      this.cleanUp()
      throw error
    } finally {
      over.abort()
      this.#own.end()
      this.#own = new Scope()
    }
  }

  /** Ends every process by its pid and removes every folder; safe at any moment. */
  cleanUp(): void {
    this.#own.end()
    this.#shared?.scope.end()
    this.#shared = undefined
  }

  async #endShared(): Promise<void> {
    await this.#shared?.scope.stopServers()
    this.#shared?.scope.end()
    this.#shared = undefined
  }

  /** Rejects when the scenario takes too long; what it still awaits ends with its processes. */
  async #timeLimit({ limitSeconds }: Scenario, signal: AbortSignal): Promise<never> {
    const seconds = limitSeconds ?? this.#options.suite.scenarioSeconds
    await sleep(seconds * 1000, undefined, { signal, ref: false })
    throw new Error(`not done after ${seconds} s`)
  }

  #contextFor(scenario: Scenario, scope: Scope): BenchContext {
    const { suiteName, suite, threads, wrk, say } = this.#options
    const makeFolder = (name: string) => scope.makeFolder(name)
    const onStart = (child: ChildProcess) => scope.own(child)
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
        scope.servers.push(server)
        return server
      },
      runProgram: (script, args) => runProgram(script, args, onStart),
      shared: (make) => this.#share(scenario, make),
    }
  }

  #share<T>(scenario: Scenario, make: (context: BenchContext) => Promise<T>): Promise<T> {
    if (this.#shared === undefined) {
      const scope = new Scope()
      this.#shared = { scope, made: make(this.#contextFor(scenario, scope)) }
    }
    return this.#shared.made as Promise<T>
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
