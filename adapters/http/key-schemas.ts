import { type Static, Type } from 'typebox'
import { KEY_ROLES } from '../../engine/access/keys.ts'
import { chinaTime } from '../../engine/calendar/china-time.ts'
import type { KeyView } from '../access/key-desk.ts'
import { strict } from './schemas.ts'

/** The shapes of the keys that let institutions and systems in. */

const OVERLAP_HOURS_MAX = 24 * 90

const until = Type.String({
  format: 'date',
  description: 'The first day, in China, on which the key is no longer good',
})
const time = (description: string) => Type.String({ description: `${description}, RFC 3339` })
const keyId = Type.String({ maxLength: 64, description: 'What the key begins with' })

export const KeyId = Type.Object({ keyId })

export const KeyBody = Type.Object(
  {
    role: Type.Enum([...KEY_ROLES]),
    holder: Type.String({
      maxLength: 64,
      description: 'The institution, or a name for the system that will have the key',
    }),
    signed: Type.Optional(
      Type.Boolean({ description: 'The key is never sent: requests are signed with it' }),
    ),
    until: Type.Optional(until),
  },
  { ...strict, title: 'KeyRequest' },
)

export const RotationBody = Type.Object(
  {
    overlapHours: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: OVERLAP_HOURS_MAX,
        description: 'How long the old key stays good beside the new one; a week when absent',
      }),
    ),
    until: Type.Optional(until),
  },
  { ...strict, title: 'KeyRotation' },
)

const members = {
  keyId,
  role: Type.String(),
  holder: Type.String(),
  standing: Type.Enum(['good', 'ended', 'revoked']),
  signed: Type.Boolean({ description: 'Requests are signed with it; otherwise it is shown' }),
  issuedAt: time('When it was issued'),
  issuedBy: Type.String(),
  until: Type.Optional(time('From then on it is not good')),
  revokedAt: Type.Optional(time('When it was revoked')),
  replacedBy: Type.Optional(Type.String({ description: 'The id of the key that took its place' })),
}

export const KeyAnswerBody = Type.Object(members, { ...strict, title: 'Key' })
export type KeyAnswerBody = Static<typeof KeyAnswerBody>

export const NewKeyAnswerBody = Type.Object(
  { ...members, key: Type.String({ description: 'The key itself: told this once, kept nowhere' }) },
  { ...strict, title: 'NewKey' },
)

export const KeyListBody = Type.Object(
  { keys: Type.Array(KeyAnswerBody, { description: 'The oldest first' }) },
  { ...strict, title: 'Keys' },
)

/** A key as it is answered: neither the key itself nor what is kept of it. */
export function keyAnswer(key: KeyView): KeyAnswerBody {
  const { id, holder, standing, signed, issuedAt, issuedBy, until, revokedAt, replacedBy } = key
  return {
    keyId: id,
    role: holder.role,
    holder: holder.id,
    standing,
    signed,
    issuedAt: chinaTime(issuedAt),
    issuedBy,
    ...(until === undefined ? {} : { until: chinaTime(until) }),
    ...(revokedAt === undefined ? {} : { revokedAt: chinaTime(revokedAt) }),
    ...(replacedBy === undefined ? {} : { replacedBy }),
  }
}
