import { startYizhan } from '../children/yizhan.ts'
import { quotableClaims, SETTLEMENTS } from '../claims.ts'
import { type DataSize, freshLedger } from '../data-folders.ts'
import { FoldWatch } from '../fold-watch.ts'
import { newIdPrefix } from '../requests.ts'
import type { BenchContext, Scenario } from '../scenario.ts'
import { type Side, sideBySide } from '../side-by-side.ts'
import { SETTLE_CONNECTIONS } from './settle-vs-echo.ts'

/**
 * Longer than other measurements, so that folding is at work all the time; in still longer ones the
 * claims would come round again, and their people out of a cache.
 */
const TIMES_AS_LONG = 2

/** Cost must not grow with the people: claims are of people drawn uniformly. */
export const people10mVs10k: Scenario = {
  name: 'people_10m_vs_10k',
  title: 'settlements/s sustained with ten million people over ten thousand, uniform access',
  suites: ['full'],
  target: { atLeast: 0.75 },
  // The first run makes ten million people.
  limitSeconds: 1_800,
  async run(context) {
    const { few, many } = context.suite.people
    const floor = await settling(context, few)
    const ours = await settling(context, many)
    const result = await sideBySide(context, { floor: floor.side, ours: ours.side })
    return {
      ...result,
      also: {
        ...result.also,
        floorPeople: few.people!,
        oursPeople: many.people!,
        ...ours.fold.also,
      },
      marks: [...ours.fold.marks, ...floor.fold.marks.map((mark) => `floor: ${mark}`)],
    }
  },
}

async function settling(
  context: BenchContext,
  size: DataSize,
): Promise<{ side: Side; fold: FoldWatch }> {
  const { peopleClaims, seconds } = context.suite
  // Another process sorts out the claims: the one that is measured has read of nobody before.
  const folder = freshLedger(context, size)
  const sorting = await startYizhan(context, { size, folder })
  const requests = await quotableClaims(context, sorting, { size, count: peopleClaims })
  await sorting.stop()
  const server = await startYizhan(context, { size, folder })
  const fold = new FoldWatch(server)
  await fold.begin()
  // Each measurement goes on behind the one before, so that it meets other people.
  let measurements = 0
  const plan = () => {
    const at = Math.floor((measurements++ * requests.length) / (context.suite.rounds + 1))
    const turned = [...requests.slice(at), ...requests.slice(0, at)]
    return { path: SETTLEMENTS, requests: turned, idPrefix: newIdPrefix() }
  }
  return {
    side: {
      server,
      plan,
      connections: SETTLE_CONNECTIONS,
      seconds: TIMES_AS_LONG * seconds,
      afterwards: () => fold.end(),
    },
    fold,
  }
}
