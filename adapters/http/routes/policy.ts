import type { FastifyRequest } from 'fastify'
import { ROLES, type Role } from '../../../engine/access/roles.ts'
import { chinaTime } from '../../../engine/calendar/china-time.ts'
import { refuse } from '../../../engine/claim/outcomes.ts'
import type { Requester } from '../../../engine/counter/ports.ts'
import type { App, AppOptions } from '../app-types.ts'
import { answers } from '../responses.ts'
import { PolicyAnswerBody, RollbackBody } from '../schemas.ts'
import { send } from '../send.ts'

/** Who is shown what was refused: those who can mend it, and who reviews them. */
const MENDERS: readonly Role[] = ['policy-maker', 'policy-checker', 'auditor']

/** Which versions decide, loading the rules anew, and going back to an earlier version. */
export function policyRoutes(app: App, options: AppOptions): void {
  const { policyAdmin } = options
  app.get(
    '/v1/policy',
    {
      config: { roles: ROLES, counter: true, shows: 'nothing' },
      schema: {
        summary: 'The packs in force: hash, covered dates, since when; what was refused last',
        response: answers(PolicyAnswerBody),
      },
    },
    async (request, reply) => send(request, reply, await policyAnswer(options, request.requester)),
  )

  app.post(
    '/v1/policy/reload',
    {
      config: { roles: ['policy-maker'], shows: 'nothing' },
      schema: {
        summary: 'Check the rules and swap all packs at once, or refuse with every error',
        response: answers(PolicyAnswerBody),
      },
    },
    async (request, reply) => {
      if (Object.keys(request.body ?? {}).length > 0) {
        return send(request, reply, refuse('invalid-request', 'A reload takes no fields.'))
      }
      mayTakeLong(request)
      const errors = await policyAdmin.reload(request.requester.id)
      return send(
        request,
        reply,
        errors.length === 0 ? await policyAnswer(options, request.requester) : invalid(errors),
      )
    },
  )

  app.post(
    '/v1/policy/rollback',
    {
      config: { roles: ['policy-maker'], shows: 'nothing' },
      schema: {
        summary: 'Restore the version before the latest change, or the one named',
        body: RollbackBody,
        response: answers(PolicyAnswerBody),
      },
    },
    async (request, reply) => {
      mayTakeLong(request)
      const outcome = await policyAdmin.rollback(request.body, request.requester.id)
      if ('impossible' in outcome) {
        return send(request, reply, refuse('policy-version-unknown', outcome.impossible))
      }
      const { errors } = outcome
      return send(
        request,
        reply,
        errors.length === 0 ? await policyAnswer(options, request.requester) : invalid(errors),
      )
    },
  )
}

/** Checking a national catalogue takes longer than a silent connection is kept; this one is. */
function mayTakeLong({ raw: { socket } }: FastifyRequest): void {
  // Without a socket (a test that injects its requests) there is nothing to cut.
  if ('setTimeout' in socket) socket.setTimeout(0)
}

function invalid(errors: readonly string[]) {
  const detail = `${errors.length} errors; the version before stays.`
  return refuse('policy-invalid', detail, { more: { problems: errors } })
}

async function policyAnswer({ ports, policyAdmin }: AppOptions, { role }: Requester) {
  const { since, overruled, refused } = await policyAdmin.status
  const { packs, catalogues } = ports.policy()
  return {
    packs: packs.map(({ pack, knownAt }) => {
      const held = overruled.get(pack.id)
      return {
        pack: pack.id,
        title: pack.title,
        hash: pack.hash,
        from: pack.covers.from,
        until: pack.covers.until,
        knownAt: chinaTime(knownAt),
        catalogue: pack.catalogueId,
        catalogueHash: catalogues.get(pack.catalogueId)?.hash ?? '',
        ...(held === undefined ? {} : { overruled: held }),
      }
    }),
    since: chinaTime(since),
    ...(refused === undefined || !MENDERS.includes(role)
      ? {}
      : {
          rejected: {
            at: chinaTime(refused.at),
            by: refused.by,
            problems: refused.errors,
          },
        }),
  }
}
