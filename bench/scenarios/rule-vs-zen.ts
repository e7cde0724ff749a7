import { assertAgreement } from '../in-process/agreement.ts'
import type { TableSize } from '../in-process/benefit-table.ts'
import { type Trials, tryModes } from '../in-process/best-mode.ts'
import { type Contestant, startContestant } from '../in-process/contestant.ts'
import { againstFloor, PER_CPU_SECOND, perCpuSecond } from '../in-process/ratio.ts'
import { type Entrant, measureRounds, type Speed } from '../in-process/rounds.ts'
import { PEERS } from '../in-process/subjects.ts'
import { installPackages } from '../install-packages.ts'
import { PEERS_FOLDER } from '../peers/peer.ts'
import type { BenchContext, PeerBar, RatioResult, Scenario } from '../scenario.ts'

/** One benefit decision out of a table of `size` rows, against zen-engine at its best. */
const ruleVsZen = (size: TableSize, atLeast: number): Scenario => ({
  name: `rule_vs_zen_${size}`,
  title: `a benefit decision out of ${size} rows over zen-engine at its best, other peers beside it`,
  target: { atLeast },
  suites: ['quick', 'full'],
  run: (context) => compare(context, size),
})

export const ruleVsZen12 = ruleVsZen(12, 100)
export const ruleVsZen1200 = ruleVsZen(1_200, 1_000)

async function compare(context: BenchContext, size: TableSize): Promise<RatioResult> {
  await installPackages(PEERS_FOLDER, context.say)
  const ours = await startContestant(context, 'compiled pack', { size })
  const peers: Contestant[] = []
  for (const name of PEERS) {
    peers.push(await startContestant(context, name, { size }))
  }
  const compared = await assertAgreement(ours, peers)
  context.say(`${compared} answers of each of ${peers.length} peers are those of ours`)

  const trials = new Map<Contestant, Trials>()
  for (const contestant of peers) {
    const tried = await tryModes(contestant, context.suite.functionMilliseconds / 2)
    if ('best' in tried) trials.set(contestant, tried)
  }
  const zen = peers.find(({ name }) => name === 'zen-engine')!
  const entrants = [...trials].map(
    ([contestant, { best }]): Entrant => ({ contestant, mode: best }),
  )
  const floor = entrants.find(({ contestant }) => contestant === zen)
  if (floor === undefined) throw new Error(`zen-engine: ${JSON.stringify(zen.notBuilt)}`)
  const own: Entrant = { contestant: ours, mode: ours.modes[0]! }
  const speeds = await measureRounds(context, [own, ...entrants])
  return againstFloor(speeds.get(floor)!, speeds.get(own)!, {
    rows: size,
    answersCompared: compared,
    zenMode: floor.mode,
    modes: Object.fromEntries([...trials].map(([{ name }, tried]) => [name, tried])),
    peers: { unit: PER_CPU_SECOND, bars: barsOf([ours, ...peers], speeds) },
  })
}

function barsOf(
  contestants: readonly Contestant[],
  speeds: ReadonlyMap<Entrant, readonly Speed[]>,
): PeerBar[] {
  return contestants.map((contestant): PeerBar => {
    const failed = contestant.notBuilt.map(({ mode, why }) => `${mode}: ${why}`)
    const entrant = [...speeds.keys()].find((entrant) => entrant.contestant === contestant)
    const { name } = contestant
    if (entrant === undefined) return { name, note: `cannot be built; ${failed.join('; ')}` }
    const value = perCpuSecond(speeds.get(entrant)!)
    return { name, value, note: [entrant.mode, ...failed].join('; ') }
  })
}
