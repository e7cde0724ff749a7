import { Argument, type Command } from 'commander'
import { STAFF_ROLES, type StaffRole } from '../../engine/access/staff.ts'
import { type AccessOptions, accessAt, addAccessCommand } from './access-command.ts'
import { readConfig } from './config.ts'
import { KEY_VARIABLE, serverAddress } from './server-call.ts'

/** The commands for the accounts of people, and for signing in. */
export function addStaffCommands(program: Command): void {
  const staff = program
    .command('staff')
    .description('the accounts of people who sign in; see docs/staff.md')

  addAccessCommand(staff, 'enrol', 'make an account; password and code are shown this once')
    .argument('<name>', 'of the account: lower-case letters, digits, dots and hyphens')
    .addArgument(new Argument('<role>', 'what the member may do').choices(STAFF_ROLES))
    .action(async (name: string, role: StaffRole, where: AccessOptions) => {
      const { enrolMember } = await import('./staff.ts')
      await enrolMember(await accessAt(where), name, role)
    })

  addAccessCommand(staff, 'list', 'all accounts that ever were made').action(
    async (where: AccessOptions) => {
      const { listStaff } = await import('./staff.ts')
      await listStaff(await accessAt(where))
    },
  )

  for (const [kind, description] of [
    ['suspend', 'let somebody in no more: at once, on every thread of a running server'],
    ['reinstate', 'let somebody in again who was suspended or locked out'],
  ] as const) {
    addAccessCommand(staff, kind, description)
      .argument('<name>', 'of the account')
      .action(async (name: string, where: AccessOptions) => {
        const { changeMember } = await import('./staff.ts')
        await changeMember(await accessAt(where), name, { kind })
      })
  }

  addAccessCommand(staff, 'role', 'give somebody another role; their sessions end')
    .argument('<name>', 'of the account')
    .addArgument(new Argument('<role>', 'in the place of theirs').choices(STAFF_ROLES))
    .action(async (name: string, role: StaffRole, where: AccessOptions) => {
      const { changeMember } = await import('./staff.ts')
      await changeMember(await accessAt(where), name, { kind: 'role', role })
    })

  addAccessCommand(staff, 'reset', 'make a new password and a new code; their sessions end')
    .argument('<name>', 'of the account')
    .action(async (name: string, where: AccessOptions) => {
      const { resetMember } = await import('./staff.ts')
      await resetMember(await accessAt(where), name)
    })

  program
    .command('sign-in')
    .description('sign in to a running server and print the token of the session')
    .argument('<name>', 'of the account')
    .option('--server <url>', 'the running server; the configured address when absent')
    .option('--config <file>', 'YAML file of settings')
    .addHelpText(
      'after',
      `\nAsks for password and code without echo; without a terminal they are lines of standard input.
The token goes to standard output alone: export ${KEY_VARIABLE}="$(yizhan sign-in <name>)"`,
    )
    .action(async (name: string, where: AccessOptions) => {
      const { signIn } = await import('./sign-in.ts')
      await signIn({ name, server: await serverOf(where) })
    })

  program
    .command('sign-out')
    .description(`end the session whose token is in ${KEY_VARIABLE}`)
    .option('--server <url>', 'the running server; the configured address when absent')
    .option('--config <file>', 'YAML file of settings')
    .action(async (where: AccessOptions) => {
      const { signOut } = await import('./sign-in.ts')
      await signOut(await serverOf(where))
    })
}

async function serverOf({ server, ...overrides }: AccessOptions): Promise<string> {
  return server ?? serverAddress(readConfig(overrides))
}
