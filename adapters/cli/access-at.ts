import { foldAct, loadAccess } from '../../engine/access/access.ts'
import { isRefusal, type Refusal } from '../../engine/claim/outcomes.ts'
import { AccessDesk } from '../access/access-desk.ts'
import { dataSecret } from '../keys/secret.ts'
import { FolderOwnedError } from '../sqlite/owner-lock.ts'
import type { Settings } from './config.ts'
import { requireLedger, withOwnLedger } from './own-ledger.ts'
import { KEY_VARIABLE, type ServerPlace, serverCaller, whyServer } from './server-call.ts'

/** Where it is said who is let in: in a folder that nobody owns, or with the server that owns it. */
export interface AccessAt extends ServerPlace {
  readonly settings: Pick<Settings, 'data' | 'cacheBytes'>
  /** A key or session of the role operator, for the server. */
  readonly operatorKey: string | undefined
}

/** Whoever may open the folder may do what an operator may: nobody could keep them from it. */
export const OWNER = { role: 'operator', id: 'cli' } as const

/** The same for what makes nothing: throws where the folder that it would work on holds no ledger. */
export function existing(at: AccessAt): AccessAt {
  if (!at.named) requireLedger(at.settings.data)
  return at
}

/** Works on the folder itself; nothing when a server owns it, or was named. */
export async function onFolder<T>(
  { settings, named }: AccessAt,
  work: (acts: AccessDesk, secret: ReturnType<typeof dataSecret>) => Promise<T>,
): Promise<T | undefined> {
  if (named) return undefined
  const done = withOwnLedger(settings, async (ledger) => {
    const access = await loadAccess(ledger)
    const acts = new AccessDesk({
      ledger,
      now: Date.now,
      access: () => access,
      publish: async (act) => foldAct(access, act),
    })
    return work(acts, dataSecret(settings.data))
  })
  return done.catch((error: unknown) => {
    if (error instanceof FolderOwnedError) return undefined
    throw error
  })
}

/** Asks the server. */
export function askServer<T>(
  at: AccessAt,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const { settings, server, operatorKey } = at
  if (operatorKey === undefined) {
    throw new Error(
      `${whyServer(at, settings.data)}: set ${KEY_VARIABLE} to a key of the role operator ` +
        `to go through it${at.named ? '' : ` (--server, now ${server}), or stop it`}`,
    )
  }
  const call = serverCaller(server, operatorKey)
  return body === undefined
    ? call<T>(method, path)
    : call<T>(method, path, JSON.stringify(body), 'application/json')
}

/** Throws with what a refusal says. */
export function granted<T extends object>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(`${answer.refused}: ${answer.detail}`)
  return answer
}
