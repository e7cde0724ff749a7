import { compareVersions } from '../packs/compare-versions.ts'
import { diffText } from '../words/diff-text.ts'
import { namedVersion } from './other-version.ts'

export interface DiffOptions {
  readonly data: string
  readonly json: boolean
}

/** Says what changed from one named version to another. Throws when one cannot be read. */
export function rulesDiff(one: string, other: string, { data, json }: DiffOptions): string {
  const before = namedVersion(one, data)
  const after = namedVersion(other, data)
  const difference = compareVersions(before, after)
  if (json) return JSON.stringify(difference, undefined, 2)
  return diffText(difference, before.packs, after.packs)
}
