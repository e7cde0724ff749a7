import { Type } from 'typebox'
import type { Proposal, Terms } from '../../../engine/access/proposals.ts'
import type { Role } from '../../../engine/access/roles.ts'
import { isCivilDate } from '../../../engine/calendar/civil-days.ts'
import { isRefusal, type Refusal, refuse } from '../../../engine/claim/outcomes.ts'
import type { App, AppOptions } from '../app-types.ts'
import { mayTakeLong } from '../long-work.ts'
import {
  ProposalAnswerBody,
  ProposalsAnswerBody,
  ProposeBody,
  RejectBody,
  WithdrawBody,
} from '../policy-schemas.ts'
import { answers, proposes } from '../responses.ts'
import { send } from '../send.ts'
import { invalid } from './policy.ts'
import { proposalAnswer } from './proposal-answer.ts'

const READERS: readonly Role[] = ['policy-maker', 'policy-checker', 'auditor']
const OneProposal = Type.Object({ proposalId: Type.String({ pattern: '^[1-9]\\d{0,8}$' }) })

/** Publishing with four eyes: one person proposes, another one approves or rejects. */
export function proposalRoutes(app: App, { publishing }: AppOptions): void {
  app.get(
    '/v1/policy/proposals',
    {
      config: { roles: READERS, shows: 'nothing' },
      schema: { summary: 'What was proposed', response: answers(ProposalsAnswerBody) },
    },
    async (request, reply) => {
      const proposals = await publishing.proposals()
      return send(request, reply, { proposals: proposals.map(proposalAnswer) })
    },
  )

  app.post(
    '/v1/policy/proposals',
    {
      config: { roles: ['policy-maker'], shows: 'nothing' },
      schema: {
        summary: 'Propose what the rules and catalogues hold, at once or from a later time on',
        body: ProposeBody,
        response: proposes(ProposalAnswerBody, ProposalAnswerBody),
      },
    },
    async (request, reply) => {
      mayTakeLong(request)
      const terms = termsOf(request.body)
      if (isRefusal(terms)) return send(request, reply, terms)
      const outcome = await publishing.propose(terms, request.requester)
      if (isRefusal(outcome)) return send(request, reply, outcome)
      const { errors, proposal } = outcome
      if (errors.length > 0) return send(request, reply, invalid(errors))
      if (proposal !== undefined) return send(request, reply, proposalAnswer(proposal), 202)
      const detail = 'Rules and catalogues hold what is in force.'
      return send(request, reply, refuse('nothing-to-propose', detail))
    },
  )

  app.get(
    '/v1/policy/proposals/:proposalId',
    {
      config: { roles: READERS, shows: 'nothing' },
      schema: {
        summary: 'One proposal, with what it would change',
        params: OneProposal,
        response: answers(ProposalAnswerBody),
      },
    },
    async (request, reply) =>
      send(request, reply, answerOf(await publishing.proposal(request.params.proposalId))),
  )

  app.post(
    '/v1/policy/proposals/:proposalId/approval',
    {
      config: { roles: ['policy-checker'], shows: 'nothing' },
      schema: {
        summary: 'Approve it: another person than the one who proposed it',
        params: OneProposal,
        response: answers(ProposalAnswerBody),
      },
    },
    async (request, reply) => {
      if (Object.keys(request.body ?? {}).length > 0) {
        return send(request, reply, refuse('invalid-request', 'An approval takes no fields.'))
      }
      mayTakeLong(request)
      const { params, requester } = request
      const decided = await publishing.decide(params.proposalId, { act: 'approve' }, requester)
      return send(request, reply, answerOf(decided))
    },
  )

  app.post(
    '/v1/policy/proposals/:proposalId/rejection',
    {
      config: { roles: ['policy-checker'], shows: 'nothing' },
      schema: {
        summary: 'Reject it, also after an approval whose time has not come',
        params: OneProposal,
        body: RejectBody,
        response: answers(ProposalAnswerBody),
      },
    },
    async (request, reply) => {
      // An approval that comes first may read all the rules.
      mayTakeLong(request)
      const { params, body, requester } = request
      const decision = { act: 'reject', reason: body.reason } as const
      const decided = await publishing.decide(params.proposalId, decision, requester)
      return send(request, reply, answerOf(decided))
    },
  )

  app.post(
    '/v1/policy/proposals/:proposalId/withdrawal',
    {
      config: { roles: ['policy-maker'], shows: 'nothing' },
      schema: {
        summary: 'Withdraw it: by the one who proposed it',
        params: OneProposal,
        body: WithdrawBody,
        response: answers(ProposalAnswerBody),
      },
    },
    async (request, reply) => {
      mayTakeLong(request)
      const { params, body, requester } = request
      const { reason } = body
      const decision = { act: 'withdraw', ...(reason === undefined ? {} : { reason }) } as const
      const decided = await publishing.decide(params.proposalId, decision, requester)
      return send(request, reply, answerOf(decided))
    },
  )
}

function answerOf(outcome: Proposal | Refusal) {
  return isRefusal(outcome) ? outcome : proposalAnswer(outcome)
}

const DAY_LENGTH = 'YYYY-MM-DD'.length

function termsOf({ effectiveAt, note }: ProposeBody): Terms | Refusal {
  const instant = effectiveAt === undefined ? undefined : Date.parse(effectiveAt)
  // `Date.parse` would take 30 February for a day of March.
  const isNoDay = effectiveAt !== undefined && !isCivilDate(effectiveAt.slice(0, DAY_LENGTH))
  if (isNoDay || Number.isNaN(instant)) {
    const error = { pointer: '/effectiveAt', code: 'invalid', expected: 'a time that there is' }
    return refuse('invalid-request', 'There is no such time.', { errors: [error] })
  }
  return {
    ...(instant === undefined ? {} : { effectiveAt: instant }),
    ...(note === undefined ? {} : { note }),
  }
}
