import { createHash, randomBytes } from 'node:crypto'
import { Argument, Command } from 'commander'
import { type CheckOptions, checkRules } from './check-rules.ts'
import { type Overrides, readConfig } from './config.ts'
import { type ConformanceOptions, runConformance } from './conformance.ts'
import { projectVersion } from './project-root.ts'
import { ROLES } from './roles.ts'
import { serve } from './serve.ts'

/** The command line: every command explains itself with --help. */
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
  .option('--port <port>', 'port to listen on; 0 takes any', Number)
  .option('--data <folder>', 'folder of the ledger')
  .option('--config <file>', 'YAML file of settings')
  .action(async ({ demo, ...overrides }: Overrides & { demo?: boolean }) => {
    await serve({ config: readConfig(overrides), demo: demo === true })
  })

program
  .command('config')
  .description('print every setting, its value and where it comes from')
  .option('--config <file>', 'YAML file of settings')
  .action((overrides: Overrides) => {
    process.stdout.write(`${readConfig(overrides).describe()}\n`)
  })

program
  .command('rules')
  .description('the policy packs')
  .command('check')
  .description('check all packs: shape, references, standings, gaps and overlaps')
  .argument('[folder]', 'folder of the packs; the configured one when absent')
  .option('--assumed', 'list every assumed row, and what applies where plans say nothing')
  .action((folder: string | undefined, options: CheckOptions) => {
    process.exitCode = checkRules(folder ?? readConfig().rules, options)
  })

program
  .command('conformance')
  .description('run a folder of cases and say which amounts differ')
  .option('--rules <folder>', 'folder of the packs; those that are shipped when absent')
  .option('--cases <folder>', 'folder of the cases, or one of them; the shipped ones when absent')
  .action(async (options: ConformanceOptions) => {
    process.exitCode = await runConformance(options)
  })

program
  .command('key')
  .description('make a key for an institution, an agency or a policy officer')
  .addArgument(new Argument('<role>', 'what the key may do').choices(ROLES))
  .argument('<id>', 'institution id, or name of the agency or officer')
  .action((role: string, id: string) => {
    const key = `${id}.${randomBytes(32).toString('base64url')}`
    const sha256 = createHash('sha256').update(key).digest('hex')
    process.stdout.write(`key, shown once: ${key}\n`)
    process.stdout.write(
      `for the credentials file:\n- {sha256: ${sha256}, role: ${role}, id: ${id}}\n`,
    )
  })

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`yizhan: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
