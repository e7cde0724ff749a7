import { Type } from 'typebox'
import { name, strict, TraceStep } from './schemas.ts'

/** The shapes of the monthly credits of personal accounts. */

const month = Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$', description: 'YYYY-MM' })
const count = (description: string) => Type.Integer({ minimum: 0, description })

export const CreditsBody = Type.Object(
  {
    month,
    personIds: Type.Optional(
      Type.Array(name('Scheme number'), {
        minItems: 1,
        maxItems: 1_000,
        uniqueItems: true,
        description: 'Everybody who is registered, when absent',
      }),
    ),
    dryRun: Type.Optional(Type.Boolean({ description: 'Work everything out, book nothing' })),
  },
  { ...strict, title: 'AccountCreditsRequest' },
)

export const CreditMonth = Type.Object({ month })
export const CreditOfPerson = Type.Object({ month, personId: name('Scheme number') })

export const CreditRunBody = Type.Object(
  {
    month,
    state: Type.String({
      description:
        'running (ask again), done, or failed (ask for the same again: it goes on where it ended)',
    }),
    dryRun: Type.Boolean(),
    persons: count('Looked at so far'),
    credited: count('Credited now; in a dry run, that would be'),
    amountFen: count('What they were credited with together, in fen'),
    before: count('Credited for this month before'),
    passedOver: Type.Record(Type.String(), count('Persons'), {
      description:
        'Reason → persons: not-insured, in-arrears, insurance-suspended (on the first of the month), no-credits (the pack credits no accounts of the scheme), nothing-due (the row says 0), no-pack, no-rule, no-rule-for-date, person-not-found',
    }),
  },
  { ...strict, title: 'AccountCredits' },
)

export const AccountCreditBody = Type.Object(
  {
    personId: Type.String(),
    month,
    amountFen: count('In fen'),
    scheme: Type.String(),
    personVersion: Type.Integer({ description: 'Version of the record that was read' }),
    policy: Type.Object({ pack: Type.String(), hash: Type.String() }, strict),
    trace: Type.Array(TraceStep),
    creditedAt: Type.String({ description: 'When it was booked' }),
    creditedBy: Type.String({ description: 'The agency that asked for it' }),
  },
  { ...strict, title: 'AccountCredit' },
)
