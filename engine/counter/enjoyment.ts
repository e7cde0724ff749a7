import { admit } from '../adjudicate/admit.ts'
import { lookUp } from '../adjudicate/workings.ts'
import type { Claim } from '../claim/claim.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { gather } from './gather.ts'
import { referred } from './referred.ts'
import type { VisitPorts } from './visit-events.ts'

/** A fund of the plan, and whether any of its layers is for this person and this care. */
export interface FundEnjoyed {
  readonly fund: string
  readonly applies: boolean
}

/**
 * Which funds would pay for such care, before there is a bill: the very steps that admit a claim, on
 * the same records and filings, so that a claim of this care is refused exactly where this is.
 */
export async function enjoyment(
  ports: VisitPorts,
  care: Omit<Claim, 'lines'>,
): Promise<readonly FundEnjoyed[] | Refusal> {
  const { claim } = await referred(ports, { ...care, lines: [] })
  const { snapshot } = await gather(ports, claim)
  const admitted = admit(claim, snapshot, ports.policy())
  if (isRefusal(admitted)) return admitted
  const { plan, workings } = admitted
  const funds = new Map<string, boolean>()
  for (const { fund, id, bearer, applies } of plan.layers) {
    if (bearer === 'institution') continue
    const row = applies === undefined ? undefined : lookUp(workings, 'applies', applies, id)
    if (isRefusal(row)) return row
    const isFor = row === undefined || row['applies'] === true
    funds.set(fund, isFor || funds.get(fund) === true)
  }
  return [...funds].map(([fund, applies]) => ({ fund, applies }))
}
