import type { Command } from 'commander'
import { type Overrides, readConfig } from './config.ts'
import { instantOf, proposalOf } from './option-values.ts'
import type { ProposeCommand } from './proposals.ts'
import { KEY_VARIABLE, serverAddress } from './server-call.ts'

interface ServerOption extends Pick<Overrides, 'config'> {
  readonly server?: string
}

/** Publishing with four eyes from the command line, beside the server that owns the ledger. */
export function addProposalCommands(rules: Command): void {
  beside(rules.command('propose'), 'policy-maker')
    .description('propose what the files hold; another person approves')
    .option('--at <time>', 'when it shall come into force: YYYY-MM-DD, or with a time', instantOf)
    .option('--note <text>', 'what whoever approves should know')
    .action(async ({ at, note, ...rest }: ServerOption & ProposeCommand) => {
      const { proposeRules } = await import('./proposals.ts')
      await proposeRules(await serverOf(rest), { ...(at && { at }), ...(note && { note }) })
    })

  beside(rules.command('proposals'), 'policy-maker, policy-checker or auditor')
    .description('what was proposed; with a number, all that one would change')
    .argument('[number]', 'of the proposal', proposalOf)
    .action(async (id: string | undefined, options: ServerOption) => {
      const { showProposals } = await import('./proposals.ts')
      await showProposals(await serverOf(options), id)
    })

  beside(rules.command('approve'), 'policy-checker')
    .description('approve what another person proposed')
    .argument('<number>', 'of the proposal', proposalOf)
    .action(async (id: string, options: ServerOption) => {
      const { decideProposal } = await import('./proposals.ts')
      await decideProposal(await serverOf(options), id, 'approval')
    })

  beside(rules.command('reject'), 'policy-checker')
    .description('reject a proposal, also an approved one whose time has not come')
    .argument('<number>', 'of the proposal', proposalOf)
    .requiredOption('--reason <text>', 'why')
    .action(async (id: string, { reason, ...rest }: ServerOption & { reason: string }) => {
      const { decideProposal } = await import('./proposals.ts')
      await decideProposal(await serverOf(rest), id, 'rejection', reason)
    })

  beside(rules.command('withdraw'), 'policy-maker')
    .description('withdraw a proposal of your own')
    .argument('<number>', 'of the proposal', proposalOf)
    .option('--reason <text>', 'why')
    .action(async (id: string, { reason, ...rest }: ServerOption & { reason?: string }) => {
      const { decideProposal } = await import('./proposals.ts')
      await decideProposal(await serverOf(rest), id, 'withdrawal', reason)
    })
}

function beside(command: Command, role: string): Command {
  return command
    .option('--server <address>', 'the server that owns the folder; the configured one when absent')
    .option('--config <file>', 'YAML file of settings')
    .addHelpText('after', `\n${KEY_VARIABLE} holds the key for the server, of the role ${role}.`)
}

async function serverOf({ server, ...overrides }: ServerOption): Promise<string> {
  return server ?? (await serverAddress(readConfig(overrides)))
}
