import { statSync } from 'node:fs'
import type { Pack } from '../../engine/policy/compile.ts'
import { readRules } from '../packs/read-rules.ts'
import type { OpenPast } from './open-past.ts'
import { policyHistory } from './policy-history.ts'

const HASH_BEGINS = /^[0-9a-f]{12,64}$/
const HASH_LENGTH = 64

/**
 * The packs that a replay is made on, by id: those in force (`live`), one version by its hash (or
 * the first 12 characters or more), or those of a rules folder. Throws with what is wrong with it.
 */
export function otherVersion(
  named: string,
  dataFolder: string,
  { library }: Pick<OpenPast, 'library'>,
): ReadonlyMap<string, Pack> {
  if (named === 'live') {
    const inForce = policyHistory(dataFolder).at(-1)?.inForce.packs ?? []
    return byId(inForce.map(({ hash }) => kept(library, hash)))
  }
  if (statSync(named, { throwIfNoEntry: false })?.isDirectory() === true) return ofFolder(named)
  if (!HASH_BEGINS.test(named)) {
    throw new Error(`${named} is neither live, nor a folder, nor 12 or more digits of a hash`)
  }
  return byId([kept(library, wholeHash(named, dataFolder))])
}

function ofFolder(folder: string): ReadonlyMap<string, Pack> {
  const { packs, errors } = readRules(folder)
  if (errors.length > 0) throw new Error(`the rules have errors:\n${errors.join('\n')}`)
  return byId(packs.map(({ pack }) => pack))
}

function wholeHash(begin: string, dataFolder: string): string {
  if (begin.length === HASH_LENGTH) return begin
  const all = policyHistory(dataFolder).flatMap(({ inForce }) => inForce.packs)
  const found = new Set(all.map(({ hash }) => hash).filter((hash) => hash.startsWith(begin)))
  const [hash] = found
  if (hash === undefined) throw new Error(`no version ${begin} was ever in force`)
  if (found.size > 1) throw new Error(`${found.size} versions begin with ${begin}`)
  return hash
}

function kept(library: OpenPast['library'], hash: string): Pack {
  const pack = library.pack(hash)
  if (pack === undefined) throw new Error(`the version ${hash} is not in the library`)
  return pack
}

function byId(packs: readonly Pack[]): ReadonlyMap<string, Pack> {
  return new Map(packs.map((pack) => [pack.id, pack]))
}
