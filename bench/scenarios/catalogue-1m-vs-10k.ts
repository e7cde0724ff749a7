import { startYizhan } from '../children/yizhan.ts'
import { QUOTES, quotableClaims } from '../claims.ts'
import type { DataSize } from '../data-folders.ts'
import type { BenchContext, Scenario } from '../scenario.ts'
import { type Side, sideBySide } from '../side-by-side.ts'

/** Cost must not grow with the catalogue: claims of each name its codes uniformly. */
export const catalogue1mVs10k: Scenario = {
  name: 'catalogue_1m_vs_10k',
  title: 'quotes/s with a million catalogue rows over ten thousand, uniform codes',
  suites: ['quick', 'full'],
  target: { atLeast: 0.9 },
  async run(context) {
    const { small, large } = context.suite.catalogues
    const floor = await side(context, small)
    const ours = await side(context, large)
    const result = await sideBySide(context, { floor, ours })
    const also = {
      ...result.also,
      floorCodes: small.catalogueCodes!,
      oursCodes: large.catalogueCodes!,
    }
    return { ...result, also }
  },
}

async function side(context: BenchContext, size: DataSize): Promise<Side> {
  const server = await startYizhan(context, { size })
  const requests = await quotableClaims(context, server, { size })
  return { server, plan: () => ({ path: QUOTES, requests }) }
}
