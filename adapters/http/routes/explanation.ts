import { Type } from 'typebox'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { explainSettlement } from '../../../engine/counter/explain-settlement.ts'
import { patientOf } from '../../../engine/counter/find.ts'
import type { CounterPorts } from '../../../engine/counter/ports.ts'
import { CONTENT_SECURITY_POLICY } from '../../pages/layout.tsx'
import { settlementPage } from '../../pages/settlement/page.tsx'
import { LANGUAGES } from '../../words/words.ts'
import type { App } from '../app-types.ts'
import { sendProblem } from '../problem.ts'
import { text } from '../responses.ts'
import { saw } from '../shown.ts'

const READERS = ['institution', 'agency', 'auditor'] as const

/** A settlement as people read it; printed, it is the settlement slip (结算单). */
export function explanationRoutes(app: App, ports: CounterPorts): void {
  app.get(
    '/v1/settlements/:settlementId/explanation',
    {
      config: { roles: READERS, counter: true, shows: 'explanation', text: 'text/html' },
      schema: {
        summary: '结算单: a settlement as a page, each step with its clause and arithmetic',
        params: Type.Object({ settlementId: Type.String({ maxLength: 64 }) }),
        querystring: Type.Object(
          { lang: Type.Optional(Type.Enum([...LANGUAGES])) },
          { additionalProperties: false },
        ),
        response: text('text/html', 'The page, in Chinese unless `lang` is `en`'),
      },
    },
    async (request, reply) => {
      const { settlementId } = request.params
      const explained = await explainSettlement(ports, request.requester, settlementId)
      if (isRefusal(explained)) return sendProblem(request, reply, explained)
      saw(request, patientOf(ports, settlementId), settlementId)
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', CONTENT_SECURITY_POLICY)
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer')
        .header('cache-control', 'no-store')
        .send(settlementPage(explained, request.query.lang ?? 'zh'))
    },
  )
}
