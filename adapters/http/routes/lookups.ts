import { Type } from 'typebox'
import { NOBODY } from '../../../engine/access/reads.ts'
import { isRefusal, refuse } from '../../../engine/claim/outcomes.ts'
import { benefits } from '../../../engine/counter/benefits.ts'
import type { CounterPorts } from '../../../engine/counter/ports.ts'
import { type ReconcileRequest, reconcile } from '../../../engine/counter/reconcile.ts'
import { RecordReading } from '../../../engine/counter/record-reading.ts'
import { findRecord } from '../../../engine/counter/records.ts'
import type { App } from '../app-types.ts'
import { answers } from '../responses.ts'
import {
  BenefitsAnswerBody,
  LookupAnswerBody,
  LookupBody,
  ReconciliationAnswerBody,
  ReconciliationBody,
} from '../schemas.ts'
import { send } from '../send.ts'
import { saw, sawRefused } from '../shown.ts'

const READERS = ['institution', 'agency', 'auditor'] as const

const NO_SUCH = refuse('person-not-found', 'Nobody shows this credential.')
const WITHDRAWN = refuse(
  'person-not-found',
  'This credential does not count any more: it was withdrawn, or others came in its place.',
)

/** Who a card belongs to, what a person's year still holds, and whether the books agree. */
export function lookupRoutes(app: App, ports: CounterPorts): void {
  app.post(
    '/v1/persons/lookup',
    {
      config: { roles: READERS, counter: true, shows: 'credential' },
      schema: {
        summary: 'The person that shows a card or a voucher',
        body: LookupBody,
        response: answers(LookupAnswerBody),
      },
    },
    async (request, reply) => {
      const { kind, value } = request.body
      const holder = await new RecordReading(ports).holderOf(kind, value)
      const person =
        holder === undefined ? NO_SUCH : await findRecord(ports, 'person', holder.personId)
      if (holder === undefined || isRefusal(person)) {
        saw(request, NOBODY)
        return send(request, reply, NO_SUCH)
      }
      saw(request, person.personId)
      if (!holder.isCurrent) return send(request, reply, WITHDRAWN)
      const schemes = [...new Set(person.insurances.map(({ scheme }) => scheme))]
      return send(request, reply, { personId: person.personId, schemes })
    },
  )

  app.get(
    '/v1/persons/:personId/benefits',
    {
      config: { roles: READERS, counter: true, shows: 'benefits' },
      schema: {
        summary: "What was used of a person's year, and what the caps still leave",
        params: Type.Object({ personId: Type.String({ maxLength: 64 }) }),
        querystring: Type.Object(
          { on: Type.String({ format: 'date' }) },
          { additionalProperties: false },
        ),
        response: answers(BenefitsAnswerBody),
      },
    },
    async (request, reply) => {
      const { personId } = request.params
      const found = await benefits(ports, personId, request.query.on)
      if (isRefusal(found)) await sawRefused(ports, request, personId, found)
      else saw(request, personId)
      return send(request, reply, found)
    },
  )

  app.post(
    '/v1/reconciliations',
    {
      // The books compared are the asker's own; an agency has none.
      config: { roles: ['institution'], counter: true, shows: 'nothing' },
      schema: {
        summary: "对账: compare the institution's books with ours",
        body: ReconciliationBody,
        response: answers(ReconciliationAnswerBody),
      },
    },
    async (request, reply) => {
      const asked = request.body as ReconcileRequest
      return send(request, reply, await reconcile(ports, request.requester, asked))
    },
  )
}
