import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { knownSince } from '../../engine/counter/activate.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import type { Catalogue } from '../../engine/policy/catalogue.ts'
import { compilePack, type Pack } from '../../engine/policy/compile.ts'
import type { PackSource } from '../../engine/policy/pack.ts'
import type { LivePack, Policy } from '../../engine/policy/policy.ts'
import { loadCatalogue } from './load-catalogue.ts'
import { loadPacks } from './load-pack.ts'
import { PackLibrary } from './pack-library.ts'

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
    const { packs: sources, problems } = loadPacks(this.#options.rulesFolder)
    const errors = problems.map(({ message }) => message)
    const packs = sources.map(({ source, hash, locate }) => {
      const { pack, faults } = compilePack(source, hash)
      for (const { table, from, row, message } of faults) {
        const { file, line } = locate(table, from, row)
        const place = line === undefined ? file : `${file}:${line}`
        const when = from === undefined ? '' : `, from ${from}`
        errors.push(`${place}: table ${source.id}/${table}${when}: ${message}`)
      }
      return { source, pack }
    })
    errors.push(...sharedDistricts(packs.map(({ pack }) => pack)))
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

/** Two packs may pool the same district only in different years. */
function sharedDistricts(packs: readonly Pack[]): string[] {
  return packs.flatMap((pack, index) =>
    packs.slice(index + 1).flatMap((other) => {
      const shared = [...pack.districts].find((district) => other.districts.has(district))
      const apart = pack.covers.until <= other.covers.from || other.covers.until <= pack.covers.from
      return shared === undefined || apart
        ? []
        : [`the packs ${pack.id} and ${other.id} both pool the district ${shared} at the same time`]
    }),
  )
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
