import { dayBegins } from '../../../engine/calendar/china-time.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import type { App, Keys } from '../app-types.ts'
import {
  KeyAnswerBody,
  KeyBody,
  KeyId,
  KeyListBody,
  keyAnswer,
  NewKeyAnswerBody,
  RotationBody,
} from '../key-schemas.ts'
import { answers, created } from '../responses.ts'
import { send } from '../send.ts'

const OPERATORS = { roles: ['operator'], shows: 'nothing' } as const

/** The keys that let institutions and systems in. */
export function keyRoutes(app: App, keys: Keys): void {
  app.get(
    '/v1/keys',
    {
      config: OPERATORS,
      schema: { summary: 'All keys that were issued', response: answers(KeyListBody) },
    },
    async (request, reply) => {
      const all = await keys.list()
      return send(request, reply, { keys: all.map(keyAnswer) })
    },
  )

  app.post(
    '/v1/keys',
    {
      config: OPERATORS,
      schema: {
        summary: 'Issue a key; it is told this once',
        body: KeyBody,
        response: created(NewKeyAnswerBody),
      },
    },
    async (request, reply) => {
      const { role, holder, signed = false, until } = request.body
      const asked = { role, holder, signed, ...untilOf(until) }
      const made = await keys.issue(asked, request.requester)
      if (isRefusal(made)) return send(request, reply, made)
      reply.header('cache-control', 'no-store')
      return send(request, reply, { ...keyAnswer(made), key: made.key }, 201)
    },
  )

  app.post(
    '/v1/keys/:keyId/rotation',
    {
      config: OPERATORS,
      schema: {
        summary: 'Issue a key in the place of another, which stays good for a while',
        params: KeyId,
        body: RotationBody,
        response: created(NewKeyAnswerBody),
      },
    },
    async (request, reply) => {
      const { overlapHours, until } = request.body
      const asked = { ...(overlapHours === undefined ? {} : { overlapHours }), ...untilOf(until) }
      const made = await keys.rotate(request.params.keyId, asked, request.requester)
      if (isRefusal(made)) return send(request, reply, made)
      reply.header('cache-control', 'no-store')
      return send(request, reply, { ...keyAnswer(made), key: made.key }, 201)
    },
  )

  app.delete(
    '/v1/keys/:keyId',
    {
      config: OPERATORS,
      schema: {
        summary: 'Revoke a key: at once, on every thread',
        params: KeyId,
        response: answers(KeyAnswerBody),
      },
    },
    async (request, reply) => {
      const key = await keys.revoke(request.params.keyId, request.requester)
      return send(request, reply, isRefusal(key) ? key : keyAnswer(key))
    },
  )
}

function untilOf(day: string | undefined): { readonly until?: number } {
  return day === undefined ? {} : { until: dayBegins(day) }
}
