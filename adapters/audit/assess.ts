import type { Assessment, ShadowTotals } from '../../engine/access/proposals.ts'
import type { InForce } from '../../engine/counter/activations.ts'
import type { Policy } from '../../engine/policy/policy.ts'
import { type ShadowPorts, shadowRun } from '../../engine/replay/shadow-run.ts'
import { Summary } from '../../engine/replay/summary.ts'
import { compareVersions, type RulesVersion } from '../packs/compare-versions.ts'
import type { PackLibrary } from '../packs/pack-library.ts'
import { type PolicyParts, preparePolicy } from '../packs/policy-parts.ts'
import { diffText } from '../words/diff-text.ts'
import { calendarSummary, packSummary } from '../words/rules-summary.ts'

/** What is proposed, beside what is in force. */
export interface Comparison {
  readonly proposed: PolicyParts
  readonly inForce: InForce
}

/**
 * Says what the proposed version would change: in words, and for recent settlements in money.
 * Nothing when it was stopped; `isStopped` is asked after each settlement and may make it pause.
 */
export async function assess(
  ports: ShadowPorts,
  library: PackLibrary,
  { proposed, inForce }: Comparison,
  isStopped: () => boolean = () => false,
): Promise<Assessment | undefined> {
  const before = versionInForce(library, inForce)
  const after = versionOf(library, proposed)
  const difference = diffText(compareVersions(before, after), before.packs, after.packs)
  const policyFrom = await preparePolicy(proposed, (...pack) => library.compile(...pack))
  // When a version is known changes no amount.
  const policy = policyFrom(new Map(proposed.packs.map(({ source }) => [source.id, 0])))
  const totals = shadowTotals(ports, policy, isStopped)
  if (totals === undefined) return undefined
  return {
    difference: withCatalogues(difference, inForce, proposed),
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

/** Which catalogues change; their rows are compared when they are imported. */
function withCatalogues(difference: string, inForce: InForce, proposed: PolicyParts): string {
  const lines = proposed.catalogues.flatMap(({ id, hash }) => {
    const before = inForce.catalogues.find((catalogue) => catalogue.id === id)?.hash
    if (before === hash) return []
    return [
      `catalogue ${id}: ${before?.slice(0, HASH_SHOWN) ?? 'none'} → ${hash.slice(0, HASH_SHOWN)}`,
    ]
  })
  return lines.length === 0 ? difference : [difference, ...lines].join('\n\n')
}

const HASH_SHOWN = 12

function checkOf({ packs, calendar }: Policy): string[] {
  const lines = packs.map(({ pack }) => packSummary(pack))
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
