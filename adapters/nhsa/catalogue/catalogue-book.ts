import { LRUCache } from 'lru-cache'
import { CatalogueIndex } from './catalogue-index.ts'

/** Of the version in force and the one before. */
const INDEXES_MAX = 2

/** The catalogues as the library keeps them, with the names that decisions do without. */
export class CatalogueBook {
  /** Where a version is kept, by its hash. */
  readonly file: (hash: string) => string
  readonly #indexes = new LRUCache<string, Promise<CatalogueIndex>>({ max: INDEXES_MAX })

  constructor(file: (hash: string) => string) {
    this.file = file
  }

  /** Made when it is first asked for, once. Of a version that is no longer in force the size is counted. */
  index({ hash, size }: { hash: string; size?: number }): Promise<CatalogueIndex> {
    const known = this.#indexes.get(hash)
    if (known !== undefined) return known
    const index = CatalogueIndex.of(this.file(hash), hash, size)
    this.#indexes.set(hash, index)
    index.catch(() => this.#indexes.delete(hash))
    return index
  }
}
