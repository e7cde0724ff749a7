import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { projectRoot } from '../../adapters/cli/project-root.ts'
import { claimAt } from '../../fixtures/claims.ts'
import type { World } from '../../fixtures/world.ts'
import type { ServerChild } from '../children/server-child.ts'
import { startYizhan } from '../children/yizhan.ts'
import { QUOTES, quotableClaims } from '../claims.ts'
import { SEED } from '../data-folders.ts'
import { latencyRounds } from '../latency-rounds.ts'
import { nowMs } from '../load/clock.ts'
import type { BenchContext, Scenario } from '../scenario.ts'
import { capacityOf } from '../side-by-side.ts'
import { median, rounded } from '../statistics.ts'

const MAKE_LEDGER = fileURLToPath(new URL('../../fixtures/ledger-maker/main.js', import.meta.url))
/** A table by which most claims of the generated city are paid. */
const RATES = 'chongqing/resident/outpatient-rate.yaml'
const MINUTE_MS = 60_000
/** Under load a shadow run may take so many times as long as alone. */
const LOADED_FACTOR = 1.5
const POLL_MS = 200

const smallClaim = (world: World, n: number) => claimAt(world, n, { care: 'outpatient', lines: 5 })

/** Whether a cashier's small claim waits for a proposal that is being compared. */
export const shadowRunP99: Scenario = {
  name: 'shadow_run_p99',
  title: 'p99 of 5-line quotes while the last 100,000 settlements are decided again, over without',
  suites: ['quick', 'full'],
  target: { atMost: 1.5, orMsApart: 2, none: ['failed', 'overAMinute'] },
  limitSeconds: 900,
  async run(context) {
    const { shadowRun: settlements, shadowRunOf: size } = context.suite
    const folder = context.makeFolder('ledger')
    context.say(`making a ledger of ${settlements} settlements`)
    const { people, catalogueCodes: codes } = size
    const made = { data: folder, settlements, people, codes, seed: SEED }
    const options = Object.entries(made).flatMap(([name, value]) => [`--${name}`, String(value)])
    await context.runProgram(MAKE_LEDGER, options)
    const rules = join(context.makeFolder('rules'), 'rules')
    cpSync(join(projectRoot(), 'rules'), rules, { recursive: true })
    const server = await startYizhan(context, { size, folder, rules, publishing: 'four-eyes' })
    const requests = await quotableClaims(context, server, { size, make: smallClaim })
    const plan = () => ({ path: QUOTES, requests })
    const capacity = await capacityOf(context, { server, plan }, context.threads)

    const edit = editor(join(rules, RATES))
    let version = 0
    const runs: Run[] = []
    const next = async () => {
      version += 1
      edit(version)
      const run = await shadowRun(server)
      runs.push(run)
      return run
    }
    const alone = await next()
    checkRun(context, alone, settlements)
    const side = { server, path: QUOTES, requests, ratePerSecond: capacity / 4 }
    const loaded: number[] = []
    const result = await latencyRounds(context, {
      floor: { name: 'alone', ...side },
      ours: {
        name: 'beside a shadow run',
        ...side,
        // A whole run has its place in it.
        secondsMin: (LOADED_FACTOR * alone.ms) / 1000,
        async around(measure) {
          const measuring = measure()
          const over = measuring.then(
            () => true,
            () => true,
          )
          // One after the other for as long as it is measured: all of it is "beside".
          do {
            const { ms } = await next()
            loaded.push(ms)
          } while (!(await Promise.race([over, sleep(1).then(() => false)])))
          return measuring
        },
      },
    })
    return {
      ...result,
      also: {
        ...result.also,
        failed: runs.filter(({ failed }) => failed).length,
        overAMinute: runs.filter(({ ms }) => ms > MINUTE_MS).length,
        shadowRuns: runs.length,
        aloneMs: rounded(alone.ms),
        loadedMs: rounded(median(loaded)),
        settlements: alone.settlements,
        differing: alone.differing,
      },
    }
  },
}

interface Run {
  /** From the proposal to its assessment. */
  readonly ms: number
  readonly failed: boolean
  readonly settlements: number
  readonly differing: number
}

/** Nearly all settlements are live, and the edit must change some. */
function checkRun(context: BenchContext, { settlements, differing, ms }: Run, made: number): void {
  context.say(`${settlements} decided again in ${Math.round(ms)} ms, ${differing} differ`)
  if (settlements < 0.9 * made || differing === 0) throw new Error('the shadow run says too little')
}

/** Each version pays a little less. */
function editor(file: string) {
  const text = readFileSync(file, 'utf8')
  return (version: number) =>
    writeFileSync(
      file,
      text.replaceAll(/ratePermyriad: (\d+)/g, (_, rate: string) => {
        return `ratePermyriad: ${Math.max(0, Number(rate) - version)}`
      }),
    )
}

interface Proposal {
  readonly proposalId: string
  readonly assessment?: {
    readonly shadowRun: {
      readonly failed?: string
      readonly settlements?: number
      readonly differing?: number
    }
  }
}

const MAKER = { authorization: 'Bearer demo-policy-maker', 'content-type': 'application/json' }

/** Proposes what the files hold, and waits for what it would change. */
async function shadowRun({ address }: ServerChild): Promise<Run> {
  const url = `${address}/v1/policy/proposals`
  const began = nowMs()
  const answer = await fetch(url, { method: 'POST', headers: MAKER, body: '{}' })
  if (!answer.ok) throw new Error(`the proposal was answered with ${await answer.text()}`)
  let proposal = (await answer.json()) as Proposal
  while (proposal.assessment === undefined) {
    await sleep(POLL_MS)
    const asked = await fetch(`${url}/${proposal.proposalId}`, { headers: MAKER })
    proposal = (await asked.json()) as Proposal
  }
  const { failed, settlements = 0, differing = 0 } = proposal.assessment.shadowRun
  return { ms: nowMs() - began, failed: failed !== undefined, settlements, differing }
}
