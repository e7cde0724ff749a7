import { Type } from 'typebox'
import { KINDS_OF_DATA } from '../../engine/access/reads.ts'
import { ROLES } from '../../engine/access/roles.ts'

const Day = Type.String({ format: 'date' })
const Id = Type.String({ minLength: 1, maxLength: 64 })

/** The days of a list, and where its next page goes on. */
const SPAN = {
  from: Type.String({ ...Day, description: 'The first day, in China' }),
  until: Type.String({ ...Day, description: 'The first day that is not asked for' }),
  after: Type.Optional(
    Type.String({ maxLength: 16_384, description: '`next` of the page before' }),
  ),
}

export const ReadsQuery = Type.Object(
  {
    personId: Type.Optional(Id),
    by: Type.Optional(Type.String({ ...Id, description: 'An institution or a member of staff' })),
    ...SPAN,
  },
  { additionalProperties: false },
)

const Who = Type.Object({ role: Type.Enum([...ROLES]), id: Type.String() })

const ReadBody = Type.Object({
  at: Type.String({ description: 'In China; of the first time' }),
  by: Who,
  way: Type.String({ description: 'A route, or the number of a transaction' }),
  what: Type.Enum([...KINDS_OF_DATA]),
  personId: Type.String({ description: 'Empty where a card was asked for that is nobody’s' }),
  id: Type.Optional(Type.String({ description: 'Of what was shown' })),
  times: Type.Integer({ description: 'How often within about a second' }),
  position: Type.Integer({ description: 'Of the entry in the journal' }),
})

const next = Type.Optional(
  Type.String({ description: 'Where the next page goes on; absent on the last one' }),
)

export const ReadsBody = Type.Object({ reads: Type.Array(ReadBody), next })

export const ActsQuery = Type.Object(
  {
    by: Type.Optional(Type.String({ ...Id, description: 'Who acted' })),
    subject: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'What it was done to' }),
    ),
    ...SPAN,
  },
  { additionalProperties: false },
)

const ActBody = Type.Object({
  at: Type.String({ description: 'In China' }),
  by: Type.Object({
    role: Type.Optional(
      Type.Enum([...ROLES], { description: 'Absent where the entry does not say it' }),
    ),
    id: Type.String(),
  }),
  act: Type.String(),
  subject: Type.String({ description: 'What it was done to' }),
  details: Type.Unknown(),
  position: Type.Integer({ description: 'Of the entry in the journal' }),
})

export const ActsBody = Type.Object({ acts: Type.Array(ActBody), next })
