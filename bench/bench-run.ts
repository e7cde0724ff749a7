import type { ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import { hasEnded, type ServerChild, startServer } from './children/server-child.ts'
import { makeRunFolder } from './data-folders.ts'
import { autocannonClient } from './load/autocannon.ts'
import type { LoadClient } from './load/load.ts'
import { wrkClient } from './load/wrk.ts'
import type { BenchContext, KeyResult, Scenario } from './scenario.ts'
import type { Suite } from './suites.ts'

export interface BenchRunOptions {
  readonly suite: Suite
  readonly wrk: boolean
  readonly say: (text: string) => void
}

/** One run of the bench: owns every process and every folder that its scenarios need. */
export class BenchRun {
  readonly #options: BenchRunOptions
  readonly #children = new Set<ChildProcess>()
  readonly #folders = new Set<string>()

  constructor(options: BenchRunOptions) {
    this.#options = options
  }

  /** Runs one scenario and stops what it started, whatever came of it. */
  async run(scenario: Scenario): Promise<KeyResult> {
    const servers: ServerChild[] = []
    try {
      const result = await scenario.run(this.#contextFor(scenario, servers))
      // A server that cannot end cleanly has failed, too.
      for (const server of servers) await server.stop()
      return result
    } finally {
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

  #contextFor(scenario: Scenario, servers: ServerChild[]): BenchContext {
    const { suite, wrk, say } = this.#options
    const makeFolder = (name: string) => this.#makeFolder(name)
    const onStart = (child: ChildProcess) => this.#remember(child)
    const clients: LoadClient[] = [autocannonClient]
    if (wrk) clients.push(wrkClient(makeFolder, onStart))
    return {
      suite,
      clients,
      makeFolder,
      own: onStart,
      say: (text) => say(`${scenario.name}: ${text}`),
      async start(options) {
        const server = await startServer(options, onStart)
        servers.push(server)
        return server
      },
    }
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
