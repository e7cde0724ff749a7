import type { ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import { hasEnded, type ServerChild } from './children/server-child.ts'
import { makeRunFolder } from './data-folders.ts'

/** Processes and folders that end together. */
export class Scope {
  readonly #children = new Set<ChildProcess>()
  readonly #folders = new Set<string>()
  readonly servers: ServerChild[] = []
  #ended = false

  own(child: ChildProcess): void {
    // Of a scenario that was given up and has not noticed yet.
    if (this.#ended) child.kill('SIGKILL')
    this.#children.add(child)
    child.on('exit', () => this.#children.delete(child))
  }

  makeFolder(name: string): string {
    const folder = makeRunFolder(name)
    this.#folders.add(folder)
    return folder
  }

  /** Ends the servers as they should end; throws when one cannot. */
  async stopServers(): Promise<void> {
    for (const server of this.servers) await server.stop()
  }

  /** Ends every process by its pid and removes every folder; safe at any moment. */
  end(): void {
    this.#ended = true
    for (const child of this.#children) if (!hasEnded(child)) child.kill('SIGKILL')
    this.#children.clear()
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
    this.#folders.clear()
  }
}
