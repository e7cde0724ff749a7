import type { Proposal, Terms } from '../../engine/access/proposals.ts'
import { type Refusal, refuse } from '../../engine/claim/outcomes.ts'
import type { Requester } from '../../engine/counter/ports.ts'
import type { PolicyHost, PolicyStatus, RollbackRequest } from './policy-host.ts'

/**
 * What came of loading the rules anew. With errors nothing has changed; with a proposal nothing has
 * changed yet; otherwise the files are in force.
 */
export interface Published {
  readonly errors: readonly string[]
  readonly proposal?: Proposal
}

/** What is done to a proposal. */
export type ProposalDecision =
  | { readonly act: 'approve' }
  | { readonly act: 'reject'; readonly reason: string }
  | { readonly act: 'withdraw'; readonly reason?: string }

/** Changing what is in force, all packs at once: directly, or with four eyes. */
export interface Publishing {
  /** Loads what the files hold, or proposes it. */
  reload(by: Requester): Promise<Published>
  /** Restores an earlier version, or proposes to; `impossible` says why there is none. */
  rollback(
    request: RollbackRequest,
    by: Requester,
  ): Promise<Published | { readonly impossible: string }>
  /** Proposes what the files hold. Without errors and proposal they hold what is in force. */
  propose(terms: Terms, by: Requester): Promise<Published | Refusal>
  decide(id: string, decision: ProposalDecision, by: Requester): Promise<Proposal | Refusal>
  /** The last ones first. */
  proposals(): Promise<readonly Proposal[]>
  proposal(id: string): Promise<Proposal | Refusal>
  readonly status: PolicyStatus
}

/** Whoever loads the rules puts them in force. */
export class DirectPublishing implements Publishing {
  readonly #host: PolicyHost

  constructor(host: PolicyHost) {
    this.#host = host
  }

  get status(): PolicyStatus {
    return this.#host.status
  }

  async reload({ id }: Requester): Promise<Published> {
    return { errors: await this.#host.reload(id) }
  }

  rollback(request: RollbackRequest, { id }: Requester) {
    return this.#host.rollback(request, id)
  }

  async propose(): Promise<Refusal> {
    return noProposals()
  }

  async decide(): Promise<Refusal> {
    return noProposals()
  }

  async proposals(): Promise<readonly Proposal[]> {
    return []
  }

  async proposal(id: string): Promise<Refusal> {
    return refuse('proposal-not-found', `There is no proposal ${id}.`)
  }
}

function noProposals(): Refusal {
  return refuse('publishing-direct', 'The setting publishing is direct.')
}
