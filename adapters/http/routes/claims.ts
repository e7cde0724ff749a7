import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Claim } from '../../../engine/claim/claim.ts'
import { positionOf } from '../../../engine/claim/ids.ts'
import { isRefusal, type Refusal, refuse } from '../../../engine/claim/outcomes.ts'
import { quoteAnswer, settlementAnswer } from '../../../engine/counter/answer.ts'
import { findByRequestId, findSettlement, patientOf } from '../../../engine/counter/find.ts'
import type { CounterPorts, Requester } from '../../../engine/counter/ports.ts'
import { quote } from '../../../engine/counter/quote.ts'
import { rebill } from '../../../engine/counter/rebill.ts'
import { reverse } from '../../../engine/counter/reverse.ts'
import { reverseMessage } from '../../../engine/counter/reverse-message.ts'
import { settle } from '../../../engine/counter/settle.ts'
import { type AnswerText, quoteText, settlementText } from '../answer-text.ts'
import type { AnyReply } from '../any-fastify.ts'
import type { App } from '../app-types.ts'
import { claimHash, claimHashText, requestHash } from '../canonical.ts'
import { answers, bookings } from '../responses.ts'
import {
  ClaimBody,
  DecisionBody,
  MessageReversalAnswerBody,
  MessageReversalBody,
  RebillAnswerBody,
  RebillBody,
  RequestId,
  ReversalAnswerBody,
  ReversalBody,
  SettlementBody,
} from '../schemas.ts'
import { send, sendBooked } from '../send.ts'
import { saw, sawRefused } from '../shown.ts'
import type { Turn } from '../turn.ts'

const INSTITUTIONS = ['institution'] as const
/** By message id only institutions ask: an agency's own messages are none of the terminals'. */
const REVERSERS = ['institution', 'agency'] as const
const READERS = ['institution', 'agency', 'auditor'] as const
const SettlementId = Type.Object({ settlementId: Type.String({ maxLength: 64 }) })

/** Quote, settle, find, reverse, rebill. */
export function claimRoutes(app: App, ports: CounterPorts, turn: Turn): void {
  /** A refusal to decide on a claim tells of its person, too. */
  const sendRefusal = (
    request: FastifyRequest,
    reply: AnyReply,
    { personId }: Claim,
    refusal: Refusal,
  ): void => {
    sawRefused(ports, request, personId, refusal).then(
      () => send(request, reply, refusal),
      (error) => reply.send(error),
    )
  }

  app.post(
    '/v1/quotes',
    {
      config: { roles: INSTITUTIONS, counter: true, shows: 'quote', large: true },
      schema: {
        summary: '预结算: compute, change nothing',
        body: ClaimBody,
        response: answers(DecisionBody),
      },
    },
    (request, reply) => {
      const claim = toClaim(request.body)
      const refused = foreignInstitution(request.requester, claim, '') ?? app.reads.refusal
      if (refused !== undefined) return void send(request, reply, refused)
      const render = request.answerEncoding === 'json' ? quoteText : quoteAnswer
      const show = (answer: object | AnswerText | Refusal) => {
        if (isRefusal(answer)) return sendRefusal(request, reply, claim, answer)
        saw(request, claim.personId)
        send(request, reply, answer)
      }
      turn.decide(() => {
        try {
          const answer = quote<object | AnswerText>(ports, claim, claimHashText(claim), render)
          // No promise where none is needed: this is the busiest route.
          if (!(answer instanceof Promise)) return show(answer)
          answer.then(show).catch((error) => reply.send(error))
        } catch (error) {
          reply.send(error)
        }
      })
    },
  )

  app.post(
    '/v1/settlements',
    {
      config: { roles: INSTITUTIONS, counter: true, shows: 'booking', large: true },
      schema: {
        summary: '结算: compute and book; answers only when durable',
        body: SettlementBody,
        response: bookings(DecisionBody),
      },
    },
    async (request, reply) => {
      const { requestId, quoteId, ...bill } = request.body
      const claim = toClaim(bill)
      const { requester } = request
      const foreign = foreignInstitution(requester, claim, '')
      if (foreign !== undefined) return send(request, reply, foreign)
      const settlement = {
        requester,
        requestId,
        requestHash: claimHash(claim, 'settlement', requestId, quoteId ?? null),
        claim,
        claimHash: quoteId === undefined ? '' : claimHashText(claim),
        ...(quoteId === undefined ? {} : { quoteId }),
      }
      const render = request.answerEncoding === 'json' ? settlementText : settlementAnswer
      await new Promise<void>((resolve) => turn.decide(resolve))
      const booked = await settle<object | AnswerText>(ports, settlement, render)
      if (isRefusal(booked)) await sawRefused(ports, request, claim.personId, booked)
      return sendBooked(request, reply, booked)
    },
  )

  app.get(
    '/v1/settlements/:settlementId',
    {
      config: { roles: READERS, counter: true, shows: 'settlement' },
      schema: {
        summary: 'A settlement as answered, and its reversedBy if any',
        params: SettlementId,
        response: answers(DecisionBody),
      },
    },
    async (request, reply) => {
      const { settlementId } = request.params
      const found = await findSettlement(ports, request.requester, settlementId)
      if (!isRefusal(found)) saw(request, patientOf(ports, settlementId), settlementId)
      return send(request, reply, found)
    },
  )

  app.get(
    '/v1/settlements',
    {
      config: { roles: INSTITUTIONS, counter: true, shows: 'settlement' },
      schema: {
        summary: 'A settlement by message id, for a terminal that lost the answer',
        querystring: Type.Object({ requestId: RequestId }, { additionalProperties: false }),
        response: answers(DecisionBody),
      },
    },
    async (request, reply) => {
      const { requestId } = request.query
      await new Promise<void>((resolve) => turn.ask(resolve))
      const found = await findByRequestId(ports, request.requester, requestId)
      if (!isRefusal(found)) {
        const settlementId = found.settlementId!
        saw(request, patientOf(ports, settlementId), settlementId)
      }
      return send(request, reply, found)
    },
  )

  app.post(
    '/v1/settlements/:settlementId/reversal',
    {
      config: { roles: REVERSERS, counter: true, shows: 'booking' },
      schema: {
        summary: '撤销: book the exact negation',
        params: SettlementId,
        body: ReversalBody,
        response: bookings(ReversalAnswerBody),
      },
    },
    async (request, reply) => {
      const { requestId, reason } = request.body
      const { settlementId } = request.params
      const booked = await reverse(ports, {
        requester: request.requester,
        requestId,
        requestHash: requestHash('reversal', { ...request.body, settlementId }),
        position: positionOf(settlementId) ?? 0,
        ...(reason === undefined ? {} : { reason }),
      })
      return sendBooked(request, reply, booked)
    },
  )

  app.post(
    '/v1/reversals',
    {
      config: { roles: INSTITUTIONS, counter: true, shows: 'booking' },
      schema: {
        summary: '冲正: reverse by the original message id',
        body: MessageReversalBody,
        response: bookings(MessageReversalAnswerBody),
      },
    },
    async (request, reply) => {
      const { requestId, originalRequestId, reason } = request.body
      await new Promise<void>((resolve) => turn.ask(resolve))
      const done = await reverseMessage(ports, {
        requester: request.requester,
        requestId,
        originalRequestId,
        requestHash: requestHash('reversal', { ...request.body, by: 'message' }),
        ...(reason === undefined ? {} : { reason }),
      })
      if (isRefusal(done) || !done.again || done.replayed) return sendBooked(request, reply, done)
      return send(request, reply, done.answer, 200)
    },
  )

  app.post(
    '/v1/rebills',
    {
      config: { roles: INSTITUTIONS, counter: true, shows: 'booking', large: true },
      schema: {
        summary: 'Reverse and bill anew in one atomic step',
        body: RebillBody,
        response: bookings(RebillAnswerBody),
      },
    },
    async (request, reply) => {
      const { requestId, settlementId, reason } = request.body
      const replacement = toClaim(request.body.replacement)
      const { requester } = request
      const foreign = foreignInstitution(requester, replacement, '/replacement')
      if (foreign !== undefined) return send(request, reply, foreign)
      const booked = await rebill(ports, {
        requester,
        requestId,
        requestHash: requestHash('rebill', request.body),
        position: positionOf(settlementId) ?? 0,
        replacement,
        ...(reason === undefined ? {} : { reason }),
      })
      if (isRefusal(booked)) await sawRefused(ports, request, replacement.personId, booked)
      return sendBooked(request, reply, booked)
    },
  )
}

/** A claim whose form the schema has checked: every amount is an integer within bounds. */
function toClaim(body: ClaimBody): Claim {
  return body as unknown as Claim
}

/** The institution is the one that the key belongs to. */
function foreignInstitution(
  requester: Requester,
  { institutionId }: Claim,
  at: string,
): Refusal | undefined {
  if (requester.id === institutionId) return undefined
  return refuse('institution-mismatch', `The key belongs to ${requester.id}.`, {
    errors: [{ pointer: `${at}/institutionId`, code: 'mismatch' }],
  })
}
