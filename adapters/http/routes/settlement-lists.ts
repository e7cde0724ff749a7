import { Type } from 'typebox'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { patientOf } from '../../../engine/counter/find.ts'
import type { CounterPorts } from '../../../engine/counter/ports.ts'
import { findSettlementList } from '../../../engine/counter/settlement-lists.ts'
import type { App } from '../app-types.ts'
import { answers } from '../responses.ts'
import { SettlementListBody } from '../schemas.ts'
import { send } from '../send.ts'
import { saw } from '../shown.ts'

/** Who may see the settlement: the institution that settled, the agency and the auditor. */
const READERS = ['institution', 'agency', 'auditor'] as const

/** 结算清单: what an institution uploaded over the national interface (4101), read back. */
export function settlementListRoutes(app: App, ports: CounterPorts): void {
  app.get(
    '/v1/settlements/:settlementId/list',
    {
      config: { roles: READERS, counter: true, shows: 'settlement-list' },
      schema: {
        summary: '结算清单: the list that was uploaded last for the settlement',
        params: Type.Object({ settlementId: Type.String({ maxLength: 64 }) }),
        response: answers(SettlementListBody),
      },
    },
    async (request, reply) => {
      const { settlementId } = request.params
      const found = await findSettlementList(ports, request.requester, settlementId)
      if (!isRefusal(found)) saw(request, patientOf(ports, settlementId), settlementId)
      return send(request, reply, found)
    },
  )
}
