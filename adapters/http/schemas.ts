import { type Static, Type } from 'typebox'
import { CARE_TYPES } from '../../engine/claim/claim.ts'
import { CREDENTIAL_KINDS } from '../../engine/counter/registry.ts'
import { FEN_MAX } from '../../engine/money/fen.ts'
import { INSTITUTION_KINDS } from '../../engine/policy/facts.ts'
import { FUNDS } from '../../engine/policy/pack.ts'

/**
 * The shapes of the REST contract: one definition is the validator of what comes in, the static type
 * and the OpenAPI document. What goes out is held to it by the tests.
 */

export const strict = { additionalProperties: false }

export const civilDate = (description: string) => Type.String({ format: 'date', description })
const fen = (description: string) =>
  Type.Integer({ minimum: 0, maximum: FEN_MAX, description: `${description}, in fen` })
const signedFen = (description: string) =>
  Type.Integer({ minimum: -FEN_MAX, maximum: FEN_MAX, description: `${description}, in fen` })
export const name = (description: string, maxLength = 40) =>
  Type.String({ pattern: `^[A-Za-z0-9._-]{1,${maxLength}}$`, description })

export const RequestId = Type.String({
  pattern: '^[\\x20-\\x7e]{1,64}$',
  description: 'Message id, 1-64 printable ASCII characters; unique per institution and operation',
})

const Line = Type.Object(
  {
    lineId: Type.String({ minLength: 1, maxLength: 64 }),
    code: Type.String({ minLength: 1, maxLength: 64, description: 'Catalogue code' }),
    servedOn: Type.Optional(civilDate('Day of the service; decides price and catalogue row')),
    quantity: Type.String({
      pattern: '^(0|[1-9]\\d{0,9})(\\.\\d{1,4})?$',
      description: 'Exact decimal, up to 4 places',
    }),
    unitPriceFen: Type.String({
      pattern: '^(0|[1-9]\\d{0,8})(\\.\\d{1,6})?$',
      description: 'Exact decimal of fen, up to 6 places',
    }),
    amountFen: fen('Quantity × unit price, rounded half-up'),
    supplyDays: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 366, description: 'Days that a drug was supplied for' }),
    ),
    hospitalApproved: Type.Optional(
      Type.Boolean({
        description:
          'Whether the hospital approved a use that needs it (医院审批标志); `false`, approval withheld: own pay, whatever the item, also one that no catalogue has',
      }),
    ),
  },
  strict,
)

const ClaimAttribute = Type.Object(
  {
    name: name('As the policy of the home district declares it'),
    value: Type.Union([
      name('A code that the policy lists', 64),
      Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
    ]),
  },
  strict,
)

const claimFields = {
  personId: name('Scheme number, never an identity number'),
  institutionId: name('Must be the institution of the key'),
  careType: Type.Enum([...CARE_TYPES]),
  admittedOn: Type.Optional(civilDate('Of a stay')),
  dischargedOn: Type.Optional(civilDate('Of a stay')),
  servedOn: Type.Optional(civilDate('Of care of one day, instead of the dates of a stay')),
  diagnoses: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 32 }), { maxItems: 50 }),
  ),
  diseaseCode: Type.Optional(name('Where the benefit depends on the disease', 32)),
  approvalId: Type.Optional(
    name('A registered consent, referral, residence or emergency record', 64),
  ),
  transferFrom: Type.Optional(name('Settlement of the stay the patient was transferred from', 64)),
  account: Type.Optional(
    Type.Object(
      {
        maxFen: fen('The most that the personal account may pay'),
        sharedFrom: Type.Optional(name('Whose account is used after the own one')),
      },
      strict,
    ),
  ),
  attributes: Type.Optional(
    Type.Array(ClaimAttribute, {
      maxItems: 20,
      description:
        'What the institution states of this bill (babies of a birth, kind of visit); each name once',
    }),
  ),
  lines: Type.Array(Line, { minItems: 1, maxItems: 5000 }),
}

export const ClaimBody = Type.Object(claimFields, { ...strict, title: 'Claim' })
export type ClaimBody = Static<typeof ClaimBody>

export const SettlementBody = Type.Object(
  {
    requestId: RequestId,
    quoteId: Type.Optional(
      Type.String({ minLength: 1, maxLength: 4096, description: 'Book only what was quoted' }),
    ),
    ...claimFields,
  },
  { ...strict, title: 'SettlementRequest' },
)
export type SettlementBody = Static<typeof SettlementBody>

const { institutionId: _atTheCounter, account: _paidInFull, ...claimedByHand } = claimFields

export const ManualClaimBody = Type.Object(
  {
    requestId: RequestId,
    ...claimedByHand,
    hospitalName: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'As the invoice has it',
    }),
    hospitalDistrict: Type.String({
      pattern: '^\\d{6}$',
      description: 'District of the hospital, six digits',
    }),
    hospitalKind: Type.Optional(
      Type.Enum([...INSTITUTION_KINDS], { description: 'hospital when absent' }),
    ),
    hospitalLevel: Type.Integer({ minimum: 0, maximum: 3, description: 'The certified level' }),
    hospitalDesignated: Type.Boolean({ description: 'Designated where it stands' }),
    invoiceNumber: Type.String({
      pattern: '^[\\x21-\\x7e]{1,64}$',
      description: 'Claimed once only in its district',
    }),
  },
  { ...strict, title: 'ManualClaim' },
)
export type ManualClaimBody = Static<typeof ManualClaimBody>

const reason = Type.Optional(Type.String({ maxLength: 200 }))

export const ReversalBody = Type.Object(
  { requestId: RequestId, reason },
  { ...strict, title: 'ReversalRequest' },
)
export type ReversalBody = Static<typeof ReversalBody>

export const MessageReversalBody = Type.Object(
  { requestId: RequestId, originalRequestId: RequestId, reason },
  { ...strict, title: 'MessageReversalRequest' },
)
export type MessageReversalBody = Static<typeof MessageReversalBody>

export const RebillBody = Type.Object(
  {
    requestId: RequestId,
    settlementId: Type.String({ minLength: 1, maxLength: 64 }),
    replacement: ClaimBody,
    reason,
  },
  { ...strict, title: 'RebillRequest' },
)
export type RebillBody = Static<typeof RebillBody>

export const LookupBody = Type.Object(
  {
    kind: Type.Enum([...CREDENTIAL_KINDS]),
    value: Type.String({ minLength: 1, maxLength: 256 }),
  },
  { ...strict, title: 'PersonLookup' },
)
export type LookupBody = Static<typeof LookupBody>

const ReconciliationRow = Type.Object(
  {
    requestId: RequestId,
    totalFen: signedFen('Total of the bill; negative for a reversal'),
    fundFen: Type.Optional(signedFen('Paid by the funds')),
    accountFen: Type.Optional(signedFen('Paid by accounts')),
  },
  strict,
)

const reconciliationSums = {
  count: Type.Integer({ minimum: 0, description: 'Settlements and reversals' }),
  totalFen: Type.Integer({ description: 'Σ totals, in fen' }),
  fundFen: Type.Integer({ description: 'Σ paid by the funds, in fen' }),
  accountFen: Type.Integer({ description: 'Σ paid by accounts, in fen' }),
}

export const ReconciliationBody = Type.Object(
  {
    from: civilDate('First day of booking (China time)'),
    to: civilDate('Last day of booking, included'),
    ...reconciliationSums,
    rows: Type.Optional(Type.Array(ReconciliationRow, { maxItems: 100_000 })),
  },
  { ...strict, title: 'Reconciliation' },
)
export type ReconciliationBody = Static<typeof ReconciliationBody>

// What goes out.

/** Values of facts and results: text, numbers and flags as the tables hold them. */
const values = (description: string) =>
  Type.Unsafe<Record<string, string | number | boolean>>({
    type: 'object',
    additionalProperties: {},
    description,
  })

export const SettlementListBody = Type.Object(
  {
    listId: Type.String({ description: '清单流水号' }),
    settlementId: Type.String(),
    uploadedAt: Type.String({ description: 'In China time' }),
    list: Type.Unsafe<unknown>({
      type: 'object',
      additionalProperties: {},
      description:
        'The nodes of 4101 with their fields as texts, without what identifies the patient',
    }),
  },
  { title: 'SettlementList' },
)

const Amounts = Type.Object({
  totalFen: Type.Integer({ description: 'The bill' }),
  ownPayFen: Type.Integer({ description: '全自费' }),
  overLimitFen: Type.Integer({ description: '超限价自费' }),
  firstSelfPayFen: Type.Integer({ description: '先行自付' }),
  inScopeFen: Type.Integer({ description: '符合政策范围' }),
  deductibleFen: Type.Integer({ description: '实际支付起付线' }),
  fundFen: Type.Integer({ description: 'Σ of what the funds pay' }),
  hospitalFen: Type.Integer({ description: '医院负担' }),
  patientFen: Type.Integer({ description: '个人负担' }),
  accountFen: Type.Integer({ description: '个人账户支出' }),
  cashFen: Type.Integer({ description: '个人现金支出' }),
})

const Fund = Type.Object({
  fund: Type.String({
    description: `Who pays: ${FUNDS.join(', ')}; basic-pool and supplementary where one fund serves residents and employees alike`,
  }),
  layer: Type.String(),
  baseFen: Type.Integer({ description: 'What the rate applies to' }),
  payFen: Type.Integer(),
  segments: Type.Array(
    Type.Object({
      fromFen: Type.Integer(),
      // One type of two, not a union: the serialiser asks a validator about every union.
      toFen: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
      baseFen: Type.Integer(),
      ratePermyriad: Type.Integer(),
      payFen: Type.Integer({ description: 'Before the caps' }),
    }),
  ),
  reason: Type.Optional(
    Type.Object({
      code: Type.String({ description: 'Why the fund pays nothing, or less than the rate gives' }),
      cap: Type.Optional(Type.String()),
      title: Type.Optional(Type.String()),
      capFen: Type.Optional(Type.Integer()),
      usedFen: Type.Optional(Type.Integer()),
    }),
  ),
})

const LineSplit = Type.Object({
  lineId: Type.String(),
  class: Type.String(),
  amountFen: Type.Integer(),
  ownPayFen: Type.Integer(),
  overLimitFen: Type.Integer(),
  firstSelfPayFen: Type.Integer(),
  inScopeFen: Type.Integer(),
  reasons: Type.Array(Type.String()),
})

export const TraceStep = Type.Object({
  step: Type.String(),
  layer: Type.Optional(Type.String()),
  table: Type.Optional(Type.String()),
  row: Type.Optional(Type.Integer({ description: 'From 1, in the period that applied' })),
  from: Type.Optional(Type.String()),
  until: Type.Optional(Type.String({ description: 'Excluded' })),
  reference: Type.Optional(Type.String({ description: 'Document and clause, or page' })),
  standing: Type.Optional(Type.String({ description: 'seed, published or assumed' })),
  inputs: values('The facts or amounts read'),
  result: values('What came of it'),
})

const Policy = Type.Object({
  pack: Type.String(),
  hash: Type.String(),
  knownAt: Type.String({ description: 'When the engine learned this version' }),
})

export const DecisionBody = Type.Object(
  {
    quoteId: Type.Optional(Type.String()),
    settlementId: Type.Optional(Type.String()),
    requestId: Type.Optional(Type.String()),
    status: Type.String({ description: 'quoted, settled or reversed' }),
    policy: Policy,
    scheme: Type.String(),
    benefitYear: Type.Integer(),
    personVersion: Type.Integer({
      description: 'Journal position of the last entry of the person',
    }),
    amounts: Amounts,
    funds: Type.Array(Fund),
    lines: Type.Array(LineSplit),
    trace: Type.Array(TraceStep),
    remaining: values('Cap → what it leaves after this decision, in fen'),
    clearing: values('Who bears and who pays'),
    settledAt: Type.Optional(Type.String()),
    reversedBy: Type.Optional(Type.String()),
  },
  { title: 'Decision' },
)

export const ReversalAnswerBody = Type.Object(
  {
    reversalId: Type.String(),
    requestId: Type.String(),
    status: Type.String(),
    reversalOf: Type.String(),
    policy: Policy,
    scheme: Type.String(),
    benefitYear: Type.Integer(),
    personVersion: Type.Integer({ description: 'Journal position of the reversal' }),
    amounts: Amounts,
    funds: Type.Array(Fund),
    lines: Type.Array(LineSplit),
    trace: Type.Array(TraceStep, { description: 'Of the reversed settlement' }),
    clearing: values('Who bears and who pays'),
    reason: Type.Optional(Type.String()),
    dependents: Type.Object({
      count: Type.Integer({
        description: 'Later live settlements that leaned on the reversed one',
      }),
      moved: Type.Array(Type.String()),
      settlementIds: Type.Array(Type.String(), { description: 'Those that the asker may see' }),
    }),
    reversedAt: Type.String(),
  },
  { title: 'Reversal' },
)

export const MessageReversalAnswerBody = Type.Object(
  {
    outcome: Type.String({ description: 'reversed or blocked' }),
    settlementId: Type.Optional(Type.String()),
    reversalId: Type.Optional(Type.String()),
    amounts: Type.Optional(Amounts),
  },
  { title: 'MessageReversal' },
)

export const RebillAnswerBody = Type.Object(
  { reversal: ReversalAnswerBody, settlement: DecisionBody },
  { title: 'Rebill' },
)

export const LookupAnswerBody = Type.Object(
  { personId: Type.String(), schemes: Type.Array(Type.String()) },
  { title: 'Person' },
)

export const BenefitsAnswerBody = Type.Object(
  {
    personId: Type.String(),
    year: Type.Integer(),
    scheme: Type.String(),
    personVersion: Type.Integer(),
    remaining: values('Cap → what it leaves, and accountBalanceFen, in fen'),
    used: values("The year's accumulators, in fen or counts"),
  },
  { title: 'Benefits' },
)

export const ReconciliationAnswerBody = Type.Object(
  {
    balanced: Type.Boolean(),
    ours: Type.Object(reconciliationSums),
    differing: Type.Array(
      Type.Object({
        requestId: Type.String(),
        difference: Type.String({ description: 'only-ours, only-theirs or amounts-differ' }),
        ours: Type.Optional(ReconciliationRow),
        theirs: Type.Optional(ReconciliationRow),
      }),
    ),
  },
  { title: 'ReconciliationResult' },
)

export const LiveBody = Type.Object(
  { status: Type.String({ description: 'live' }) },
  { title: 'Live' },
)

export const ReadyBody = Type.Object(
  {
    status: Type.String({ description: 'ready or not-ready' }),
    reason: Type.Optional(Type.String({ description: 'Why not' })),
  },
  { title: 'Ready' },
)

export const ProblemBody = Type.Object(
  {
    type: Type.String({ description: 'urn:yizhan:outcome:<code>' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'A stable phrase; see docs/outcomes.md' }),
    instance: Type.String(),
    message: Type.String({ description: 'The sentence for the cashier, in Chinese' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({
            description: 'RFC 6901; * for a name of yours that may be personal',
          }),
          code: Type.String(),
          expected: Type.Optional(Type.String()),
        }),
      ),
    ),
  },
  { title: 'Problem', additionalProperties: true },
)
export type ProblemBody = Static<typeof ProblemBody>
