import type { Command } from 'commander'
import { type Overrides, readConfig } from './config.ts'
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
      'when all is in order, sign the end of the journal; goes with --key',
    )
    .option('--key <file>', 'the private key (SM2) to sign with; made when it is absent')
    .option('--json <file>', 'write everything that was found there, as JSON')
    .option('--scratch <folder>', 'where the states are made anew; the place for temporary files')
    .option('--threads <number>', 'threads that decide; 0: one for each core', Number)
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
    .requiredOption('--out <file>', 'where the signed head goes')
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
    .action(async ({ from, to }: { from: string; to: string }) => {
      const { restore } = await import('./backup.ts')
      restore(from, to)
    })
}
