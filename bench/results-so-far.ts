import { writeFileSync } from 'node:fs'
import type { BenchFile } from './report.ts'
import type { KeyResult } from './scenario.ts'

/** What a run has come to: in the file after every key, so that a run cut short keeps what it has. */
export class ResultsSoFar {
  readonly #meta: BenchFile['meta']
  readonly #file: string | undefined
  readonly #keys: Record<string, KeyResult> = {}
  readonly #failed: Record<string, string> = {}
  readonly #toCome: Set<string>

  /** `names` of all keys that are to be measured; without a `file` nothing is written. */
  constructor(meta: BenchFile['meta'], names: readonly string[], file?: string) {
    this.#meta = meta
    this.#file = file
    this.#toCome = new Set(names)
  }

  measured(name: string, result: KeyResult): void {
    this.#keys[name] = result
    this.#done(name)
  }

  failed(name: string, why: string): void {
    this.#failed[name] = why
    this.#done(name)
  }

  /** The run ends before its time: what has no figure yet will have none. */
  cutShort(why: string): void {
    for (const name of this.#toCome) this.#failed[name] = `not measured: ${why}`
    this.#toCome.clear()
    this.#write()
  }

  get all(): BenchFile {
    const lost = Object.keys(this.#failed).length > 0
    return { meta: this.#meta, keys: this.#keys, ...(lost ? { failed: this.#failed } : {}) }
  }

  #done(name: string): void {
    this.#toCome.delete(name)
    this.#write()
  }

  #write(): void {
    if (this.#file === undefined) return
    writeFileSync(this.#file, `${JSON.stringify(this.all, null, 2)}\n`)
  }
}
