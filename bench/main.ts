import { existsSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { BenchRun } from './bench-run.ts'
import { removeLeftovers } from './data-folders.ts'
import { wrkVersion } from './load/wrk.ts'
import { describeRun } from './machine.ts'
import { type BenchFile, table } from './report.ts'
import type { KeyResult, Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'
import { SUITE_NAMES, SUITES, type SuiteName } from './suites.ts'

interface Options {
  readonly suite: SuiteName
  readonly only?: readonly string[]
  readonly json?: string
}

const say = (text: string) => void process.stderr.write(`bench: ${text}\n`)

const program = new Command('bench')
  .description('Measures Yizhan against its floor, side by side in alternating rounds.')
  .addOption(
    new Option('--suite <suite>', 'smoke: under a minute, for breakage; quick: minutes; full')
      .choices(SUITE_NAMES)
      .default('quick'),
  )
  .option('--only <names...>', 'only these keys')
  .option('--json <file>', 'write the result there')
  .addHelpText(
    'after',
    `\nKeys: ${SCENARIOS.map(({ name }) => name).join(', ')}\n\n` +
      'By requests/s where wrk is installed, otherwise by the CPU time of the server for a\n' +
      'request. The exit code is not 0 when an answer is not 2xx or a server dies.',
  )
  .showHelpAfterError()
  .action(async (options: Options) => {
    process.exitCode = await main(options)
  })

async function main({ suite: suiteName, only, json }: Options): Promise<number> {
  if (import.meta.url.endsWith('.ts')) {
    program.error('only compiled code is measured: run `npm run bench -- …`')
  }
  const scenarios = choose(suiteName, only)
  const file = json === undefined ? undefined : resolve(json)
  if (file !== undefined && !existsSync(dirname(file))) {
    program.error(`there is no folder ${dirname(file)}`)
  }

  const wrk = wrkVersion()
  if (wrk === undefined) say('wrk is not installed: ratios are by CPU time for a request')
  const suite = SUITES[suiteName]
  const run = new BenchRun({ suite, wrk: wrk !== undefined, say })
  guard(run, suite.limitSeconds)
  removeLeftovers()
  const meta = describeRun(suiteName, wrk)
  const keys: Record<string, KeyResult> = {}
  const failed: Record<string, string> = {}
  for (const scenario of scenarios) {
    try {
      keys[scenario.name] = await run.run(scenario)
    } catch (error) {
      failed[scenario.name] = error instanceof Error ? error.message : String(error)
      say(`${scenario.name} failed: ${error instanceof Error ? error.stack : error}`)
    }
  }
  const sound = Object.keys(failed).length === 0
  const result: BenchFile = { meta, keys, ...(sound ? {} : { failed }) }
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
  process.stdout.write(table(result))
  return sound ? 0 : 1
}

function choose(suite: SuiteName, only: readonly string[] | undefined): readonly Scenario[] {
  const known = new Set(SCENARIOS.map(({ name }) => name))
  const unknown = only?.filter((name) => !known.has(name)) ?? []
  if (unknown.length > 0) program.error(`no such key: ${unknown.join(', ')}`)
  // Whoever names a key wants it in any suite.
  return only === undefined
    ? SCENARIOS.filter(({ suites }) => suites.includes(suite))
    : SCENARIOS.filter(({ name }) => only.includes(name))
}

/** Leaves no process and no folder behind, however the run ends; and it ends. */
function guard(run: BenchRun, limitSeconds: number): void {
  const giveUp = (why: string, code: number) => {
    say(why)
    process.exit(code)
  }
  process.on('exit', () => run.cleanUp())
  process.once('SIGINT', () => giveUp('stopped by SIGINT', 130))
  process.once('SIGTERM', () => giveUp('stopped by SIGTERM', 143))
  setTimeout(() => giveUp(`not done after ${limitSeconds} s`, 1), limitSeconds * 1000).unref()
}

await program.parseAsync()
