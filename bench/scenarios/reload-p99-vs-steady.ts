import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { projectRoot } from '../../adapters/cli/project-root.ts'
import type { ClaimLine } from '../../engine/claim/claim.ts'
import { tenLineClaim } from '../../fixtures/claims.ts'
import type { World } from '../../fixtures/world.ts'
import type { ServerChild } from '../children/server-child.ts'
import { startYizhan } from '../children/yizhan.ts'
import { QUOTES, quotableClaims } from '../claims.ts'
import { freshLedger, ownCatalogue } from '../data-folders.ts'
import { latencyRounds } from '../latency-rounds.ts'
import { nowMs } from '../load/clock.ts'
import type { OpenLoopResult } from '../load/open-loop.ts'
import type { Drawable, Scenario } from '../scenario.ts'
import { capacityOf } from '../side-by-side.ts'
import { median, rounded } from '../statistics.ts'
import { type Made, Versions } from '../versions.ts'

const PACK = 'chongqing'
/** The demo item whose price ceiling tells which catalogue decided. */
const MARKED_CODE = 'DEMO-LIM'
const MARKED_LINE = 'marked'
const PRICE_FEN = 1_000_000
const BEFORE_MS = 700
/** Under load a reload may take so many times as long as alone. */
const LOADED_FACTOR = 1.5
const SLICE_MS = 100

/** In every answer: the pack's hash, and what of the marked line lies over the ceiling. */
const NOTES = `"hash":"([0-9a-f]+)"[^]*"lineId":"${MARKED_LINE}"[^}]*"overLimitFen":(\\d+)`

/**
 * Quotes while a catalogue and a pack are loaded anew, over quotes while nothing changes. Every
 * version has another ceiling for an item that is on every bill, and another title in the pack, so
 * that each answer tells which catalogue and which pack decided it: they must belong together, and
 * must have been live while the answer was made.
 */
export const reloadP99VsSteady: Scenario = {
  name: 'reload_p99_vs_steady',
  title: 'p99 of quotes during the reload of 300,000 rows over steady; failed; mixed versions',
  suites: ['quick', 'full'],
  target: { atMost: 1.5, orMsApart: 2, none: ['failed', 'mixedVersions'] },
  async run(context) {
    const { reloaded: size, rounds } = context.suite
    const folder = freshLedger(context, size)
    const files = {
      catalogue: ownCatalogue(folder),
      rules: join(context.makeFolder('rules'), 'rules'),
    }
    cpSync(join(projectRoot(), 'rules'), files.rules, { recursive: true })
    const server = await startYizhan(context, { size, folder, rules: files.rules })
    const requests = await quotableClaims(context, server, { size, make: markedClaim })
    const plan = () => ({ path: QUOTES, requests })
    const capacity = await capacityOf(context, { server, plan }, context.threads)

    const versions = new Versions()
    const edit = editor(files)
    edit(0)
    const alone = await reload(server)
    versions.changed(noteOf(0, await packHash(server)), 0, nowMs())
    let version = 0
    let failed = 0
    const reloadMs: number[] = []
    let spans: Span[] = []
    let timeline: Drawable['timeline']
    const made: Made[] = []
    const onResult = (result: OpenLoopResult) => {
      failed += Object.values(result.failed).reduce((sum, count) => sum + count, 0)
      for (const failure of Object.values(result.failures)) context.say(`failed: ${failure}`)
      made.push(...result.seen)
    }
    const side = {
      server,
      path: QUOTES,
      requests,
      ratePerSecond: capacity / 4,
      notes: NOTES,
      onResult,
    }
    const result = await latencyRounds(context, {
      floor: { name: 'steady', ...side },
      ours: {
        name: 'reloading',
        ...side,
        // A whole reload has its place in it, also where it is slower under load.
        secondsMin: (BEFORE_MS + LOADED_FACTOR * alone) / 1000,
        async around(measure) {
          spans = []
          const measuring = measure()
          // One reload after the other for as long as it is measured: all of it is "during".
          const over = measuring.then(
            () => true,
            () => true,
          )
          await sleep(BEFORE_MS)
          do {
            version += 1
            edit(version)
            const from = nowMs()
            reloadMs.push(await reload(server))
            versions.changed(noteOf(version, await packHash(server)), from, nowMs())
            spans.push({ from, until: nowMs() })
          } while (!(await Promise.race([over, sleep(1).then(() => false)])))
          const result = await measuring
          timeline = timelineOf(result.seen, spans)
          return result
        },
      },
    })
    const { mixed, example } = versions.mixed(made)
    if (example !== undefined) context.say(`mixed: ${example}`)
    context.say(`${reloadMs.length} reloads in ${rounds} rounds, ${made.length} answers looked at`)
    return {
      ...result,
      also: {
        ...result.also,
        failed,
        mixedVersions: mixed,
        reloads: reloadMs.length,
        reloadMs: rounded(median(reloadMs)),
        answersChecked: made.length,
      },
      detail: { ...result.detail, ...(timeline === undefined ? {} : { timeline }) },
    }
  },
}

interface Span {
  readonly from: number
  readonly until: number
}

/** For a chart: how long answers took by when they were asked for, and when reloads ran. */
function timelineOf(seen: readonly Made[], spans: readonly Span[]): Drawable['timeline'] & object {
  const zero = Math.min(...spans.map(({ from }) => from)) - BEFORE_MS
  const seconds = (at: number) => rounded((at - zero) / 1000)
  const slices = new Map<number, number[]>()
  for (const { from, until } of seen) {
    const slice = Math.floor((from - zero) / SLICE_MS)
    const list = slices.get(slice) ?? []
    list.push(until - from)
    slices.set(slice, list)
  }
  const sorted = [...slices].sort(([a], [b]) => a - b)
  const series = (name: string, of: (took: readonly number[]) => number) => ({
    name,
    points: sorted.map(([slice, took]): readonly [number, number] => [
      (slice * SLICE_MS) / 1000,
      rounded(of(took)),
    ]),
  })
  return {
    unit: 'ms',
    series: [series('median', median), series('longest', (took) => Math.max(...took))],
    marks: spans.flatMap(({ from, until }, index) => [
      { seconds: seconds(from), label: `reload ${index + 1}` },
      { seconds: seconds(until), label: `in force ${index + 1}` },
    ]),
  }
}

/** A ten-line claim whose last line is for the marked item. */
function markedClaim(world: World, n: number) {
  const generated = tenLineClaim(world, n)
  const { lines } = generated.claim
  const marked = {
    ...lines.at(-1)!,
    lineId: MARKED_LINE,
    code: MARKED_CODE,
    quantity: '1',
    unitPriceFen: String(PRICE_FEN),
    amountFen: PRICE_FEN,
  } as ClaimLine
  return { ...generated, claim: { ...generated.claim, lines: [...lines.slice(0, -1), marked] } }
}

const ceilingFen = (version: number) => 10_000 + 100 * version

function noteOf(version: number, hash: string): string {
  return `${hash} ${PRICE_FEN - ceilingFen(version)}`
}

/** Writes a version of catalogue and pack; whole files take the place of the old ones. */
function editor(files: { readonly catalogue: string; readonly rules: string }) {
  const catalogue = readFileSync(files.catalogue, 'utf8')
  const packFile = join(files.rules, PACK, 'pack.yaml')
  const pack = readFileSync(packFile, 'utf8')
  const [header = ''] = catalogue.split('\n', 1)
  const column = header.split(',').indexOf('ceilingFen')
  const row = new RegExp(`^${MARKED_CODE},.*$`, 'm')
  const put = (file: string, text: string) => {
    writeFileSync(`${file}.writing`, text)
    renameSync(`${file}.writing`, file)
  }
  return (version: number) => {
    const ceiling = String(ceilingFen(version))
    put(
      files.catalogue,
      catalogue.replace(row, (line) => line.split(',').with(column, ceiling).join()),
    )
    put(
      packFile,
      pack.replace(/^title: (.*)$/m, (line) => `${line} ${version}`),
    )
  }
}

const OFFICER = { authorization: 'Bearer demo-policy', 'content-type': 'application/json' }

/** Resolves with how long it took, in milliseconds. */
async function reload({ address }: ServerChild): Promise<number> {
  const url = `${address}/v1/policy/reload`
  const began = nowMs()
  const answer = await fetch(url, { method: 'POST', headers: OFFICER, body: '{}' })
  if (!answer.ok) throw new Error(`the reload was answered with ${await answer.text()}`)
  return nowMs() - began
}

async function packHash({ address }: ServerChild): Promise<string> {
  const answer = await fetch(`${address}/v1/policy`, { headers: OFFICER })
  const { packs } = (await answer.json()) as { packs: { pack: string; hash: string }[] }
  return packs.find(({ pack }) => pack === PACK)?.hash ?? ''
}
