import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { Command } from 'commander'
import { projectRoot } from '../../adapters/cli/project-root.ts'
import { openDrawing } from './draw.ts'
import { faultsOf } from './faults.ts'
import { page } from './html.ts'
import { markdown } from './markdown.ts'
import { readResults, resultFiles } from './results.ts'

interface Options {
  readonly json?: readonly string[]
  readonly out: string
  readonly check?: boolean
}

const RESULTS = join(projectRoot(), 'bench', 'results')
const DOCS = join(projectRoot(), 'docs')
const PAGE = 'benchmarks.html'
const TEXT = 'benchmarks.md'

const say = (text: string) => void process.stderr.write(`bench: ${text}\n`)

const program = new Command('bench:report')
  .description('Makes a page with charts and docs/benchmarks.md from results of the bench.')
  .option('--json <files...>', 'results; all of bench/results when absent')
  .option('--out <folder>', `where ${PAGE} and ${TEXT} go`, DOCS)
  .option('--check', `only compare ${TEXT} with the results`)
  .addHelpText(
    'after',
    '\nA key is taken from the newest run that has it. The exit code is not 0 when a key failed or\n' +
      'a figure is missing; the page then says so on top.',
  )
  .showHelpAfterError()
  .action(async (options: Options) => {
    process.exitCode = await main(options)
  })

async function main({ json, out, check = false }: Options): Promise<number> {
  const text = join(out, TEXT)
  const files =
    json?.map((file) => resolve(file)) ?? (existsSync(RESULTS) ? resultFiles(RESULTS) : [])
  if (files.length === 0) {
    // Without results there is nothing to be stale.
    if (check && !existsSync(text)) return 0
    program.error(`there are no results in ${relative('', RESULTS)}: npm run bench -- --json FILE`)
  }
  const results = readResults(files)
  const faults = faultsOf(results)
  const made = markdown(results, faults)
  if (check) {
    if (existsSync(text) && readFileSync(text, 'utf8') === made) return 0
    process.stdout.write(`docs/${TEXT} is not that of bench/results: npm run bench:report\n`)
    return 1
  }
  mkdirSync(out, { recursive: true })
  const draw = await openDrawing(say)
  writeFileSync(join(out, PAGE), page(results, faults, draw))
  writeFileSync(text, made)
  for (const fault of faults) say(fault)
  say(`made ${join(out, PAGE)} and ${text}`)
  return faults.length === 0 ? 0 : 1
}

await program.parseAsync()
