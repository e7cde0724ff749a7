import { Type } from 'typebox'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import type { CounterPorts } from '../../../engine/counter/ports.ts'
import { findRecord } from '../../../engine/counter/records.ts'
import { OVERLOADED } from '../admission.ts'
import type { App, AppOptions } from '../app-types.ts'
import { mayTakeLong } from '../long-work.ts'
import { PersonExportBody } from '../registry-schemas.ts'
import { answers } from '../responses.ts'
import { send } from '../send.ts'
import { saw } from '../shown.ts'

/** Who answers people's requests for their data, and who sees that it is done rightly. */
const READERS = ['agency', 'auditor'] as const

/** Everything that is kept about one person. One at a time: each walks the whole journal. */
export function personExportRoutes(
  app: App,
  ports: CounterPorts,
  exportPerson: AppOptions['exportPerson'],
): void {
  let isBusy = false
  app.get(
    '/v1/persons/:personId/export',
    {
      config: { roles: READERS, shows: 'export' },
      schema: {
        summary: 'Everything that is kept about a person; only the agency sees credentials opened',
        params: Type.Object({ personId: Type.String({ maxLength: 64 }) }),
        response: answers(PersonExportBody),
      },
    },
    async (request, reply) => {
      mayTakeLong(request)
      const { personId } = request.params
      const person = await findRecord(ports, 'person', personId)
      if (isRefusal(person)) return send(request, reply, person)
      saw(request, personId)
      if (isBusy) return send(request, reply, OVERLOADED)
      isBusy = true
      try {
        const document = await exportPerson(personId, request.requester.role === 'agency')
        reply.header('cache-control', 'no-store')
        return send(request, reply, JSON.parse(document))
      } finally {
        isBusy = false
      }
    },
  )
}
