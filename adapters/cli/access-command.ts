import type { Command } from 'commander'
import type { AccessAt } from './access-at.ts'
import { type Overrides, readConfig } from './config.ts'
import { KEY_VARIABLE, keyOfCaller, serverPlace } from './server-call.ts'

export interface AccessOptions extends Overrides {
  readonly server?: string
}

/** A command that works on the data folder, or through the server that owns it. */
export function addAccessCommand(group: Command, name: string, description: string): Command {
  return group
    .command(name)
    .description(description)
    .option('--server <url>', 'the running server; the configured address when absent')
    .option('--data <folder>', 'folder of the ledger')
    .option('--config <file>', 'YAML file of settings')
    .addHelpText(
      'after',
      `\n${KEY_VARIABLE} holds the key or session for the server, of the role operator.`,
    )
}

export async function accessAt({ server, ...overrides }: AccessOptions): Promise<AccessAt> {
  const settings = readConfig(overrides)
  return {
    settings,
    ...(await serverPlace(server, settings)),
    operatorKey: keyOfCaller(),
  }
}
