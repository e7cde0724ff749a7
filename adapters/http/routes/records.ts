import type { FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import type { Shows } from '../../../engine/access/show.ts'
import { isRefusal, refuse } from '../../../engine/claim/outcomes.ts'
import type { CounterPorts } from '../../../engine/counter/ports.ts'
import type { RecordKind, Records } from '../../../engine/counter/record-entry.ts'
import { changeRecord, findRecord } from '../../../engine/counter/records.ts'
import type { AnyReply } from '../any-fastify.ts'
import type { App } from '../app-types.ts'
import {
  ApprovalAnswerBody,
  ApprovalBody,
  ApprovalId,
  InstitutionAnswerBody,
  InstitutionBody,
  InstitutionId,
  PersonAnswerBody,
  PersonBody,
  PersonId,
} from '../registry-schemas.ts'
import { answers, changes } from '../responses.ts'
import { send } from '../send.ts'
import { saw } from '../shown.ts'

interface RecordRoute<Kind extends RecordKind> {
  readonly kind: Kind
  readonly url: string
  /** What of a person the record is. */
  readonly shows: Shows
  readonly id: 'personId' | 'institutionId' | 'approvalId'
  readonly params: TSchema
  readonly body: TSchema
  readonly answer: TSchema
  /** What a body may leave out. */
  readonly defaults: Partial<Records[Kind]>
}

/** Single records of persons, institutions and approvals: whole, with their dated histories. */
export function recordRoutes(app: App, ports: CounterPorts): void {
  addRoutes(app, ports, {
    kind: 'person',
    url: '/v1/persons/:personId',
    shows: 'person',
    id: 'personId',
    params: PersonId,
    body: PersonBody,
    answer: PersonAnswerBody,
    defaults: { categories: [], accountSharedWith: [] },
  })
  addRoutes(app, ports, {
    kind: 'institution',
    url: '/v1/institutions/:institutionId',
    shows: 'nothing',
    id: 'institutionId',
    params: InstitutionId,
    body: InstitutionBody,
    answer: InstitutionAnswerBody,
    defaults: {},
  })
  addRoutes(app, ports, {
    kind: 'approval',
    url: '/v1/approvals/:approvalId',
    shows: 'approval',
    id: 'approvalId',
    params: ApprovalId,
    body: ApprovalBody,
    answer: ApprovalAnswerBody,
    defaults: {},
  })
}

function addRoutes<Kind extends RecordKind>(
  app: App,
  ports: CounterPorts,
  { kind, url, shows, id, params, body, answer, defaults }: RecordRoute<Kind>,
): void {
  app.get(
    url,
    {
      config: { roles: ['registry', 'agency', 'auditor'], shows },
      schema: { summary: `The ${kind} as registered now`, params, response: answers(answer) },
    },
    async (request: FastifyRequest, reply: AnyReply) => {
      const found = await findRecord(ports, kind, idIn(request, id))
      if (!isRefusal(found) && 'personId' in found) {
        const { personId, version } = found
        saw(request, personId, kind === 'person' ? String(version) : idIn(request, id))
      }
      return send(request, reply, found)
    },
  )
  app.put(
    url,
    {
      config: { roles: ['registry'], shows: 'booking' },
      schema: {
        summary: `Register the ${kind} in the place of the version that it names`,
        params,
        body,
        response: changes(answer),
      },
    },
    async (request: FastifyRequest, reply: AnyReply) => {
      const sent = request.body as Partial<Records[Kind]> & Record<string, unknown>
      const address = idIn(request, id)
      if (sent[id] !== undefined && sent[id] !== address) {
        const refusal = refuse('invalid-record', `The address names another ${kind}.`, {
          errors: [{ pointer: `/${id}`, code: 'contradiction', expected: 'the id of the address' }],
        })
        return send(request, reply, refusal)
      }
      const record = { version: 0, ...defaults, ...sent, [id]: address } as unknown as Records[Kind]
      const changed = await changeRecord(ports, request.requester, kind, record)
      if (isRefusal(changed)) return send(request, reply, changed)
      return send(request, reply, changed.record, changed.created ? 201 : 200)
    },
  )
}

function idIn(request: FastifyRequest, id: string): string {
  return (request.params as Record<string, string>)[id]!
}
