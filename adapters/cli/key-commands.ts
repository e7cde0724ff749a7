import { Argument, type Command, InvalidArgumentError } from 'commander'
import { KEY_ROLES } from '../../engine/access/keys.ts'
import type { Role } from '../../engine/access/roles.ts'
import type { CivilDate } from '../../engine/claim/claim.ts'
import { type AccessOptions, accessAt, addAccessCommand } from './access-command.ts'
import { dayOf } from './option-values.ts'

interface Issuing extends AccessOptions {
  readonly signed?: boolean
  readonly until?: CivilDate
}

interface Rotation extends AccessOptions {
  readonly until?: CivilDate
  readonly overlapHours?: number
}

/** The commands for the keys of institutions and systems. */
export function addKeyCommands(program: Command): void {
  const keys = program
    .command('keys')
    .description('the keys that let institutions and systems in; see docs/security.md')

  addAccessCommand(keys, 'issue', 'issue a key and print it, this once')
    .addArgument(new Argument('<role>', 'what it may do').choices(KEY_ROLES))
    .argument('<holder>', 'the institution, or a name for the system that will have it')
    .option('--signed', 'it is never sent: requests are signed with it')
    .option('--until <date>', 'the first day on which it is no longer good', dayOf)
    .action(async (role: Role, holder: string, { signed, until, ...where }: Issuing) => {
      const { issueKey } = await import('./keys.ts')
      await issueKey(await accessAt(where), {
        role,
        holder,
        signed: signed === true,
        ...(until === undefined ? {} : { until }),
      })
    })

  addAccessCommand(
    keys,
    'rotate',
    'issue a key in the place of another, which stays good for a while',
  )
    .argument('<id>', 'the id of the old key: what it begins with')
    .option('--overlap-hours <hours>', 'how long the old one stays good; a week if absent', hoursOf)
    .option('--until <date>', 'the first day on which the new one is no longer good', dayOf)
    .action(async (id: string, { until, overlapHours, ...where }: Rotation) => {
      const { rotateKey } = await import('./keys.ts')
      await rotateKey(await accessAt(where), id, {
        ...(until === undefined ? {} : { until }),
        ...(overlapHours === undefined ? {} : { overlapHours }),
      })
    })

  addAccessCommand(keys, 'revoke', 'end a key at once, on every thread of a running server')
    .argument('<id>', 'the id of the key: what it begins with')
    .action(async (id: string, where: AccessOptions) => {
      const { revokeKey } = await import('./keys.ts')
      await revokeKey(await accessAt(where), id)
    })

  addAccessCommand(keys, 'list', 'all keys that were issued, and whether they are good').action(
    async (where: AccessOptions) => {
      const { listKeys } = await import('./keys.ts')
      await listKeys(await accessAt(where))
    },
  )
}

function hoursOf(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('An overlap is a whole number of hours.')
}
