import type { ProposalAnswerBody } from '../http/policy-schemas.ts'
import { plainLine, plainText } from './plain-text.ts'
import { KEY_VARIABLE, keyOfCaller, serverCaller } from './server-call.ts'
import { yuan } from './yuan.ts'

/** `yizhan rules propose`, `proposals`, `approve`, `reject` and `withdraw`, beside a running server. */

export interface ProposeCommand {
  readonly at?: string
  readonly note?: string
}

const PATH = '/v1/policy/proposals'

export async function proposeRules(server: string, { at, note }: ProposeCommand): Promise<void> {
  const body = { effectiveAt: at, note }
  say(shortText(await call<ProposalAnswerBody>(server, 'POST', PATH, body)))
}

export async function showProposals(server: string, id: string | undefined): Promise<void> {
  if (id !== undefined) {
    say(proposalText(await call<ProposalAnswerBody>(server, 'GET', `${PATH}/${id}`)))
    return
  }
  const { proposals } = await call<{ proposals: ProposalAnswerBody[] }>(server, 'GET', PATH)
  for (const one of proposals) say(shortText(one))
  if (proposals.length === 0) say('nothing was proposed')
}

/** `what` is approval, rejection or withdrawal. */
export async function decideProposal(
  server: string,
  id: string,
  what: 'approval' | 'rejection' | 'withdrawal',
  reason?: string,
): Promise<void> {
  say(
    shortText(await call<ProposalAnswerBody>(server, 'POST', `${PATH}/${id}/${what}`, { reason })),
  )
}

function call<T>(server: string, method: string, path: string, body?: object): Promise<T> {
  const key = keyOfCaller()
  if (key === undefined) throw new Error(`${KEY_VARIABLE} must hold a key for ${server}`)
  const sent = body === undefined ? [] : [JSON.stringify(body), 'application/json']
  return serverCaller(server, key)<T>(method, path, ...sent)
}

/** One line. */
export function shortText(proposal: ProposalAnswerBody): string {
  const { proposalId, status, cause, proposedBy, proposedAt, approvedBy, effectiveAt } = proposal
  const { endedBy, reason, note, assessment, inForceSince } = proposal
  const parts = [
    `proposal ${proposalId} (${cause}): ${status}`,
    `proposed by ${proposedBy} at ${proposedAt}`,
    ...(status === 'open' && assessment === undefined ? ['still being compared'] : []),
    ...(approvedBy === undefined ? [] : [`approved by ${approvedBy}`]),
    ...(effectiveAt === undefined ? [] : [`in force from ${effectiveAt}`]),
    ...(inForceSince === undefined ? [] : [`in force since ${inForceSince}`]),
    ...(endedBy === undefined ? [] : [`ended by ${endedBy}`]),
    ...(reason === undefined ? [] : [`reason: ${plainLine(reason)}`]),
    ...(note === undefined ? [] : [`note: ${plainLine(note)}`]),
  ]
  return parts.join(', ')
}

/** Everything that another person should read before approving. */
function proposalText(proposal: ProposalAnswerBody): string {
  const { packs, catalogues, calendar, assessment, hash } = proposal
  const contents = [
    `content ${hash}`,
    ...packs.map((one) => `  pack ${one.pack} ${one.hash}`),
    ...catalogues.map((one) => `  catalogue ${one.catalogue} ${one.hash}`),
    ...(calendar === undefined ? [] : [`  calendar ${calendar}`]),
  ]
  const blocks = [shortText(proposal), contents.join('\n')]
  if (assessment === undefined) return [...blocks, 'still being compared'].join('\n\n')
  const { difference, check, shadowRun } = assessment
  return [...blocks, difference, check.join('\n'), shadowText(shadowRun)].join('\n\n')
}

type ShadowRun = NonNullable<ProposalAnswerBody['assessment']>['shadowRun']

/** Amounts in yuan. */
function shadowText(run: ShadowRun): string {
  if (run.failed !== undefined) return `the shadow run failed: ${run.failed}`
  const { settlements = 0, differing = 0, onOtherVersion = 0, funds = [], unreadSums = 0 } = run
  const { patient, account, hospital, refused = [], missing = [] } = run
  const { beginsToPay = 0, ceasesToPay = 0 } = run
  const sums = [
    ...funds.map(({ fund, ...change }) => [`fund ${fund}`, change] as const),
    ...Object.entries({ patient, account, hospital }).flatMap(([name, change]) =>
      change === undefined ? [] : [[name, change] as const],
    ),
  ]
  return [
    `the last ${settlements} settlements decided again, ${onOtherVersion} of them on another version: ${differing} would differ`,
    ...sums.map(([name, { bookedFen, wouldBeFen, differenceFen }]) => {
      const sign = differenceFen > 0 ? '+' : ''
      return `  ${name}: booked ${yuan(bookedFen)}, would be ${yuan(wouldBeFen)}, ${sign}${yuan(differenceFen)}`
    }),
    ...(beginsToPay === 0 ? [] : [`  no fund paid and one would: ${beginsToPay}`]),
    ...(ceasesToPay === 0 ? [] : [`  a fund paid and none would: ${ceasesToPay}`]),
    ...refused.map(({ code, settlements: of }) => `  would be refused, ${code}: ${of}`),
    ...missing.map(({ reason, settlements: of }) => `  not decided, ${reason}: ${of}`),
    ...(unreadSums === 0 ? [] : [`  with sums that were not read then, taken as 0: ${unreadSums}`]),
  ].join('\n')
}

function say(text: string): void {
  process.stdout.write(`${plainText(text)}\n`)
}
