import type { Command } from 'commander'
import { type Overrides, readConfig } from './config.ts'

/** The commands about how personal data are kept. */
export function addPrivacyCommands(program: Command): void {
  program
    .command('person-export')
    .description('everything that is kept about one person, as one JSON document')
    .requiredOption('--person <id>', 'the person')
    .option('--out <file>', 'a new file, readable by its owner only; standard output when absent')
    .option('--data <folder>', 'folder of the ledger')
    .option('--config <file>', 'YAML file of settings')
    .addHelpText('after', '\nReads beside a running server, and opens what is sealed.')
    .action(async ({ person, out, ...rest }: Overrides & { person: string; out?: string }) => {
      const { exportPerson } = await import('./person-export.ts')
      const { entries, isKnown } = await exportPerson(readConfig(rest).data, person, out)
      process.stderr.write(`entries of the journal: ${entries}\n`)
      if (isKnown) return
      process.stderr.write('nothing is kept about this person: is the id right?\n')
      process.exitCode = 1
    })

  const encryption = program
    .command('encryption')
    .description('how personal data are sealed; docs/privacy.md has the whole of it')

  encryption
    .command('status')
    .description('which keys are at hand, and how many rows of the registry each has sealed')
    .option('--data <folder>', 'folder of the ledger')
    .option('--config <file>', 'YAML file of settings')
    .action(async (overrides: Overrides) => {
      const { encryptionStatus } = await import('./encryption.ts')
      process.stdout.write(encryptionStatus(readConfig(overrides).data))
    })

  encryption
    .command('rotate')
    .description('seal the registry with the first key, whatever it was sealed with')
    .option('--data <folder>', 'folder of the ledger')
    .option('--config <file>', 'YAML file of settings')
    .addHelpText('after', '\nMay run beside a server that was started with this key.')
    .action(async (overrides: Overrides) => {
      const { rotateEncryption } = await import('./encryption.ts')
      process.stdout.write(rotateEncryption(readConfig(overrides).data))
    })
}
