import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DAY_MS } from '../../../engine/calendar/civil-days.ts'
import { isSealed, type Sealing } from '../../codec/sealing.ts'
import { syncPath } from '../../files/write-whole.ts'

/** A file that can be downloaded for a while. */
export interface KeptFile {
  readonly id: string
  readonly path: string
  /** In bytes. */
  readonly size: number
  /** Until when it is kept, ms since 1970. */
  readonly until: number
}

/** Whose a file is: an institution's own, or any institution's that asks. */
export type Owner = { readonly institution: string } | 'everybody'

const KEPT_MS = 7 * DAY_MS
/** What a writer left behind that ended in the middle. */
const ABANDONED_MS = DAY_MS
/** Of one institution. */
const FILES_MAX = 200
const BYTES_MAX = 256 * 1024 * 1024
/** `file_qury_no` is C(30). */
const ID_DIGITS = 30
const ID = /^[0-9a-f]{30}$/

/** The id of a file by what it is made of: the same again is the same file. */
export function fileId(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length} `).update(part)
  return hash.digest('hex').slice(0, ID_DIGITS)
}

/**
 * The files that the interface exchanges with institutions, in the data folder, so that any thread
 * answers for what another one took. A file is there wholly or not at all, and never changes.
 */
export class KeptFiles {
  readonly #folder: string
  readonly #now: () => number
  readonly #sealing: Sealing
  /** What this thread is writing. */
  readonly #writing = new Map<string, Promise<KeptFile | 'full'>>()

  constructor(folder: string, now: () => number, sealing: Sealing) {
    this.#folder = folder
    this.#now = now
    this.#sealing = sealing
  }

  /** Nothing when there is none, it is too old, or it is another institution's. */
  async find(owner: Owner, id: string): Promise<KeptFile | undefined> {
    if (!ID.test(id)) return undefined
    const path = join(this.#folderOf(owner), id)
    const found = await stat(path).catch(() => undefined)
    if (found === undefined) return undefined
    const until = found.mtimeMs + KEPT_MS
    return until < this.#now() ? undefined : { id, path, size: found.size, until }
  }

  /** What an institution's own file holds; nothing when it is gone meanwhile. */
  async read({ path }: KeptFile): Promise<Uint8Array | undefined> {
    const bytes = await readFile(path).catch(() => undefined)
    return bytes !== undefined && isSealed(bytes) ? this.#sealing.open(bytes) : bytes
  }

  /** Keeps a file of an institution, sealed; see `keep`. */
  keepOwn(institution: string, id: string, bytes: Uint8Array): Promise<KeptFile | 'full'> {
    return this.keep({ institution }, id, (path) => writeFile(path, this.#sealing.seal(bytes)))
  }

  /**
   * Keeps what `write` writes into the file that it is given; one that is there already is kept
   * longer. `full` when the institution has as much as it may.
   */
  keep(
    owner: Owner,
    id: string,
    write: (path: string) => Promise<void>,
  ): Promise<KeptFile | 'full'> {
    const path = join(this.#folderOf(owner), id)
    const before = this.#writing.get(path)
    if (before !== undefined) return before
    const kept = this.#keep(owner, id, write).finally(() => this.#writing.delete(path))
    this.#writing.set(path, kept)
    return kept
  }

  async #keep(
    owner: Owner,
    id: string,
    write: (path: string) => Promise<void>,
  ): Promise<KeptFile | 'full'> {
    const folder = this.#folderOf(owner)
    const path = join(folder, id)
    const now = this.#now()
    if ((await this.find(owner, id)) === undefined) {
      await mkdir(folder, { recursive: true })
      const kept = await this.#sweep(folder)
      if (owner !== 'everybody' && (kept.files >= FILES_MAX || kept.bytes >= BYTES_MAX)) {
        return 'full'
      }
      const writing = `${path}.${randomBytes(6).toString('hex')}.writing`
      try {
        await write(writing)
        await syncPath(writing)
        await stamp(writing, now)
        await rename(writing, path)
        await syncPath(folder)
      } catch (error) {
        await rm(writing, { force: true })
        throw error
      }
    } else {
      await stamp(path, now)
    }
    const { size } = await stat(path)
    return { id, path, size, until: now + KEPT_MS }
  }

  /** Removes what is too old; how much is left. */
  async #sweep(folder: string): Promise<{ files: number; bytes: number }> {
    const left = { files: 0, bytes: 0 }
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      const found = await stat(path).catch(() => undefined)
      if (found === undefined) continue
      const age = this.#now() - found.mtimeMs
      if (age > (name.endsWith('.writing') ? ABANDONED_MS : KEPT_MS)) {
        await rm(path, { force: true })
      } else {
        left.files += 1
        left.bytes += found.size
      }
    }
    return left
  }

  /** An id of an institution may hold what a folder's name may not. */
  #folderOf(owner: Owner): string {
    const name =
      owner === 'everybody' ? owner : `of-${Buffer.from(owner.institution).toString('hex')}`
    return join(this.#folder, name)
  }
}

/** By the engine's clock, by which ages are told. */
async function stamp(path: string, now: number): Promise<void> {
  await utimes(path, now / 1000, now / 1000)
}
