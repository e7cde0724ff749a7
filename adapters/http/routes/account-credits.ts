import { findCredit } from '../../../engine/counter/credit-record.ts'
import type { CounterPorts } from '../../../engine/counter/ports.ts'
import type { App, Credits } from '../app-types.ts'
import {
  AccountCreditBody,
  CreditMonth,
  CreditOfPerson,
  CreditRunBody,
  CreditsBody,
} from '../credit-schemas.ts'
import { answers } from '../responses.ts'
import { send } from '../send.ts'

const AGENCIES = { roles: ['agency'] as const }

/** 个人账户划入: the monthly credits of personal accounts, as the packs say. */
export function accountCreditRoutes(app: App, ports: CounterPorts, credits: Credits): void {
  app.post(
    '/v1/account-credits',
    {
      config: AGENCIES,
      schema: {
        summary: 'Credit all accounts, or those named, for a month: each once, however often asked',
        body: CreditsBody,
        response: answers(CreditRunBody),
      },
    },
    async (request, reply) => {
      const { month, personIds, dryRun = false } = request.body
      const named = personIds === undefined ? {} : { personIds }
      const source = request.requester.id
      return send(request, reply, await credits.credit({ month, ...named, dryRun, source }))
    },
  )

  app.get(
    '/v1/account-credits/:month',
    {
      config: AGENCIES,
      schema: {
        summary: 'How far the credits of a month have come',
        params: CreditMonth,
        response: answers(CreditRunBody),
      },
    },
    async (request, reply) => send(request, reply, await credits.status(request.params.month)),
  )

  app.get(
    '/v1/account-credits/:month/persons/:personId',
    {
      config: AGENCIES,
      schema: {
        summary: 'What an account was credited with for a month, and the rows that say so',
        params: CreditOfPerson,
        response: answers(AccountCreditBody),
      },
    },
    async (request, reply) => {
      const { month, personId } = request.params
      return send(request, reply, await findCredit(ports, month, personId))
    },
  )
}
