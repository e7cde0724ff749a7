import { existsSync, writeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import { toolCommand } from '../fixtures/tool-command.ts'
import { BenchRun } from './bench-run.ts'
import { removeLeftovers } from './data-folders.ts'
import { wrkVersion } from './load/wrk.ts'
import { describeRun } from './machine.ts'
import { table } from './report.ts'
import { ResultsSoFar } from './results-so-far.ts'
import type { Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'
import { SUITE_NAMES, SUITES, type SuiteName } from './suites.ts'
import { targetInWords } from './target.ts'

interface Options {
  readonly suite: SuiteName
  readonly only?: readonly string[]
  readonly json?: string
  readonly threads: number
  readonly strict?: boolean
}

/** Half of the cores serve, the others put on the load. */
const THREADS = Math.max(1, Math.floor(availableParallelism() / 2))

const say = (text: string) => void process.stderr.write(`bench: ${text}\n`)

const program = toolCommand(
  'bench',
  'Measures Yizhan against its floors, side by side in alternating rounds.',
)
  .addOption(
    new Option(
      '--suite <suite>',
      'smoke: under a minute, for breakage; quick: minutes; load: above capacity; full: all',
    )
      .choices(SUITE_NAMES)
      .default('quick'),
  )
  .option('--only <names...>', 'only these keys, whatever the suite; also with commas')
  .option('--json <file>', 'write the result there, key by key as they come')
  .option('--threads <number>', 'acceptor threads of ours and of the echo', threadsOf, THREADS)
  .option('--strict', 'the exit code is not 0 when a target is missed, either')
  .addHelpText('after', `\n${helpOfKeys()}`)
  .action(async (options: Options) => {
    process.exitCode = await main(options)
  })

async function main(options: Options): Promise<number> {
  const { suite: suiteName, only, json, threads, strict } = options
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
  const run = new BenchRun({ suiteName, suite, threads, wrk: wrk !== undefined, say })
  const meta = { ...describeRun(suiteName, wrk), threads }
  const names = scenarios.map(({ name }) => name)
  const results = new ResultsSoFar(meta, names, file)
  guard(run, results, suite.limitSeconds)
  removeLeftovers()
  for (const [at, scenario] of scenarios.entries()) {
    const began = performance.now()
    say(`${scenario.name} (${at + 1} of ${scenarios.length})`)
    try {
      results.measured(scenario.name, await run.run(scenario, scenarios[at + 1]))
    } catch (error) {
      results.failed(scenario.name, error instanceof Error ? error.message : String(error))
      say(`${scenario.name} failed: ${error instanceof Error ? error.stack : error}`)
    }
    say(`${scenario.name} took ${((performance.now() - began) / 1000).toFixed(0)} s`)
  }
  process.stdout.write(table(results.all))
  const { keys, failed } = results.all
  const missed = Object.values(keys).some(({ met }) => met === false)
  return failed !== undefined || (strict === true && missed) ? 1 : 0
}

/** Every key: what it compares, its suites and its target. */
function helpOfKeys(): string {
  const rows = SCENARIOS.flatMap(({ name, title = '', suites, target = {} }) => [
    `  ${name}  ${targetInWords(target)}  (${suites.join(', ')})`,
    `      ${title}`,
  ])
  return [
    'Keys, their targets and suites:',
    ...rows,
    '',
    'Throughput is compared by requests/s where wrk is installed, otherwise by the CPU time of the',
    'server for a request; both stand in the file. Latency comes from an open-loop generator.',
    'The exit code is not 0 when an answer is not 2xx or a server dies; a missed target only says so.',
    '',
  ].join('\n')
}

function threadsOf(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A whole number from 1 to 99.')
}

function choose(suite: SuiteName, list: readonly string[] | undefined): readonly Scenario[] {
  const only = list?.flatMap((names) => names.split(','))
  const known = new Set(SCENARIOS.map(({ name }) => name))
  const unknown = only?.filter((name) => !known.has(name)) ?? []
  if (unknown.length > 0) program.error(`no such key: ${unknown.join(', ')}`)
  // Whoever names a key wants it in any suite.
  return only === undefined
    ? SCENARIOS.filter(({ suites }) => suites.includes(suite))
    : SCENARIOS.filter(({ name }) => only.includes(name))
}

/** Leaves no process and no folder behind, however the run ends; and it ends, with what it has. */
function guard(run: BenchRun, results: ResultsSoFar, limitSeconds: number): void {
  const giveUp = (why: string, code: number) => {
    say(why)
    results.cutShort(why)
    writeSync(process.stdout.fd, table(results.all))
    process.exit(code)
  }
  process.on('exit', () => run.cleanUp())
  process.once('SIGINT', () => giveUp('stopped by SIGINT', 130))
  process.once('SIGTERM', () => giveUp('stopped by SIGTERM', 143))
  setTimeout(() => giveUp(`not done after ${limitSeconds} s`, 1), limitSeconds * 1000).unref()
}

await program.parseAsync()
