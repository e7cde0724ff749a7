import { type Static, Type } from 'typebox'
import { PASSWORD_MAX, PASSWORD_MIN } from '../../engine/access/passwords.ts'
import { STAFF_ROLES } from '../../engine/access/staff.ts'
import { chinaTime } from '../../engine/calendar/china-time.ts'
import type { HandedOver, MemberView } from '../access/staff-desk.ts'
import { name, strict } from './schemas.ts'

/** The shapes of sessions, and of the accounts of people who sign in. */

const time = (description: string) => Type.String({ description: `${description}, RFC 3339` })
const role = Type.Enum([...STAFF_ROLES])
const accountName = name('Of the account; lower case')
const password = Type.String({ minLength: 1, maxLength: 256, description: 'The present password' })
const newPassword = Type.String({
  minLength: 1,
  maxLength: 256,
  description: `${PASSWORD_MIN} to ${PASSWORD_MAX} characters; below 20, of three kinds`,
})
const code = Type.String({
  pattern: '^\\d{6}$',
  description: 'The one-time code that the authenticator shows; good once',
})

export const SignInBody = Type.Object(
  {
    name: accountName,
    password,
    code,
    newPassword: Type.Optional(newPassword),
  },
  { ...strict, title: 'SignIn' },
)

export const PasswordBody = Type.Object(
  { password, code, newPassword },
  { ...strict, title: 'PasswordChange' },
)

const session = {
  name: Type.String(),
  role,
  since: time('When it began'),
  until: time('When it ends; half an hour without a request ends it, too'),
}

export const SessionBody = Type.Object(session, { ...strict, title: 'Session' })
export type SessionBody = Static<typeof SessionBody>

export const NewSessionBody = Type.Object(
  {
    ...session,
    token: Type.String({ description: 'To be sent as authorization: Bearer <token>' }),
  },
  { ...strict, title: 'NewSession' },
)

export const StaffName = Type.Object({ name: accountName })
export const MemberBody = Type.Object(
  { name: accountName, role },
  { ...strict, title: 'NewMember' },
)
export const RoleBody = Type.Object({ role }, { ...strict, title: 'RoleChange' })

const member = {
  name: Type.String(),
  role,
  standing: Type.Enum(['active', 'locked', 'suspended']),
  mustChange: Type.Boolean({ description: 'The password has to be changed at the next sign-in' }),
  enrolledAt: time('When the member was enrolled'),
  enrolledBy: Type.String(),
  signedInAt: Type.Optional(time('When they signed in last')),
  lockedUntil: Type.Optional(time('Until when nobody signs in under the name')),
}

export const MemberAnswerBody = Type.Object(member, { ...strict, title: 'Member' })
export type MemberAnswerBody = Static<typeof MemberAnswerBody>

export const NewMemberAnswerBody = Type.Object(
  {
    ...member,
    password: Type.String({ description: 'To be changed at the first sign-in; told this once' }),
    codeUri: Type.String({
      description: 'otpauth://…, what an authenticator is set up with; told this once',
    }),
  },
  { ...strict, title: 'HandedOver' },
)
export type NewMemberAnswerBody = Static<typeof NewMemberAnswerBody>

export const StaffListBody = Type.Object(
  { staff: Type.Array(MemberAnswerBody, { description: 'The first enrolled first' }) },
  { ...strict, title: 'Staff' },
)

/** A member as they are answered: nothing that anybody could sign in with. */
export function memberAnswer(member: MemberView): MemberAnswerBody {
  const { name, role, standing, mustChange, enrolledAt, enrolledBy, signedInAt, lockedUntil } =
    member
  return {
    name,
    role,
    standing,
    mustChange,
    enrolledAt: chinaTime(enrolledAt),
    enrolledBy,
    ...(signedInAt === undefined ? {} : { signedInAt: chinaTime(signedInAt) }),
    ...(lockedUntil === undefined ? {} : { lockedUntil: chinaTime(lockedUntil) }),
  }
}

/** And with what they sign in for the first time. */
export function handedOverAnswer(made: HandedOver): NewMemberAnswerBody {
  const { password, codeUri } = made
  return { ...memberAnswer(made), password, codeUri }
}
