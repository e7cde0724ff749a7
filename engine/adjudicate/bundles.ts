import type { CivilDate } from '../claim/claim.ts'
import { type Fen, minus, plus, proportionDown, smaller, ZERO_FEN } from '../money/fen.ts'
import type { Layer } from '../policy/compile.ts'
import type { FactName, Facts } from '../policy/facts.ts'
import { periodOn, type Value } from '../policy/table.ts'
import { basketsOf } from './layer-base.ts'
import type { LayerRun } from './layer-run.ts'
import type { Item } from './lines.ts'

/** Lines of the bill that a layer rates alike: their in-scope amount and the facts that say so. */
export interface Bundle {
  readonly fen: Fen
  readonly facts: Partial<Facts>
  /** Such as `B implant`; none where lines are not told apart. */
  readonly label?: string
  /** Of its lines, where a rate goes by the day of the line. */
  readonly date?: CivilDate
  readonly items: readonly Item[]
}

/** The in-scope lines of the layer's baskets by the item facts that its rate asks for. */
export function bundlesOf(run: LayerRun, layer: Layer): readonly Bundle[] {
  const baskets = basketsOf(run, layer)
  const { itemFacts: asked, lineTables } = layer.rate!
  const periods = ({ date }: Item) => lineTables.map((table) => periodOn(table, date)?.from ?? date)
  // Where class A bears first, the class tells bundles apart although the rate may not.
  const byClass = layer.deductible?.bearing === 'class-a-first'
  const groups = new Map<string, Item[]>()
  for (const item of run.items) {
    if (item.split.inScopeFen === 0 || !baskets.includes(item.basket)) continue
    const values = asked.map((fact) => String(factOf(item, fact)))
    values.push(...periods(item))
    const key = [...values, ...(byClass ? [item.itemClass === 'A' ? 'A' : 'other'] : [])].join(' ')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return [...groups.values()].map((items): Bundle => {
    const [first] = items as [Item, ...Item[]]
    const values = asked.map((fact) => factOf(first, fact))
    return {
      fen: items.reduce((sum, { split }) => plus(sum, split.inScopeFen), ZERO_FEN),
      facts: Object.fromEntries(asked.map((fact, at) => [fact, values[at]!])),
      label: [...values, ...periods(first)].join(' '),
      ...(lineTables.length === 0 ? {} : { date: first.date }),
      items,
    }
  })
}

function factOf({ facts }: Item, fact: FactName): Value {
  return (facts as Readonly<Record<FactName, Value>>)[fact]!
}

/** What is left of the bundles above the deductible, in their order or each in proportion. */
export function bearDeductible(
  bundles: readonly Bundle[],
  bearing: string,
  deductibleFen: Fen,
): readonly Bundle[] {
  if (bearing === 'proportional') return bearInProportion(bundles, deductibleFen)
  let leftFen = deductibleFen
  return bundles.map((bundle) => {
    const borneFen = smaller(leftFen, bundle.fen)
    leftFen = minus(leftFen, borneFen)
    return { ...bundle, fen: minus(bundle.fen, borneFen) }
  })
}

/**
 * Each line bears its share, rounded down; the remaining fen fall to the largest line as far as it
 * goes, then to the next.
 */
function bearInProportion(bundles: readonly Bundle[], deductibleFen: Fen): readonly Bundle[] {
  const lines = bundles.flatMap(({ items }, bundle) => items.map((item) => ({ item, bundle })))
  // By size, lines of one size in the order of the bill.
  lines.sort(
    (a, b) => b.item.split.inScopeFen - a.item.split.inScopeFen || a.item.index - b.item.index,
  )
  const totalFen = lines.reduce((sum, { item }) => plus(sum, item.split.inScopeFen), ZERO_FEN)
  if (totalFen === 0) return bundles
  const shares = lines.map(({ item }) =>
    proportionDown(item.split.inScopeFen, deductibleFen, totalFen),
  )
  let leftFen = minus(deductibleFen, shares.reduce(plus, ZERO_FEN))
  const borne = bundles.map(() => ZERO_FEN)
  lines.forEach(({ item, bundle }, at) => {
    const more = smaller(leftFen, minus(item.split.inScopeFen, shares[at]!))
    leftFen = minus(leftFen, more)
    borne[bundle] = plus(borne[bundle]!, plus(shares[at]!, more))
  })
  return bundles.map((bundle, at) => ({ ...bundle, fen: minus(bundle.fen, borne[at]!) }))
}
