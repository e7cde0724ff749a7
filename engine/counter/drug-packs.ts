import { settlementId } from '../claim/ids.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Guard } from '../ledger/ports.ts'
import {
  type EarlierSale,
  maySell,
  packSubject,
  packsOf,
  type SoldPack,
} from '../visit/drug-packs.ts'
import type { Visit, VisitLine } from '../visit/visit.ts'
import { entryAt } from './booked.ts'
import type { CounterPorts } from './ports.ts'
import { billIn } from './settlement-record.ts'

/**
 * The guards that nobody sells these packs meanwhile, or `drug-code-sold` with the line and the code
 * of one that was sold. Of two that sell a pack at once, the writer books one; the other decides
 * again and finds it sold. A settlement that is reversed sells nothing any more.
 */
export async function packGuards(
  { ledger }: Pick<CounterPorts, 'ledger'>,
  institutionId: string,
  packs: readonly SoldPack[],
): Promise<readonly Guard[] | Refusal> {
  const guards = new Map<string, Guard>()
  const views = await Promise.all(
    packs.map(({ code }) => ledger.peek(packSubject(code)) ?? ledger.load(packSubject(code))),
  )
  for (const [index, pack] of packs.entries()) {
    const { state, asOf } = views[index]!
    const { lineId, code } = pack
    const sales = state.live.map((position) => saleAt({ ledger }, position, code))
    if (!maySell(pack, institutionId, sales)) {
      const own = state.live.find((_, at) => sales[at]!.institutionId === institutionId)
      return refuse('drug-code-sold', 'A pack of the bill was sold before.', {
        // Which settlement it was is nobody else's business.
        more: { lineId, code, ...(own === undefined ? {} : { settlementId: settlementId(own) }) },
      })
    }
    const subject = packSubject(code)
    guards.set(subject, { subject, position: asOf })
  }
  return [...guards.values()]
}

/** Why lines that are new to the visit cannot be sold as they are, told before they are settled. */
export async function uploadedPacksFault(
  ports: Pick<CounterPorts, 'ledger'>,
  { institutionId, lines: known }: Pick<Visit, 'institutionId' | 'lines'>,
  lines: readonly VisitLine[],
): Promise<Refusal | undefined> {
  const news = lines.filter(({ line }) => !known.has(line.lineId))
  const packs = packsOf(
    news,
    news.map(({ line }) => line),
  )
  const guards = isRefusal(packs) ? packs : await packGuards(ports, institutionId, packs)
  return isRefusal(guards) ? guards : undefined
}

function saleAt(ports: Pick<CounterPorts, 'ledger'>, position: number, code: string): EarlierSale {
  const entry = entryAt(ports, position)
  const [, , , , packs = []] = billIn(entry).visit!
  return {
    institutionId: entry.sums!.institutionId,
    opened: packs.some(([sold, opened]) => sold === code && opened === 1),
  }
}
