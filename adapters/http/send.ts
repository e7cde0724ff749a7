import type { FastifyRequest } from 'fastify'
import { isRefusal, type Refusal } from '../../engine/claim/outcomes.ts'
import type { Booked } from '../../engine/counter/booked.ts'
import type { AnswerText } from './answer-text.ts'
import type { AnyReply } from './any-fastify.ts'
import { encodeMsgpack } from './msgpack-body.ts'
import { sendProblem } from './problem.ts'
import { noteAnswered } from './shown.ts'

/** Sends an answer in the encoding that was asked for, or the refusal. */
export function send(
  request: FastifyRequest,
  reply: AnyReply,
  answer: object | AnswerText | Refusal,
  status: 200 | 201 | 202 = 200,
): AnyReply {
  if (isRefusal(answer)) return sendProblem(request, reply, answer)
  reply.code(status)
  if (typeof answer === 'string') {
    noteAnswered(request)
    return reply.sendText(answer)
  }
  return request.answerEncoding === 'msgpack'
    ? reply.type('application/msgpack').send(encodeMsgpack(answer))
    : reply.send(answer)
}

/** 201 for a booking; 200 and a header for the first answer again. */
export function sendBooked(
  request: FastifyRequest,
  reply: AnyReply,
  booked: Booked<object | AnswerText> | Refusal,
): AnyReply {
  if (isRefusal(booked)) return sendProblem(request, reply, booked)
  if (booked.replayed) reply.header('idempotency-replayed', 'true')
  return send(request, reply, booked.answer, booked.replayed ? 200 : 201)
}
