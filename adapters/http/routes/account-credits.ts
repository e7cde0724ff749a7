import { isRefusal } from '../../../engine/claim/outcomes.ts'
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
import { saw } from '../shown.ts'

const AGENCIES = ['agency'] as const

/** 个人账户划入: the monthly credits of personal accounts, as the packs say. */
export function accountCreditRoutes(app: App, ports: CounterPorts, credits: Credits): void {
  app.post(
    '/v1/account-credits',
    {
      config: { roles: AGENCIES, shows: 'account-credit' },
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
      // The sums of a run for few persons are theirs; those of one for everybody are nobody's.
      request.seen = (personIds ?? []).map((personId) => ({ personId, id: month }))
      return send(request, reply, await credits.credit({ month, ...named, dryRun, source }))
    },
  )

  app.get(
    '/v1/account-credits/:month',
    {
      config: { roles: AGENCIES, shows: 'nothing' },
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
      config: { roles: AGENCIES, shows: 'account-credit' },
      schema: {
        summary: 'What an account was credited with for a month, and the rows that say so',
        params: CreditOfPerson,
        response: answers(AccountCreditBody),
      },
    },
    async (request, reply) => {
      const { month, personId } = request.params
      const found = await findCredit(ports, month, personId)
      if (!isRefusal(found)) saw(request, personId, month)
      return send(request, reply, found)
    },
  )
}
