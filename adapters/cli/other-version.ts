import { statSync } from 'node:fs'
import type { Pack } from '../../engine/policy/compile.ts'
import { isThere } from '../files/is-there.ts'
import type { RulesVersion } from '../packs/compare-versions.ts'
import { PackLibrary } from '../packs/pack-library.ts'
import { type ReadPack, readRules } from '../packs/read-rules.ts'
import { ledgerPaths } from '../workers/ledger-host.ts'
import { policyHistory } from './policy-history.ts'

const HASH_BEGINS = /^[0-9a-f]{12,64}$/
const HASH_LENGTH = 64

/**
 * What `named` names: the packs in force (`live`), one version by its hash (or the first 12
 * characters or more), both kept in the data folder, or the packs of a rules folder. Throws with
 * what is wrong with it.
 */
export function namedVersion(named: string, dataFolder: string): RulesVersion {
  if (named === 'live') return live(dataFolder)
  if (statSync(named, { throwIfNoEntry: false })?.isDirectory() === true) return ofFolder(named)
  if (!HASH_BEGINS.test(named)) {
    throw new Error(`${named} is neither live, nor a folder, nor 12 or more digits of a hash`)
  }
  const library = libraryOf(dataFolder)
  return { packs: byId([kept(library, wholeHash(named, dataFolder))]), isWhole: false }
}

/** The packs that a replay is made on, by id. */
export function otherVersion(named: string, dataFolder: string): ReadonlyMap<string, Pack> {
  const { packs } = namedVersion(named, dataFolder)
  return new Map([...packs].map(([id, { pack }]) => [id, pack]))
}

function live(dataFolder: string): RulesVersion {
  const library = libraryOf(dataFolder)
  const inForce = policyHistory(dataFolder).at(-1)?.inForce
  const calendar = inForce?.calendar === undefined ? undefined : library.calendar(inForce.calendar)
  return {
    packs: byId((inForce?.packs ?? []).map(({ hash }) => kept(library, hash))),
    ...(calendar === undefined ? {} : { calendar }),
    isWhole: true,
  }
}

/** A folder without a ledger has no versions, and is not to be given any. */
function libraryOf(dataFolder: string): PackLibrary {
  if (isThere(ledgerPaths(dataFolder).journalPath)) return new PackLibrary(dataFolder)
  throw new Error(`there is no ledger in ${dataFolder}`)
}

function ofFolder(folder: string): RulesVersion {
  const { packs, calendar, errors } = readRules(folder)
  if (errors.length > 0) throw new Error(`the rules have errors:\n${errors.join('\n')}`)
  return { packs: byId(packs), calendar, isWhole: true }
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

function kept(library: PackLibrary, hash: string): ReadPack {
  const source = library.source(hash)
  if (source === undefined) throw new Error(`the version ${hash} is not in the library`)
  return { source, pack: library.compile(source, hash) }
}

function byId(packs: readonly ReadPack[]): ReadonlyMap<string, ReadPack> {
  return new Map(packs.map(({ source, pack }) => [pack.id, { source, pack }]))
}
