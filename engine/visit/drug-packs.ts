import type { ClaimLine } from '../claim/claim.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import type { Subject } from '../ledger/entry.ts'
import type { DrugPack, VisitLine } from './visit.ts'

/**
 * Packs of drugs by their traceability codes (药品追溯码): which of them a bill sells, and whether it
 * may. A pack is sold once, by anybody; one that was opened (拆零) is sold in parts, and all of them
 * by the institution that opened it.
 */

/** A pack, or a part of it, with the line that sells it. */
export interface SoldPack extends DrugPack {
  readonly lineId: string
}

/** What a settlement that stands says of a pack. */
export interface EarlierSale {
  readonly institutionId: string
  readonly opened: boolean
}

/** Names every live settlement that sells the pack, or a part of it. */
export function packSubject(code: string): Subject {
  return `drug-pack/${code}`
}

/**
 * The packs that a bill of the `charged` lines sells, given all lines there are: less those that a
 * line returns. `drug-code-twice` where a pack is sold twice, and not both times in part.
 */
export function packsOf(
  all: Iterable<VisitLine>,
  charged: readonly Pick<ClaimLine, 'lineId'>[],
): readonly SoldPack[] | Refusal {
  const withPacks = [...all].filter(({ packs }) => packs !== undefined)
  if (withPacks.length === 0) return []
  const billed = new Set(charged.map(({ lineId }) => lineId))
  const returned = new Map<string, Set<string>>()
  for (const { returns, packs } of withPacks) {
    if (returns === undefined) continue
    const codes = returned.get(returns) ?? new Set()
    for (const { code } of packs!) codes.add(code)
    returned.set(returns, codes)
  }
  const sold: SoldPack[] = []
  const before = new Map<string, boolean>()
  for (const { line, returns, packs } of withPacks) {
    const { lineId } = line
    if (returns !== undefined || !billed.has(lineId)) continue
    for (const { code, opened } of packs!) {
      if (returned.get(lineId)?.has(code)) continue
      const inPart = before.get(code)
      if (inPart !== undefined && !(inPart && opened)) return twice(lineId, code)
      before.set(code, opened)
      sold.push({ lineId, code, opened })
    }
  }
  return sold
}

/** Whether the institution may sell the pack, given who sells it already. */
export function maySell(
  { opened }: DrugPack,
  institutionId: string,
  earlier: readonly EarlierSale[],
): boolean {
  return earlier.every((sale) => opened && sale.opened && sale.institutionId === institutionId)
}

function twice(lineId: string, code: string): Refusal {
  return refuse('drug-code-twice', 'The bill sells one pack twice.', { more: { lineId, code } })
}
