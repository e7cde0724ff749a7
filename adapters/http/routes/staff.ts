import type { FastifyRequest } from 'fastify'
import { isRefusal, type Refusal, refuse } from '../../../engine/claim/outcomes.ts'
import type { HandedOver, MemberView } from '../../access/staff-desk.ts'
import type { AnyReply } from '../any-fastify.ts'
import type { App, Staff } from '../app-types.ts'
import { mayTakeLong } from '../long-work.ts'
import { answers, created } from '../responses.ts'
import { send } from '../send.ts'
import {
  handedOverAnswer,
  MemberAnswerBody,
  MemberBody,
  memberAnswer,
  NewMemberAnswerBody,
  RoleBody,
  StaffListBody,
  StaffName,
} from '../staff-schemas.ts'

const OPERATORS = { roles: ['operator'], shows: 'nothing' } as const

/** The accounts of people: enrolling them, and what operators change of them. */
export function staffRoutes(app: App, staff: Staff): void {
  app.get(
    '/v1/staff',
    {
      config: { roles: ['operator', 'auditor'], shows: 'nothing' },
      schema: { summary: 'All who were ever enrolled', response: answers(StaffListBody) },
    },
    async (request, reply) => {
      mayTakeLong(request)
      const all = await staff.list()
      return send(request, reply, { staff: all.map(memberAnswer) })
    },
  )

  app.post(
    '/v1/staff',
    {
      config: OPERATORS,
      schema: {
        summary: 'Enrol somebody; password and secret of the codes are told this once',
        body: MemberBody,
        response: created(NewMemberAnswerBody),
      },
    },
    async (request, reply) => {
      mayTakeLong(request)
      return handOver(request, reply, await staff.enrol(request.body, request.requester))
    },
  )

  app.post(
    '/v1/staff/:name/reset',
    {
      config: OPERATORS,
      schema: {
        summary: 'Make a new password and a new secret for codes; all sessions end',
        params: StaffName,
        response: created(NewMemberAnswerBody),
      },
    },
    async (request, reply) => {
      mayTakeLong(request)
      if (saysAnything(request)) return send(request, reply, NO_FIELDS)
      return handOver(request, reply, await staff.reset(request.params.name, request.requester))
    },
  )

  for (const [kind, summary] of [
    ['suspend', 'Let somebody in no more: at once, on every thread'],
    ['reinstate', 'Let somebody in again who was suspended or locked out'],
  ] as const) {
    app.post(
      `/v1/staff/:name/${kind}`,
      {
        config: OPERATORS,
        schema: { summary, params: StaffName, response: answers(MemberAnswerBody) },
      },
      async (request, reply) => {
        mayTakeLong(request)
        if (saysAnything(request)) return send(request, reply, NO_FIELDS)
        const { name } = request.params
        return sendMember(request, reply, await staff.change(name, { kind }, request.requester))
      },
    )
  }

  app.post(
    '/v1/staff/:name/role',
    {
      config: OPERATORS,
      schema: {
        summary: 'Give somebody another role in the place of theirs; all sessions end',
        params: StaffName,
        body: RoleBody,
        response: answers(MemberAnswerBody),
      },
    },
    async (request, reply) => {
      mayTakeLong(request)
      const change = { kind: 'role', role: request.body.role } as const
      const { name } = request.params
      return sendMember(request, reply, await staff.change(name, change, request.requester))
    },
  )
}

const NO_FIELDS = refuse('invalid-request', 'The address says it all: this takes no fields.')

function saysAnything({ body }: FastifyRequest): boolean {
  return Object.keys(body ?? {}).length > 0
}

function sendMember(request: FastifyRequest, reply: AnyReply, member: MemberView | Refusal) {
  return send(request, reply, isRefusal(member) ? member : memberAnswer(member))
}

function handOver(request: FastifyRequest, reply: AnyReply, made: HandedOver | Refusal) {
  if (isRefusal(made)) return send(request, reply, made)
  reply.header('cache-control', 'no-store')
  return send(request, reply, handedOverAnswer(made), 201)
}
