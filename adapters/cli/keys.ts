import { foldAct, loadAccess } from '../../engine/access/access.ts'
import { dayBegins } from '../../engine/calendar/china-time.ts'
import type { CivilDate } from '../../engine/claim/claim.ts'
import { isRefusal, type Refusal } from '../../engine/claim/outcomes.ts'
import { AccessDesk } from '../access/access-desk.ts'
import { KeyDesk, type KeyRequest } from '../access/key-desk.ts'
import { type KeyAnswerBody, keyAnswer } from '../http/key-schemas.ts'
import { FolderOwnedError } from '../sqlite/owner-lock.ts'
import { openLedger } from '../workers/ledger-host.ts'
import type { Settings } from './config.ts'
import { dataSecret, SERVER_KEY } from './secret.ts'
import { KEY_VARIABLE, serverCaller } from './server-call.ts'

/** Where the keys are: in a folder that nobody owns, or with the server that owns it. */
export interface KeysAt {
  readonly settings: Pick<Settings, 'data' | 'cacheBytes'>
  readonly server: string
  /** A key of the role operator, for the server. */
  readonly operatorKey: string | undefined
}

interface Issued extends KeyAnswerBody {
  readonly key: string
}

/** Whoever may open the folder may do what an operator may: nobody could keep them from it. */
const OWNER = { role: 'operator', id: 'cli' } as const

export async function issueKey(
  at: KeysAt,
  asked: Omit<KeyRequest, 'until'> & { readonly until?: CivilDate },
): Promise<void> {
  const { until, ...rest } = asked
  const issued = await here(at, async (desk) =>
    handedOut(await desk.issue({ ...rest, ...untilOf(until) }, OWNER)),
  )
  print(issued ?? (await there<Issued>(at, 'POST', '/v1/keys', asked)))
}

export async function rotateKey(
  at: KeysAt,
  id: string,
  asked: { readonly overlapHours?: number; readonly until?: CivilDate },
): Promise<void> {
  const { until, ...rest } = asked
  const issued = await here(at, async (desk) =>
    handedOut(await desk.rotate(id, { ...rest, ...untilOf(until) }, OWNER)),
  )
  print(issued ?? (await there<Issued>(at, 'POST', `${pathOf(id)}/rotation`, asked)))
}

export async function revokeKey(at: KeysAt, id: string): Promise<void> {
  const revoked = await here(at, async (desk) => keyAnswer(granted(await desk.revoke(id, OWNER))))
  const key = revoked ?? (await there<KeyAnswerBody>(at, 'DELETE', pathOf(id)))
  process.stdout.write(`revoked: ${lineOf(key)}\n`)
}

export async function listKeys(at: KeysAt): Promise<void> {
  const { keys } =
    (await here(at, async (desk) => ({ keys: desk.list().map(keyAnswer) }))) ??
    (await there<{ keys: KeyAnswerBody[] }>(at, 'GET', '/v1/keys'))
  process.stdout.write(keys.length === 0 ? 'no key was issued yet\n' : '')
  for (const key of keys) process.stdout.write(`${lineOf(key)}\n`)
}

/** On the folder itself; nothing when a server owns it. */
async function here<T>(
  { settings: { data, cacheBytes } }: KeysAt,
  work: (desk: KeyDesk) => Promise<T>,
): Promise<T | undefined> {
  let fatal: Error | undefined
  const ledger = await openLedger({
    folder: data,
    cacheBytes,
    onFatal: (error) => {
      fatal = error
    },
  }).catch((error: unknown) => {
    if (error instanceof FolderOwnedError) return undefined
    throw error
  })
  if (ledger === undefined) return undefined
  try {
    const access = await loadAccess(ledger)
    const acts = new AccessDesk({
      ledger,
      now: Date.now,
      access: () => access,
      publish: async (act) => foldAct(access, act),
    })
    const serverKey = dataSecret(data).derive(SERVER_KEY)
    const done = await work(new KeyDesk(acts, { serverKey, now: Date.now }))
    if (fatal !== undefined) throw fatal
    return done
  } finally {
    await ledger.close()
  }
}

function there<T>(
  { settings: { data }, server, operatorKey }: KeysAt,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  if (operatorKey === undefined) {
    throw new Error(
      `${data} is owned by a running server: set ${KEY_VARIABLE} to a key of the role operator ` +
        `to go through it (--server, now ${server}), or stop it`,
    )
  }
  const call = serverCaller(server, operatorKey)
  return body === undefined
    ? call<T>(method, path)
    : call<T>(method, path, JSON.stringify(body), 'application/json')
}

function granted<T extends object>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(`${answer.refused}: ${answer.detail}`)
  return answer
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
