import { type Static, Type } from 'typebox'
import { strict } from './schemas.ts'

/** The shapes of the routes about what is in force; see schemas.ts. */

export const RollbackBody = Type.Object(
  {
    pack: Type.Optional(
      Type.String({
        maxLength: 100,
        description: 'One pack; without it, every pack that the latest change touched',
      }),
    ),
    to: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{12,64}$',
        description: 'The hash of the version, or its first 12 characters or more',
      }),
    ),
  },
  { title: 'Rollback', ...strict },
)

export const PolicyAnswerBody = Type.Object(
  {
    packs: Type.Array(
      Type.Object({
        pack: Type.String(),
        title: Type.String(),
        hash: Type.String(),
        from: Type.String(),
        until: Type.String(),
        knownAt: Type.String(),
        catalogue: Type.String(),
        catalogueHash: Type.String(),
        overruled: Type.Optional(
          Type.String({
            description:
              'After a rollback: the version in the rules folder, not in force until the folder changes',
          }),
        ),
      }),
    ),
    since: Type.String({ description: 'Since when all of this is in force' }),
    rejected: Type.Optional(
      Type.Object(
        {
          at: Type.String(),
          by: Type.String({ description: 'Who asked; `files` for an edit that was noticed' }),
          problems: Type.Array(Type.String()),
        },
        {
          description: 'To the policy role: the last attempt to load the rules, if it was refused',
        },
      ),
    ),
  },
  { title: 'Policy' },
)
export type PolicyAnswerBody = Static<typeof PolicyAnswerBody>

const note = Type.String({ maxLength: 500, description: 'What the proposer says about it' })
const at = (description: string) => Type.String({ description })

export const ProposeBody = Type.Object(
  {
    effectiveAt: Type.Optional(
      Type.String({
        pattern:
          '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,3})?)?(Z|[+-]\\d\\d:\\d\\d)$',
        description: 'When it shall come into force by itself; as soon as approved when absent',
      }),
    ),
    note: Type.Optional(note),
  },
  { title: 'Propose', ...strict },
)
export type ProposeBody = Static<typeof ProposeBody>

const reason = Type.String({ minLength: 1, maxLength: 500 })

export const RejectBody = Type.Object({ reason }, { title: 'Reject', ...strict })

export const WithdrawBody = Type.Object(
  { reason: Type.Optional(reason) },
  { title: 'Withdraw', ...strict },
)

const Change = {
  bookedFen: Type.Integer({ description: 'As it is booked' }),
  wouldBeFen: Type.Integer({ description: 'On the proposed version' }),
  differenceFen: Type.Integer(),
}

const ShadowRun = Type.Object(
  {
    failed: Type.Optional(at('Why it could not be done; then there is nothing else')),
    settlements: Type.Optional(
      Type.Integer({ description: 'The last live ones, decided again on the proposed version' }),
    ),
    onOtherVersion: Type.Optional(
      Type.Integer({ description: 'Of them, those that another version of the pack decided' }),
    ),
    differing: Type.Optional(
      Type.Integer({ description: 'Of them, those that come out otherwise' }),
    ),
    funds: Type.Optional(Type.Array(Type.Object({ fund: Type.String(), ...Change }))),
    patient: Type.Optional(Type.Object(Change)),
    account: Type.Optional(Type.Object(Change)),
    hospital: Type.Optional(Type.Object(Change)),
    refused: Type.Optional(
      Type.Array(Type.Object({ code: Type.String(), settlements: Type.Integer() }), {
        description: 'Would be refused now',
      }),
    ),
    beginsToPay: Type.Optional(Type.Integer({ description: 'No fund paid, and one would' })),
    ceasesToPay: Type.Optional(Type.Integer({ description: 'A fund paid, and none would' })),
    missing: Type.Optional(
      Type.Array(Type.Object({ reason: Type.String(), settlements: Type.Integer() }), {
        description: 'Could not be decided again',
      }),
    ),
    unreadSums: Type.Optional(
      Type.Integer({
        description: 'Decided with sums that their booked decision had not read, taken as 0',
      }),
    ),
  },
  { title: 'ShadowRun' },
)

const Version = { hash: Type.String() }

export const ProposalAnswerBody = Type.Object(
  {
    proposalId: Type.String(),
    status: Type.String({
      description: 'open, approved, in-force, rejected, withdrawn or lapsed',
    }),
    hash: Type.String({ description: 'Of everything that would be in force' }),
    cause: Type.String({
      description: 'reload: what the files hold; rollback: an earlier version',
    }),
    packs: Type.Array(Type.Object({ pack: Type.String(), ...Version })),
    catalogues: Type.Array(Type.Object({ catalogue: Type.String(), ...Version })),
    calendar: Type.Optional(Type.String({ description: 'The hash of the calendar' })),
    effectiveAt: Type.Optional(at('When it comes into force; as soon as approved when absent')),
    note: Type.Optional(note),
    proposedBy: Type.String({ description: '`files` for an edit that nobody has taken up' }),
    proposedAt: Type.String(),
    assessment: Type.Optional(
      Type.Object(
        {
          difference: Type.String({ description: 'The words of `rules diff`' }),
          check: Type.Array(Type.String(), { description: 'What `rules check` says' }),
          shadowRun: ShadowRun,
        },
        { description: 'Absent while it is worked out' },
      ),
    ),
    approvedBy: Type.Optional(Type.String()),
    approvedAt: Type.Optional(Type.String()),
    endedBy: Type.Optional(at('Who rejected, withdrew or replaced it')),
    endedAt: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    inForceSince: Type.Optional(Type.String()),
  },
  { title: 'Proposal' },
)
export type ProposalAnswerBody = Static<typeof ProposalAnswerBody>

export const ProposalsAnswerBody = Type.Object(
  { proposals: Type.Array(ProposalAnswerBody, { description: 'Up to 100, the last ones first' }) },
  { title: 'Proposals' },
)
