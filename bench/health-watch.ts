import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerChild } from './children/server-child.ts'
import { Latencies } from './load/latencies.ts'

const EVERY_MS = 100
const PATHS = ['/health/live', '/health/ready', '/metrics']

/** Asks a server of ours in turn whether it lives, while something else goes on. */
export class HealthWatch {
  readonly #address: string
  readonly #latencies = new Latencies()
  #failed = 0

  constructor({ address }: ServerChild) {
    this.#address = address
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    const over = new AbortController()
    const watching = this.#watch(over.signal)
    try {
      return await work()
    } finally {
      over.abort()
      await watching
    }
  }

  /** Further figures of a key. */
  get also(): { readonly healthP99Ms: number; readonly healthFailed: number } {
    return { healthP99Ms: this.#latencies.at(99), healthFailed: this.#failed }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    for (let turn = 0; !signal.aborted; turn++) {
      const began = performance.now()
      try {
        const answer = await fetch(this.#address + PATHS[turn % PATHS.length])
        await answer.text()
        if (answer.status !== 200) this.#failed += 1
      } catch {
        this.#failed += 1
      }
      this.#latencies.add(performance.now() - began)
      await sleep(EVERY_MS)
    }
  }
}
