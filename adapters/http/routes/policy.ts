import { chinaTime } from '../../../engine/calendar/china-time.ts'
import { refuse } from '../../../engine/claim/outcomes.ts'
import type { App, AppOptions } from '../app-types.ts'
import { answers } from '../responses.ts'
import { PolicyAnswerBody } from '../schemas.ts'
import { send } from '../send.ts'

/** Which versions decide, and loading the rules anew. */
export function policyRoutes(app: App, { ports, policyAdmin }: AppOptions): void {
  app.get(
    '/v1/policy',
    {
      config: { roles: ['institution', 'agency', 'policy'] },
      schema: {
        summary: 'The packs loaded: hash, covered dates, since when',
        response: answers(PolicyAnswerBody),
      },
    },
    (request, reply) => void send(request, reply, policyAnswer(ports)),
  )

  app.post(
    '/v1/policy/reload',
    {
      config: { roles: ['policy'] },
      schema: {
        summary: 'Check the rules and swap all packs at once, or refuse with every error',
        response: answers(PolicyAnswerBody),
      },
    },
    async (request, reply) => {
      if (Object.keys(request.body ?? {}).length > 0) {
        return send(request, reply, refuse('invalid-request', 'A reload takes no fields.'))
      }
      const errors = await policyAdmin.reload()
      if (errors.length === 0) return send(request, reply, policyAnswer(ports))
      const detail = `${errors.length} errors; the version before stays.`
      return send(request, reply, refuse('policy-invalid', detail, { more: { problems: errors } }))
    },
  )
}

function policyAnswer(ports: AppOptions['ports']) {
  const { packs, catalogues } = ports.policy()
  return {
    packs: packs.map(({ pack, knownAt }) => ({
      pack: pack.id,
      title: pack.title,
      hash: pack.hash,
      from: pack.covers.from,
      until: pack.covers.until,
      knownAt: chinaTime(knownAt),
      catalogue: pack.catalogueId,
      catalogueHash: catalogues.get(pack.catalogueId)?.hash ?? '',
    })),
  }
}
