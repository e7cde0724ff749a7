import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { compilePack, type Pack } from '../../engine/policy/compile.ts'
import type { PackSource } from '../../engine/policy/pack.ts'

/**
 * Every version of a pack and of a catalogue that a settlement may name, kept in the data folder
 * by content hash, so that the settlement can be read and replayed years later.
 */
export class PackLibrary {
  readonly #folder: string
  readonly #compiled = new Map<string, Pack>()

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'policy')
    mkdirSync(join(this.#folder, 'packs'), { recursive: true })
    mkdirSync(join(this.#folder, 'catalogues'), { recursive: true })
  }

  /** Keeps a pack that compiled without faults; nothing happens when it is there already. */
  keepPack(source: PackSource, pack: Pack): void {
    this.#compiled.set(pack.hash, pack)
    const file = this.#packFile(pack.hash)
    if (!existsSync(file)) writeWhole(file, JSON.stringify(source))
  }

  keepCatalogue(hash: string, file: string): void {
    const kept = join(this.#folder, 'catalogues', `${hash}.csv`)
    if (existsSync(kept)) return
    copyFileSync(file, `${kept}.writing`)
    renameSync(`${kept}.writing`, kept)
  }

  /** The version, compiled; nothing when it was never kept here. */
  pack(hash: string): Pack | undefined {
    const compiled = this.#compiled.get(hash)
    if (compiled !== undefined) return compiled
    const file = this.#packFile(hash)
    if (!existsSync(file)) return undefined
    const source = JSON.parse(readFileSync(file, 'utf8')) as PackSource
    const { pack } = compilePack(source, hash)
    this.#compiled.set(hash, pack)
    return pack
  }

  #packFile(hash: string): string {
    return join(this.#folder, 'packs', `${hash}.json`)
  }
}

/** A reader sees the whole file or none. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.writing`, text)
  renameSync(`${file}.writing`, file)
}
