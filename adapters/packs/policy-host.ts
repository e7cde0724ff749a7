import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { knownSince } from '../../engine/counter/activate.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import type { Catalogue } from '../../engine/policy/catalogue.ts'
import type { Pack } from '../../engine/policy/compile.ts'
import type { PackSource } from '../../engine/policy/pack.ts'
import type { LivePack, Policy } from '../../engine/policy/policy.ts'
import { loadCatalogue } from './load-catalogue.ts'
import { PackLibrary } from './pack-library.ts'
import { readRules } from './read-rules.ts'

export interface PolicyHostOptions {
  readonly rulesFolder: string
  /** Holds `catalogue/<id>.csv` and the library of versions. */
  readonly dataFolder: string
  readonly ledger: Ledger
  readonly now: () => number
}

/** The rules as they were read, when they were without errors; otherwise every error. */
type Loaded =
  | {
      readonly packs: readonly { source: PackSource; pack: Pack }[]
      catalogues: Map<string, Catalogue>
    }
  | { readonly errors: readonly string[] }

/** Holds the policy in force and swaps all of it at once. */
export class PolicyHost {
  readonly #options: PolicyHostOptions
  readonly #library: PackLibrary
  #policy: Policy = { packs: [], catalogues: new Map() }

  constructor(options: PolicyHostOptions) {
    this.#options = options
    this.#library = new PackLibrary(options.dataFolder)
  }

  get policy(): Policy {
    return this.#policy
  }

  packByHash(hash: string): Pack | undefined {
    return this.#library.pack(hash)
  }

  /**
   * Reads and checks all rules and catalogues, keeps them by hash, and puts them in force. With
   * errors nothing changes and they are returned.
   */
  async reload(): Promise<readonly string[]> {
    const loaded = this.#load()
    if ('errors' in loaded) return loaded.errors
    const { ledger, now } = this.#options
    const packs: LivePack[] = []
    for (const { source, pack } of loaded.packs) {
      this.#library.keepPack(source, pack)
      const catalogue = loaded.catalogues.get(pack.catalogueId)!
      this.#library.keepCatalogue(catalogue.hash, this.#catalogueFile(catalogue.id))
      packs.push({ pack, knownAt: await knownSince(ledger, pack, catalogue.hash, now()) })
    }
    this.#policy = { packs, catalogues: loaded.catalogues }
    return []
  }

  #load(): Loaded {
    const { packs, errors: found } = readRules(this.#options.rulesFolder)
    const errors = [...found]
    const catalogues = new Map<string, Catalogue>()
    for (const id of new Set(packs.map(({ pack }) => pack.catalogueId))) {
      const catalogue = this.#loadCatalogue(id)
      if ('errors' in catalogue) errors.push(...catalogue.errors)
      else catalogues.set(id, catalogue)
    }
    return errors.length > 0 ? { errors } : { packs, catalogues }
  }

  /** A catalogue whose bytes have not changed is not built again. */
  #loadCatalogue(id: string): Catalogue | { errors: string[] } {
    const file = this.#catalogueFile(id)
    const live = this.#policy.catalogues.get(id)
    if (live !== undefined && existsSync(file) && sha256(file) === live.hash) return live
    const outcome = loadCatalogue(id, [file])
    if ('catalogue' in outcome) return outcome.catalogue
    return {
      errors: outcome.problems.map(
        ({ line, column, expected, found }) =>
          `${file}:${line}: ${column === '' ? '' : `${column}: `}expected ${expected}, found ${found}`,
      ),
    }
  }

  #catalogueFile(id: string): string {
    return join(this.#options.dataFolder, 'catalogue', `${id}.csv`)
  }
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
