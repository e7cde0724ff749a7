import { existsSync } from 'node:fs'
import { dayBegins } from '../../engine/calendar/china-time.ts'
import type { CivilDate } from '../../engine/claim/claim.ts'
import { KeyDesk, type KeyRequest } from '../access/key-desk.ts'
import { isRegistered } from '../audit/registered-institution.ts'
import { type KeyAnswerBody, keyAnswer } from '../http/key-schemas.ts'
import { SERVER_KEY } from '../keys/secret.ts'
import { type AccessAt, askServer, existing, granted, OWNER, onFolder } from './access-at.ts'

interface Issued extends KeyAnswerBody {
  readonly key: string
}

export async function issueKey(
  at: AccessAt,
  asked: Omit<KeyRequest, 'until'> & { readonly until?: CivilDate },
): Promise<void> {
  const { until, ...rest } = asked
  const issued = await here(at, async (desk) =>
    handedOut(await desk.issue({ ...rest, ...untilOf(until) }, OWNER)),
  )
  print(issued ?? (await askServer<Issued>(at, 'POST', '/v1/keys', asked)))
  if (rest.role === 'institution') await warnOfStranger(at, rest.holder)
}

/** A key may come before its institution does; more often the code is misspelt. */
async function warnOfStranger({ settings: { data }, named }: AccessAt, id: string): Promise<void> {
  // A server that was named may keep its folder on another machine.
  if (named && !existsSync(data)) return
  // The key is issued by now. Where the records cannot be read, nothing is said of them.
  if (await isRegistered(data, id).catch(() => true)) return
  process.stderr.write(
    `warning: no institution ${id} is registered; until it is (\`yizhan import institutions\`), ` +
      'whatever comes under this key is refused (institution-unknown)\n',
  )
}

export async function rotateKey(
  at: AccessAt,
  id: string,
  asked: { readonly overlapHours?: number; readonly until?: CivilDate },
): Promise<void> {
  const { until, ...rest } = asked
  const issued = await here(existing(at), async (desk) =>
    handedOut(await desk.rotate(id, { ...rest, ...untilOf(until) }, OWNER)),
  )
  print(issued ?? (await askServer<Issued>(at, 'POST', `${pathOf(id)}/rotation`, asked)))
}

export async function revokeKey(at: AccessAt, id: string): Promise<void> {
  const revoked = await here(existing(at), async (desk) =>
    keyAnswer(granted(await desk.revoke(id, OWNER))),
  )
  const key = revoked ?? (await askServer<KeyAnswerBody>(at, 'DELETE', pathOf(id)))
  process.stdout.write(`revoked: ${lineOf(key)}\n`)
}

export async function listKeys(at: AccessAt): Promise<void> {
  const { keys } =
    (await here(existing(at), async (desk) => ({ keys: desk.list().map(keyAnswer) }))) ??
    (await askServer<{ keys: KeyAnswerBody[] }>(at, 'GET', '/v1/keys'))
  process.stdout.write(keys.length === 0 ? 'no key was issued yet\n' : '')
  for (const key of keys) process.stdout.write(`${lineOf(key)}\n`)
}

/** On the folder itself; nothing when a server owns it, or was named. */
function here<T>(at: AccessAt, work: (desk: KeyDesk) => Promise<T>): Promise<T | undefined> {
  return onFolder(at, (acts, secret) =>
    work(new KeyDesk(acts, { serverKey: secret.derive(SERVER_KEY), now: Date.now })),
  )
}

function handedOut(made: Awaited<ReturnType<KeyDesk['issue']>>): Issued {
  const issued = granted(made)
  return { ...keyAnswer(issued), key: issued.key }
}

/** The key alone goes to stdout, so that it can be sent where it belongs without being seen. */
function print({ key, ...rest }: Issued): void {
  process.stderr.write(`${lineOf(rest)}\nThe key, shown this once and kept nowhere:\n`)
  process.stdout.write(`${key}\n`)
}

function lineOf(key: KeyAnswerBody): string {
  const {
    keyId,
    role,
    holder,
    standing,
    signed,
    issuedAt,
    issuedBy,
    until,
    revokedAt,
    replacedBy,
  } = key
  return [
    `${keyId}  ${role} ${holder}  ${standing}${signed ? ', signs' : ''}`,
    `issued ${issuedAt} by ${issuedBy}`,
    ...(until === undefined ? [] : [`until ${until}`]),
    ...(replacedBy === undefined ? [] : [`replaced by ${replacedBy}`]),
    ...(revokedAt === undefined ? [] : [`revoked ${revokedAt}`]),
  ].join(', ')
}

function untilOf(day: CivilDate | undefined): { readonly until?: number } {
  return day === undefined ? {} : { until: dayBegins(day) }
}

function pathOf(id: string): string {
  return `/v1/keys/${encodeURIComponent(id)}`
}
