import { Argument, Command, Option } from 'commander'
import { IMPORT_KINDS, type ImportKind } from '../../engine/counter/record-entry.ts'
import { SCALES } from '../../fixtures/world.ts'
import { PLAYS, type PlayName, RECOVERIES } from '../his/plays.ts'
import { LANGUAGES } from '../words/words.ts'
import { exitProcess } from '../workers/exit-process.ts'
import { addAuditCommands } from './audit-commands.ts'
import type { BenchOptions } from './bench.ts'
import type { CheckOptions } from './check-rules.ts'
import { type Overrides, readConfig } from './config.ts'
import type { ConformanceOptions } from './conformance.ts'
import type { HisOptions } from './his.ts'
import type { ImportOptions } from './import-catalogue.ts'
import { addKeyCommands } from './key-commands.ts'
import {
  addItem,
  dayOf,
  monthOf,
  percentOf,
  rateOf,
  secondsOf,
  versionOf,
  wholeOf,
} from './option-values.ts'
import { plainText } from './plain-text.ts'
import { addPrivacyCommands } from './privacy-commands.ts'
import { projectVersion } from './project-root.ts'
import { addProposalCommands } from './proposal-commands.ts'
import type { BookOptions } from './rules-book.ts'
import type { CoverageOptions } from './rules-coverage.ts'
import type { RollbackOptions } from './rules-versions.ts'
import { KEY_VARIABLE, keyOfCaller, serverAddress, serverPlace } from './server-call.ts'
import { addStaffCommands } from './staff-commands.ts'

interface ImportCommand extends Overrides {
  readonly template?: boolean
  readonly dryRun?: boolean
  readonly again?: boolean
  readonly report?: string
  readonly server?: string
}

interface CreditCommand extends Overrides {
  readonly month: string
  readonly dryRun?: boolean
  readonly server?: string
}

interface ReplayCommand extends Overrides {
  readonly with?: string
  readonly from?: string
  readonly until?: string
  readonly institution?: string
  readonly person?: string
  readonly json?: boolean
  readonly csv?: string
}

const BENCH_SCENARIOS = ['outpatient', 'inpatient', 'mixed', 'protocol'] as const
const BENCH_HELP = `
Requests are sent when they are due, whatever has been answered by then, and latency counts from
that instant. Without --claims the demo's claims are sent under the demo's keys, to a server that
was started with --demo; protocol plays visits over the national interface, which books. Run it on another machine than the server, or both share the cores.`

/**
 * The command line: every command explains itself with --help, and loads its own code only when it
 * is asked for, so that the small ones start at once.
 */
const program = new Command('yizhan')
  .description('Yizhan 一站: point-of-care claims adjudication')
  .version(projectVersion())
  .showHelpAfterError()

program
  .command('serve')
  .description('serve the REST API on the ledger of the data folder')
  .option('--demo', 'demo data and demo keys, on loopback only')
  .option('--scale <scale>', 'demo data: demo or city (230,000 catalogue rows, a million people)')
  .option('--host <address>', 'address to listen on')
  .option('--port <port>', 'port to listen on; 0 takes any', wholeOf)
  .option('--data <folder>', 'folder of the ledger')
  .option('--threads <number>', 'threads that accept connections; 0: one for each core', wholeOf)
  .option(
    '--pool-threads <number>',
    'threads for large claims; 0: decided where they arrive',
    wholeOf,
  )
  .option('--config <file>', 'YAML file of settings')
  .action(async ({ demo, ...overrides }: Overrides & { demo?: boolean }) => {
    const { serve } = await import('./serve.ts')
    await serve({ config: readConfig(overrides), demo: demo === true })
  })

program
  .command('config')
  .description('print every setting, its value and where it comes from')
  .option('--config <file>', 'YAML file of settings')
  .action((overrides: Overrides) => {
    process.stdout.write(`${readConfig(overrides).describe()}\n`)
  })

const rules = program.command('rules').description('the policy packs')

rules
  .command('check')
  .description('check all packs: shape, references, standings, gaps and overlaps')
  .argument('[folder]', 'folder of the packs; the configured one when absent')
  .option('--assumed', 'list every assumed row, and what applies where plans say nothing')
  .action(async (folder: string | undefined, options: CheckOptions) => {
    const { checkRules } = await import('./check-rules.ts')
    process.exitCode = checkRules(folder ?? readConfig().rules, options)
  })

rules
  .command('coverage')
  .description('what each pack covers since when, and what its figures rest on')
  .argument('[folder]', 'folder of the packs; the configured one when absent')
  .option('--markdown', 'one table for all packs, as the README shows it')
  .addOption(languageOption())
  .action(async (folder: string | undefined, options: CoverageOptions) => {
    const { rulesCoverage } = await import('./rules-coverage.ts')
    process.stdout.write(`${plainText(rulesCoverage(folder ?? readConfig().rules, options))}\n`)
  })

rules
  .command('diff')
  .description('say what changed from one version of the rules to another, from when and for whom')
  .argument('<before>', 'live, a hash (12 digits or more) or a rules folder')
  .argument('<after>', 'the same')
  .option('--json', 'everything as JSON, money in fen, shares in permyriad')
  .option('--data <folder>', 'folder of the ledger')
  .option('--config <file>', 'YAML file of settings')
  .action(async (one: string, other: string, { json, ...rest }: Overrides & { json?: boolean }) => {
    const { rulesDiff } = await import('./rules-diff.ts')
    const { data } = readConfig(rest)
    process.stdout.write(`${plainText(rulesDiff(one, other, { data, json: json === true }))}\n`)
  })

rules
  .command('book')
  .description('write the packs out as a readable rulebook: a page for each city, and an index')
  .argument('[folder]', 'folder of the packs; the configured one when absent')
  .option('--out <folder>', 'where the pages go', 'rulebook')
  .option('--pack <id>', 'one city alone')
  .addOption(languageOption())
  .action(async (folder: string | undefined, options: Omit<BookOptions, 'rules'>) => {
    const { writeBook } = await import('./rules-book.ts')
    const written = await writeBook({ rules: folder ?? readConfig().rules, ...options })
    for (const path of written) process.stdout.write(`${path}\n`)
  })

program
  .command('conformance')
  .description('run a folder of cases and say which amounts differ')
  .option('--rules <folder>', 'folder of the packs; those that are shipped when absent')
  .option('--cases <folder>', 'folder of the cases, or one of them; the shipped ones when absent')
  .action(async (options: ConformanceOptions) => {
    const { runConformance } = await import('./conformance.ts')
    process.exitCode = await runConformance(options)
  })

rules
  .command('versions')
  .description('every version that ever was in force, and since when it is known')
  .option('--data <folder>', 'folder of the ledger')
  .option('--config <file>', 'YAML file of settings')
  .action(async (overrides: Overrides) => {
    const { listVersions } = await import('./rules-versions.ts')
    listVersions(readConfig(overrides))
  })

rules
  .command('rollback')
  .description('restore the version before the latest change, or the one named')
  .option('--pack <id>', 'one pack; without it, every pack that the latest change touched')
  .option('--to <hash>', 'the version, or the first 12 characters of its hash or more', versionOf)
  .option('--server <address>', 'the server that owns the folder; the configured one when absent')
  .option('--data <folder>', 'folder of the ledger')
  .option('--config <file>', 'YAML file of settings')
  .addHelpText('after', `\n${KEY_VARIABLE} holds the key for the server, of the role policy-maker.`)
  .action(async ({ pack, to, server, ...overrides }: Overrides & Partial<RollbackOptions>) => {
    const config = readConfig(overrides)
    const { rollBack } = await import('./rules-versions.ts')
    await rollBack(config, {
      ...(pack === undefined ? {} : { pack }),
      ...(to === undefined ? {} : { to }),
      ...(await serverPlace(server, config)),
    })
  })

addProposalCommands(rules)

program
  .command('catalogue')
  .description('the catalogues of drugs, service items and consumables')
  .command('import')
  .description('replace a catalogue by the one in a CSV or XLSX file, if no row has a fault')
  .argument('<file>', 'see docs/catalogue.md for the columns')
  .option('--id <id>', 'the id by which packs name the catalogue', 'national')
  .option('--dry-run', 'say what would change, and change nothing')
  .option('--report <file>', 'where to write every problem: row, column, expected, found (CSV)')
  .option('--server <address>', 'the server to be told; the configured one when absent')
  .option('--data <folder>', 'folder of the ledger')
  .option('--config <file>', 'YAML file of settings')
  .addHelpText(
    'after',
    `\nWith a key of the role policy-maker in ${KEY_VARIABLE} the server is told.`,
  )
  .action(
    async (
      file: string,
      { id, dryRun, report, server, ...overrides }: Overrides & ImportOptions,
    ) => {
      const config = readConfig(overrides)
      const { importCatalogue } = await import('./import-catalogue.ts')
      process.exitCode = await importCatalogue(config, file, {
        id,
        dryRun: dryRun === true,
        ...(report === undefined ? {} : { report }),
        server: server ?? (await serverAddress(config)),
      })
    },
  )

program
  .command('import')
  .description('import a whole file of records: all of it, or with any fault nothing')
  .addArgument(new Argument('<kind>', 'what the file holds').choices(IMPORT_KINDS))
  .argument('[file]', 'a CSV (UTF-8) or XLSX file; docs/imports.md lists the columns')
  .option('--template', 'print a file that shows the columns, and import nothing')
  .option('--dry-run', 'check every row and apply nothing')
  .option('--again', 'apply a file once more that was applied before (not balances)')
  .option('--report <file>', 'write all faults to this file, as CSV')
  .option('--server <url>', 'the running server; the configured address when absent')
  .option('--data <folder>', 'folder of the ledger')
  .option('--config <file>', 'YAML file of settings')
  .action(async (kind: ImportKind, file: string | undefined, options: ImportCommand) => {
    const { importFile, importTemplate } = await import('./import.ts')
    if (options.template === true) {
      process.stdout.write(await importTemplate(kind))
      return
    }
    if (file === undefined) throw new Error('name the file to be imported')
    const { template, dryRun, again, report, server, ...overrides } = options
    const config = readConfig(overrides)
    process.exitCode = await importFile({
      config,
      kind,
      file,
      dryRun: dryRun === true,
      again: again === true,
      ...(report === undefined ? {} : { report }),
      ...(await serverPlace(server, config)),
      key: keyOfCaller(),
    })
  })

program
  .command('accounts')
  .description('personal accounts')
  .command('credit')
  .description('credit the accounts of everybody for a month, as the packs say: each once')
  .requiredOption('--month <month>', 'YYYY-MM', monthOf)
  .option('--dry-run', 'work everything out and book nothing')
  .option('--server <url>', 'the running server; the configured address when absent')
  .option('--data <folder>', 'folder of the ledger')
  .option('--config <file>', 'YAML file of settings')
  .addHelpText('after', `\n${KEY_VARIABLE} holds the key for the server, of the role agency.`)
  .action(async ({ month, dryRun, server, ...overrides }: CreditCommand) => {
    const config = readConfig(overrides)
    const { creditMonth } = await import('./credit-accounts.ts')
    await creditMonth(config, {
      month,
      dryRun: dryRun === true,
      ...(await serverPlace(server, config)),
      key: keyOfCaller(),
    })
  })

program
  .command('replay')
  .description('decide all settlements again: as they were decided, or on another version')
  .option(
    '--with <version>',
    'live, a hash (12 digits or more) or a rules folder: what would change',
  )
  .option('--from <date>', 'booked on this day or later', dayOf)
  .option('--until <date>', 'booked before this day', dayOf)
  .option('--institution <id>', 'booked there')
  .option('--person <id>', 'of this person')
  .option('--json', 'everything as JSON, amounts in fen')
  .option('--csv <file>', 'a row for each settlement, amounts in yuan; goes with --with')
  .option('--data <folder>', 'folder of the ledger')
  .option('--config <file>', 'YAML file of settings')
  .addHelpText('after', '\nReads beside a running server and books nothing; see docs/replay.md.')
  .action(
    async ({
      with: named,
      from,
      until,
      institution,
      person,
      json,
      csv,
      ...rest
    }: ReplayCommand) => {
      const { replay } = await import('./replay.ts')
      const { text, exitCode } = replay({
        data: readConfig(rest).data,
        ...(named === undefined ? {} : { with: named }),
        scope: {
          ...(from === undefined ? {} : { from }),
          ...(until === undefined ? {} : { until }),
          ...(institution === undefined ? {} : { institutionId: institution }),
          ...(person === undefined ? {} : { personId: person }),
        },
        json: json === true,
        ...(csv === undefined ? {} : { csv }),
      })
      process.stdout.write(`${text}\n`)
      process.exitCode = exitCode
    },
  )

addAuditCommands(program)
addPrivacyCommands(program)

addKeyCommands(program)
addStaffCommands(program)

program
  .command('bench')
  .description('load a running server at an even rate and say how long answers took (open loop)')
  .requiredOption('--url <address>', 'the server, such as http://127.0.0.1:8080')
  .addOption(
    new Option('--scenario <scenario>', 'which of the demo claims are sent')
      .choices(BENCH_SCENARIOS)
      .default('mixed'),
  )
  .option('--rate <number>', 'requests per second', rateOf, 50)
  .option('--duration <seconds>', 'such as 30 or 5m', secondsOf, 30)
  .option('--claims <file>', 'claims of your own instead: one JSON object a line')
  .option('--key <key>', `the institution's key for them; ${KEY_VARIABLE} hides it from the shell`)
  .addOption(
    new Option('--scale <scale>', 'of the demo data that the server has')
      .choices(SCALES)
      .default('demo'),
  )
  .option('--cancel-share <percent>', 'of the settlements of protocol', percentOf, 10)
  .option('--settle', 'book settlements instead of asking for quotes')
  .option('--yes', 'with --settle: yes, these bookings are meant')
  .option('--json <file>', 'write the result there')
  .addHelpText('after', BENCH_HELP)
  .action(async ({ key, ...options }: Omit<BenchOptions, 'key'> & { key?: string }) => {
    const { benchServer } = await import('./bench.ts')
    process.exitCode = await benchServer({ ...options, key: key ?? keyOfCaller() })
  })

program
  .command('his')
  .description('play a visit over the national interface against any server, step by step')
  .addArgument(new Argument('<visit>', 'what is played').choices(PLAYS))
  .option('--url <address>', 'host, or all up to the interface', 'http://127.0.0.1:8080')
  .addOption(
    new Option('--paths <paths>', 'one address for all transactions, or one for each service')
      .choices(['single', 'service'])
      .default('single'),
  )
  .option('--key <key>', `the institution's key, where one is needed; or in ${KEY_VARIABLE}`)
  .option('--institution <code>', "fixmedins_code; the demo's when absent")
  .option('--person <psn_no>', "who is at the counter, by number; the demo's when absent")
  .option('--credential <number>', 'or by what they show')
  .option('--credential-type <code>', 'what that is: 01 voucher, 02 identity card, 03 card')
  .option('--on <date>', "first day of care; the demo's when absent", dayOf)
  .option('--until <date>', 'last day of a stay; five days later when absent', dayOf)
  .option('--item <code=price[xcount]...>', "what is charged; the demo's when absent", addItem)
  .option('--med-type <code>', 'med_type; 11, 21 or 41 when absent')
  .option('--no-account', 'the personal account is not to pay')
  .addOption(
    new Option('--numbers <form>', 'how amounts are sent')
      .choices(['text', 'number'])
      .default('text'),
  )
  .addOption(
    new Option('--infcode <form>', 'complain when it comes in the other form')
      .choices(['any', 'number', 'string'])
      .default('any'),
  )
  .option('--timeout <seconds>', 'how long an answer is waited for', secondsOf, 30)
  .option('--cancel', 'end by taking everything back')
  .addOption(
    new Option('--lost-answer [how]', 'lose the answer to the settlement, and recover')
      .choices(RECOVERIES)
      .preset('retry'),
  )
  .option(
    '--save <folder>',
    'write all messages there, as they were sent and came back; empty, or none yet',
  )
  .action(async (visit: PlayName, { key, ...options }: HisOptions) => {
    const { playHis } = await import('./his.ts')
    process.exitCode = await playHis(visit, { ...options, key: key ?? keyOfCaller() })
  })

function languageOption(): Option {
  return new Option('--lang <language>', 'Chinese or English').choices(LANGUAGES).default('en')
}

/** As of a program that the signal ended. */
const SIGPIPE_EXIT = 141

// Whoever reads what is printed may have seen enough, such as `head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(SIGPIPE_EXIT)
})

try {
  await program.parseAsync()
} catch (error) {
  const why = error instanceof Error ? error.message : String(error)
  process.stderr.write(`yizhan: ${plainText(why)}\n`)
  // What a failed command has opened (a watcher, threads) must not keep it from ending.
  await exitProcess(1)
}
