import { adjudicate } from '../adjudicate/adjudicate.ts'
import type { Snapshot } from '../adjudicate/snapshot.ts'
import type { Claim } from '../claim/claim.ts'
import { type Decision, isLookup } from '../claim/decision.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Policy } from '../policy/policy.ts'
import type { CounterPorts } from './ports.ts'
import { type QuoteTerms, termsAmounts, whatMoved } from './quote-terms.ts'

/**
 * 409: the amounts are no longer the quoted ones. Says what moved and both amounts; what another
 * institution booked in between is named only as `person`.
 */
export function quoteMoved(
  ports: CounterPorts,
  terms: QuoteTerms,
  claim: Claim,
  snapshot: Snapshot,
  decision: Decision,
): Refusal {
  const moved = whatMoved(terms, decision, snapshot)
  const tables = moved.includes('policy')
    ? movedTables(ports, terms, claim, snapshot, decision)
    : []
  return refuse('quote-moved', `The amounts differ from the quote: ${moved.join(', ')} moved.`, {
    more: {
      moved,
      ...(tables.length === 0 ? {} : { tables }),
      quoted: termsAmounts(terms),
      now: {
        totalFen: decision.amounts.totalFen,
        deductibleFen: decision.amounts.deductibleFen,
        patientFen: decision.amounts.patientFen,
        cashFen: decision.amounts.cashFen,
        funds: decision.funds.map(({ fund, payFen }) => ({ fund, payFen })),
      },
    },
  })
}

/** The tables, the catalogue and the calendar of working days, that now give another result than in the version of the quote. */
function movedTables(
  ports: CounterPorts,
  terms: QuoteTerms,
  claim: Claim,
  snapshot: Snapshot,
  decision: Decision,
): string[] {
  const isCatalogue = terms.catalogueHash !== decision.catalogueHash
  if (terms.packHash === decision.packHash && !isCatalogue) return ['calendar']
  const pack = ports.packByHash(terms.packHash)
  if (pack === undefined) return []
  const catalogue = isCatalogue ? [pack.catalogueId] : []
  const current = ports.policy()
  const packs = current.packs.map((live) => (live.pack.id === pack.id ? { ...live, pack } : live))
  const before: Policy = { ...current, packs }
  const asQuoted = adjudicate(claim, snapshot, before)
  if (isRefusal(asQuoted)) return catalogue
  const results = new Map(lookups(asQuoted))
  const tables = lookups(decision).flatMap(([table, result]) =>
    results.get(table) === result ? [] : [`${pack.id}/${table}`],
  )
  return [...tables, ...catalogue]
}

function lookups({ trace }: Decision): [string, string][] {
  return trace.filter(isLookup).map(({ table, result }) => [table.name, JSON.stringify(result)])
}
