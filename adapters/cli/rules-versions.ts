import { chinaTime } from '../../engine/calendar/china-time.ts'
import { reignsOf } from '../../engine/counter/activations.ts'
import type { PolicyAnswerBody, ProposalAnswerBody } from '../http/policy-schemas.ts'
import { PolicyHost } from '../packs/policy-host.ts'
import { FolderOwnedError } from '../sqlite/owner-lock.ts'
import type { Settings } from './config.ts'
import { requireLedger, withOwnLedger } from './own-ledger.ts'
import { type PublishedActivation, policyHistory } from './policy-history.ts'
import { shortText } from './proposals.ts'
import { callServer, type ServerPlace } from './server-call.ts'

/** Prints what was in force when, the latest last, and whose it was. */
export function listVersions({ data }: Settings): void {
  requireLedger(data)
  const history = policyHistory(data)
  const inForce = history.at(-1)?.inForce.packs ?? []
  for (const { kind, id, hash, knownAt, begun, until } of reignsOf(history)) {
    const name = kind === 'pack' ? id : [kind, ...(id === '' ? [] : [id])].join(' ')
    const live = inForce.find((pack) => kind === 'pack' && pack.id === id)
    const overrules =
      live?.overrules === undefined ? '' : `, instead of ${live.overrules} in the files`
    const state =
      until === undefined
        ? `in force since ${chinaTime(begun.at)}${overrules}`
        : `in force from ${chinaTime(begun.at)} until ${chinaTime(until)}`
    const by = publishedBy(begun)
    process.stdout.write(`${name} ${hash} known since ${chinaTime(knownAt)}, ${state}${by}\n`)
  }
  if (history.length === 0) process.stdout.write(`no version was ever in force in ${data}\n`)
}

/** Of what was published with four eyes: who proposed and who approved. */
function publishedBy({ by, proposal, proposer }: PublishedActivation): string {
  if (proposal === undefined) return ''
  return `, proposal ${proposal.id}: proposed by ${proposer}, approved by ${by}`
}

export interface RollbackOptions extends ServerPlace {
  readonly pack?: string
  readonly to?: string
}

/**
 * Restores an earlier version, in the data folder or through the server that owns it; with a server
 * that was named, there.
 */
export async function rollBack(settings: Settings, options: RollbackOptions): Promise<void> {
  const { pack, to, server, named } = options
  const request = {
    ...(pack === undefined ? {} : { pack }),
    ...(to === undefined ? {} : { to }),
  }
  if (named) return rollBackThere(server, request)
  requireLedger(settings.data)
  try {
    await rollBackHere(settings, request)
  } catch (error) {
    if (!(error instanceof FolderOwnedError)) throw error
    process.stderr.write(`${error.message}: asking ${server}\n`)
    return rollBackThere(server, request)
  }
  const inForce = policyHistory(settings.data).at(-1)?.inForce.packs ?? []
  for (const { id, hash } of inForce) process.stdout.write(`in force: ${id} ${hash}\n`)
}

async function rollBackThere(server: string, request: object): Promise<void> {
  const answer = await callServer<ProposalAnswerBody | PolicyAnswerBody>(
    server,
    '/v1/policy/rollback',
    request,
  )
  if ('proposalId' in answer) {
    process.stdout.write(`${shortText(answer)}\n`)
    return
  }
  for (const { pack, hash } of answer.packs) process.stdout.write(`in force: ${pack} ${hash}\n`)
}

function rollBackHere(
  settings: Settings,
  request: { readonly pack?: string; readonly to?: string },
): Promise<void> {
  return withOwnLedger(settings, async (ledger) => {
    const { data, rules } = settings
    const host = new PolicyHost({ rulesFolder: rules, dataFolder: data, ledger, now: Date.now })
    const outcome = await host.rollback(request, 'operator')
    if ('impossible' in outcome) throw new Error(outcome.impossible)
    if (outcome.errors.length > 0) throw new Error(outcome.errors.join('\n'))
  })
}
