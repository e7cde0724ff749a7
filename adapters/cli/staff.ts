import { renderUnicodeCompact } from 'uqr'
import type { StaffRole } from '../../engine/access/staff.ts'
import { argon2Passwords } from '../access/passwords.ts'
import { sessionTokens } from '../access/session-tokens.ts'
import { SESSION_USE_BYTES, SessionUse } from '../access/session-use.ts'
import { type ChangeRequest, StaffDesk } from '../access/staff-desk.ts'
import {
  handedOverAnswer,
  type MemberAnswerBody,
  memberAnswer,
  type NewMemberAnswerBody,
} from '../http/staff-schemas.ts'
import { staffKeys } from '../keys/secret.ts'
import { type AccessAt, askServer, existing, granted, OWNER, onFolder } from './access-at.ts'

export async function enrolMember(at: AccessAt, name: string, role: StaffRole): Promise<void> {
  const made = await here(at, async (desk) =>
    handedOverAnswer(granted(await desk.enrol({ name, role }, OWNER))),
  )
  handOver(made ?? (await askServer(at, 'POST', '/v1/staff', { name, role })))
}

export async function resetMember(at: AccessAt, name: string): Promise<void> {
  const made = await here(existing(at), async (desk) =>
    handedOverAnswer(granted(await desk.reset(name, OWNER))),
  )
  handOver(made ?? (await askServer(at, 'POST', `${pathOf(name)}/reset`)))
}

export async function changeMember(
  at: AccessAt,
  name: string,
  change: ChangeRequest,
): Promise<void> {
  const body = change.kind === 'role' ? { role: change.role } : undefined
  const member =
    (await here(existing(at), async (desk) =>
      memberAnswer(granted(await desk.change(name, change, OWNER))),
    )) ?? (await askServer<MemberAnswerBody>(at, 'POST', `${pathOf(name)}/${change.kind}`, body))
  process.stdout.write(`${lineOf(member)}\n`)
}

export async function listStaff(at: AccessAt): Promise<void> {
  const { staff } =
    (await here(existing(at), async (desk) => ({ staff: desk.list().map(memberAnswer) }))) ??
    (await askServer<{ staff: MemberAnswerBody[] }>(at, 'GET', '/v1/staff'))
  process.stdout.write(staff.length === 0 ? 'nobody was enrolled yet\n' : '')
  for (const member of staff) process.stdout.write(`${lineOf(member)}\n`)
}

/** On the folder itself; nothing when a server owns it, or was named. */
function here<T>(at: AccessAt, work: (desk: StaffDesk) => Promise<T>): Promise<T | undefined> {
  return onFolder(at, (acts, secret) => {
    const { passwordKey, codes, sessionKey } = staffKeys(secret)
    return work(
      new StaffDesk(acts, {
        passwords: argon2Passwords(passwordKey),
        sealing: codes,
        tokens: sessionTokens(sessionKey),
        use: new SessionUse(new SharedArrayBuffer(SESSION_USE_BYTES)),
        now: Date.now,
        count: () => {},
      }),
    )
  })
}

/** Only what the member needs goes to stdout; at a terminal the code is also drawn, to be scanned. */
function handOver({ password, codeUri, ...member }: NewMemberAnswerBody): void {
  process.stderr.write(`${lineOf(member)}\nFor the member alone, shown this once:\n`)
  process.stdout.write(`password, to be changed at the first sign-in: ${password}\n${codeUri}\n`)
  if (process.stdout.isTTY) process.stdout.write(`\n${renderUnicodeCompact(codeUri)}\n`)
}

function lineOf(member: MemberAnswerBody): string {
  const { name, role, standing, mustChange, enrolledAt, enrolledBy, signedInAt, lockedUntil } =
    member
  return [
    `${name}  ${role}  ${standing}${lockedUntil === undefined ? '' : ` until ${lockedUntil}`}`,
    `enrolled ${enrolledAt} by ${enrolledBy}`,
    signedInAt === undefined ? 'never signed in' : `signed in ${signedInAt}`,
    ...(mustChange ? ['has to change the password'] : []),
  ].join(', ')
}

function pathOf(name: string): string {
  return `/v1/staff/${encodeURIComponent(name)}`
}
