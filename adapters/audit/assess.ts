import type { Assessment, ShadowTotals } from '../../engine/access/proposals.ts'
import type { InForce } from '../../engine/counter/activations.ts'
import type { Policy } from '../../engine/policy/policy.ts'
import { type ShadowPorts, shadowRun } from '../../engine/replay/shadow-run.ts'
import { Summary } from '../../engine/replay/summary.ts'
import { compareKeptCatalogues } from '../packs/compare-catalogues.ts'
import { compareVersions, type RulesVersion } from '../packs/compare-versions.ts'
import type { PackLibrary } from '../packs/pack-library.ts'
import { type PolicyParts, preparePolicy } from '../packs/policy-parts.ts'
import { changeCounts, changeLines } from '../words/catalogue-changes.ts'
import { diffText } from '../words/diff-text.ts'
import { calendarSummary, interfaceNotes, packSummary } from '../words/rules-summary.ts'

/** What is proposed, beside what is in force. */
export interface Comparison {
  readonly proposed: PolicyParts
  readonly inForce: InForce
}

/**
 * Says what the proposed version would change: in words, and for recent settlements in money.
 * Nothing when it was stopped; `isStopped` is asked after each small step and may make it pause.
 */
export async function assess(
  ports: ShadowPorts,
  library: PackLibrary,
  { proposed, inForce }: Comparison,
  isStopped: () => boolean = () => false,
): Promise<Assessment | undefined> {
  const before = versionInForce(library, inForce)
  const after = versionOf(library, proposed)
  const rules = compareVersions(before, after)
  const catalogues = await catalogueTexts(library, { proposed, inForce }, isStopped)
  if (catalogues === undefined) return undefined
  const sameRules = rules.packs.length === 0 && rules.calendar.length === 0
  const difference =
    sameRules && catalogues.length > 0
      ? catalogues
      : [diffText(rules, before.packs, after.packs), ...catalogues]
  const policyFrom = await preparePolicy(proposed, (...pack) => library.compile(...pack))
  // When a version is known changes no amount.
  const policy = policyFrom(new Map(proposed.packs.map(({ source }) => [source.id, 0])))
  const totals = shadowTotals(ports, policy, isStopped)
  if (totals === undefined) return undefined
  return {
    difference: difference.join('\n\n'),
    check: checkOf(policy),
    shadowRun: totals,
  }
}

function versionInForce(library: PackLibrary, { packs, calendar }: InForce): RulesVersion {
  const kept = calendar === undefined ? undefined : library.calendar(calendar)
  const found = packs.flatMap(({ hash }) => {
    const source = library.source(hash)
    return source === undefined ? [] : [{ source, hash }]
  })
  const parts = { packs: found, catalogues: [], ...(kept === undefined ? {} : { calendar: kept }) }
  return versionOf(library, parts)
}

function versionOf(library: PackLibrary, { packs, calendar }: PolicyParts): RulesVersion {
  const sides = packs.map(({ source, hash }) => ({ source, pack: library.compile(source, hash) }))
  return {
    packs: new Map(sides.map((side) => [side.pack.id, side])),
    ...(calendar === undefined ? {} : { calendar }),
    isWhole: true,
  }
}

/** Of each catalogue that changes: how many rows, and what changes in the first of them. */
async function catalogueTexts(
  library: PackLibrary,
  { proposed, inForce }: Comparison,
  isStopped: () => boolean,
): Promise<string[] | undefined> {
  const texts: string[] = []
  for (const { id, hash } of proposed.catalogues) {
    const before = inForce.catalogues.find((catalogue) => catalogue.id === id)?.hash
    if (before === hash) continue
    const changes = await compareKeptCatalogues(library, [before, hash], isStopped)
    if (changes === undefined) return undefined
    const hashes = `${before?.slice(0, HASH_SHOWN) ?? 'none'} → ${hash.slice(0, HASH_SHOWN)}`
    const title = `catalogue ${id}: ${hashes}: ${changeCounts(changes)}`
    texts.push([title, ...changeLines(changes, ROWS_SHOWN)].join('\n'))
  }
  return texts
}

const HASH_SHOWN = 12
/** What is told of a proposal is kept in the journal. */
const ROWS_SHOWN = 200

function checkOf({ packs, calendar }: Policy): string[] {
  const lines = packs.flatMap(({ pack }) => [packSummary(pack), ...interfaceNotes(pack)])
  return calendar === undefined ? lines : [...lines, calendarSummary(calendar)]
}

function shadowTotals(
  ports: ShadowPorts,
  policy: Policy,
  isStopped: () => boolean,
): ShadowTotals | undefined {
  const summary = new Summary(new Map(policy.packs.map(({ pack }) => [pack.id, pack])))
  let unreadSums = 0
  for (const row of shadowRun(ports, policy)) {
    summary.add(row)
    if ('readsMore' in row && row.readsMore) unreadSums += 1
    if (isStopped()) return undefined
  }
  // Of nobody: who would be touched is for `yizhan replay`.
  const { persons, institutions, ...totals } = summary.result()
  return { ...totals, unreadSums }
}
