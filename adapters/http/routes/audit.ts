import { setImmediate as othersTurn } from 'node:timers/promises'
import { type ListedAct, listActs } from '../../../engine/access/list-acts.ts'
import { listReads, rowAnswer } from '../../../engine/access/list-reads.ts'
import { NOBODY } from '../../../engine/access/reads.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import type { CounterPorts } from '../../../engine/counter/ports.ts'
import type { App } from '../app-types.ts'
import { ActsBody, ActsQuery, ReadsBody, ReadsQuery } from '../audit-schemas.ts'
import { answers } from '../responses.ts'
import { send } from '../send.ts'

/** Who was shown what of whom, for the auditor; to look is to be shown something, too. */
export function auditRoutes(app: App, { ledger }: Pick<CounterPorts, 'ledger'>): void {
  const ports = { ledger, pause: () => othersTurn() }
  app.get(
    '/v1/audit/reads',
    {
      config: { roles: ['auditor'], shows: 'reads' },
      schema: {
        summary: 'Who was shown what of a person, or whom somebody was shown; the last first',
        querystring: ReadsQuery,
        response: answers(ReadsBody),
      },
    },
    async (request, reply) => {
      const { personId } = request.query
      const page = await listReads(ports, request.query)
      if (isRefusal(page)) return send(request, reply, page)
      const persons = page.rows.map((read) => read.personId).filter((one) => one !== NOBODY)
      const seen = new Set(personId === undefined ? persons : [personId])
      request.seen = [...seen].map((one) => ({ personId: one }))
      const { rows, ...rest } = page
      return send(request, reply, { reads: rows.map(rowAnswer), ...rest })
    },
  )

  app.get(
    '/v1/audit/acts',
    {
      config: { roles: ['auditor'], shows: 'acts' },
      schema: {
        summary:
          'What was done to the engine itself: keys, staff, rules, imports, records, credits',
        querystring: ActsQuery,
        response: answers(ActsBody),
      },
    },
    async (request, reply) => {
      const page = await listActs(ports, request.query)
      if (isRefusal(page)) return send(request, reply, page)
      const { rows, ...rest } = page
      request.seen = personsIn(rows).map((personId) => ({ personId }))
      return send(request, reply, { acts: rows.map(rowAnswer), ...rest })
    },
  )
}

const OF_PERSON = 'person/'

/** Whose records were changed. */
function personsIn(acts: readonly ListedAct[]): string[] {
  const persons = acts.filter(({ subject }) => subject.startsWith(OF_PERSON))
  return [...new Set(persons.map(({ subject }) => subject.slice(OF_PERSON.length)))]
}
