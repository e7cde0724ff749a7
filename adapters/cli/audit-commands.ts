import type { Command } from 'commander'
import { type Overrides, readConfig } from './config.ts'
import { dayOf, wholeOf } from './option-values.ts'
import { KEY_VARIABLE } from './server-call.ts'
import type { VerifyCommand } from './verify.ts'

type VerifyOptions = Overrides & Omit<VerifyCommand, 'data' | 'threads'>

/** The commands that hold the ledger against itself and keep copies of it. */
export function addAuditCommands(program: Command): void {
  program
    .command('verify')
    .description('hold the ledger against itself: the chain, every state, every decision')
    .option('--against <files...>', 'heads exported earlier, which the journal must still contain')
    .option('--public-key <file>', 'the key that those heads must be signed with')
    .option(
      '--export-head <file>',
      'when all is in order, sign the end of the journal, in a new file; goes with --key',
    )
    .option('--key <file>', 'the private key (SM2) to sign with; made when it is absent')
    .option('--json <file>', 'write everything that was found there, as JSON')
    .option('--scratch <folder>', 'where the states are made anew; the place for temporary files')
    .option('--threads <number>', 'threads that decide; 0: one for each core', wholeOf)
    .option('--data <folder>', 'folder of the ledger')
    .option('--config <file>', 'YAML file of settings')
    .addHelpText('after', '\nReads beside a running server and changes nothing; see docs/audit.md.')
    .action(async (command: VerifyOptions) => {
      const settings = readConfig(command)
      const { verify } = await import('./verify.ts')
      process.exitCode = await verify({
        ...command,
        data: settings.data,
        threads: settings.threads,
      })
    })

  program
    .command('head')
    .description(
      'sign the end of the journal as it is now, to be kept elsewhere; see verify --against',
    )
    .requiredOption('--out <file>', 'where the signed head goes; no such file yet')
    .requiredOption('--key <file>', 'the private key (SM2); made when it is absent')
    .option('--data <folder>', 'folder of the ledger')
    .option('--config <file>', 'YAML file of settings')
    .action(async ({ out, key, ...overrides }: Overrides & { out: string; key: string }) => {
      const { exportHead } = await import('./export-head.ts')
      exportHead(readConfig(overrides).data, out, key)
    })

  program
    .command('backup')
    .description(
      'copy the whole data folder beside a running server, and restore the copy on trial',
    )
    .requiredOption('--to <folder>', 'an empty folder, or none yet')
    .option('--scratch <folder>', 'where it is restored on trial; the place for temporary files')
    .option('--data <folder>', 'folder of the ledger')
    .option('--config <file>', 'YAML file of settings')
    .action(async ({ to, scratch, ...rest }: Overrides & { to: string; scratch?: string }) => {
      const { backup } = await import('./backup.ts')
      const { data } = readConfig(rest)
      await backup({ data, to, ...(scratch === undefined ? {} : { scratch }) })
    })

  program
    .command('restore')
    .description('make a data folder of a backup; one that holds anything is not written over')
    .requiredOption('--from <folder>', 'the backup')
    .requiredOption('--to <folder>', 'the new data folder')
    .option('--config <file>', 'YAML file of settings: it says where the keys of encryption are')
    .action(async ({ from, to, ...overrides }: Overrides & { from: string; to: string }) => {
      readConfig(overrides)
      const { restore } = await import('./backup.ts')
      restore(from, to)
    })

  const audit = program.command('audit').description('who was shown what, and who did what')
  const listed = (name: 'reads' | 'acts', description: string) =>
    audit
      .command(name)
      .description(description)
      .requiredOption('--from <date>', 'the first day, in China', dayOf)
      .requiredOption('--until <date>', 'the day after the last one', dayOf)
      .option('--by <id>', 'an institution or a member of staff')
      .option('--csv', 'rows of CSV; without it a JSON object a line')
      .option('--server <address>', 'ask this server, which keeps that it was asked')
      .option('--data <folder>', 'folder of the ledger')
      .option('--config <file>', 'YAML file of settings')
      .addHelpText('after', AUDIT_HELP)

  listed('reads', 'who was shown what of a person; whom somebody was shown')
    .option('--person <id>', 'whose data was shown')
    .action(async ({ person, ...command }: ListCommand & { person?: string }) => {
      const { printList } = await import('./audit-lists.ts')
      const { asked, options } = listOf(command)
      const whose = person === undefined ? {} : { personId: person }
      await printList({ of: 'reads', asked: { ...asked, ...whose } }, options)
    })

  listed(
    'acts',
    'what was done to the engine itself: keys, staff, rules, imports, records, credits',
  )
    .option('--subject <subject>', 'what it was done to, such as policy or person/<id>')
    .action(async ({ subject, ...command }: ListCommand & { subject?: string }) => {
      const { printList } = await import('./audit-lists.ts')
      const { asked, options } = listOf(command)
      const what = subject === undefined ? {} : { subject }
      await printList({ of: 'acts', asked: { ...asked, ...what } }, options)
    })
}

const AUDIT_HELP = `
The list of one day goes --from that day --until the next one.
Reads the folder beside whoever owns it and writes nothing, so that nobody learns of it; with
--server it is kept that somebody looked. ${KEY_VARIABLE} holds the key for the server, of the role auditor.`

interface ListCommand extends Overrides {
  readonly from: string
  readonly until: string
  readonly by?: string
  readonly csv?: boolean
  readonly server?: string
}

function listOf({ from, until, by, csv, server, ...overrides }: ListCommand) {
  return {
    asked: { from, until, ...(by === undefined ? {} : { by }) },
    options: {
      data: readConfig(overrides).data,
      csv: csv === true,
      ...(server === undefined ? {} : { server }),
    },
  }
}
