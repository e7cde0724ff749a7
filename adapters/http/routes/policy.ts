import type { FastifyRequest } from 'fastify'
import { ROLES, type Role } from '../../../engine/access/roles.ts'
import { chinaTime } from '../../../engine/calendar/china-time.ts'
import { refuse } from '../../../engine/claim/outcomes.ts'
import type { Requester } from '../../../engine/counter/ports.ts'
import type { Published } from '../../packs/publishing.ts'
import type { AnyReply } from '../any-fastify.ts'
import type { App, AppOptions } from '../app-types.ts'
import { mayTakeLong } from '../long-work.ts'
import { PolicyAnswerBody, ProposalAnswerBody, RollbackBody } from '../policy-schemas.ts'
import { answers, proposes } from '../responses.ts'
import { send } from '../send.ts'
import { proposalAnswer } from './proposal-answer.ts'

/** Who is shown what was refused: those who can mend it, and who reviews them. */
const MENDERS: readonly Role[] = ['policy-maker', 'policy-checker', 'auditor']

/** Which versions decide, loading the rules anew, and going back to an earlier version. */
export function policyRoutes(app: App, options: AppOptions): void {
  const { publishing } = options
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
        description: 'With four eyes: propose them (202), for another person to approve.',
        response: proposes(PolicyAnswerBody, ProposalAnswerBody),
      },
    },
    async (request, reply) => {
      if (Object.keys(request.body ?? {}).length > 0) {
        return send(request, reply, refuse('invalid-request', 'A reload takes no fields.'))
      }
      mayTakeLong(request)
      return sendPublished(request, reply, await publishing.reload(request.requester))
    },
  )

  app.post(
    '/v1/policy/rollback',
    {
      config: { roles: ['policy-maker'], shows: 'nothing' },
      schema: {
        summary: 'Restore the version before the latest change, or the one named',
        description: 'With four eyes: propose it (202), for another person to approve.',
        body: RollbackBody,
        response: proposes(PolicyAnswerBody, ProposalAnswerBody),
      },
    },
    async (request, reply) => {
      mayTakeLong(request)
      const outcome = await publishing.rollback(request.body, request.requester)
      if ('impossible' in outcome) {
        return send(request, reply, refuse('policy-version-unknown', outcome.impossible))
      }
      return sendPublished(request, reply, outcome)
    },
  )

  async function sendPublished(
    request: FastifyRequest,
    reply: AnyReply,
    { errors, proposal }: Published,
  ) {
    if (errors.length > 0) return send(request, reply, invalid(errors))
    return proposal === undefined
      ? send(request, reply, await policyAnswer(options, request.requester))
      : send(request, reply, proposalAnswer(proposal), 202)
  }
}

/** Every error of the packs and catalogues. */
export function invalid(errors: readonly string[]) {
  const detail = `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}; the version before stays.`
  return refuse('policy-invalid', detail, { more: { problems: errors } })
}

async function policyAnswer({ ports, publishing }: AppOptions, { role }: Requester) {
  const { since, overruled, refused } = await publishing.status
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
