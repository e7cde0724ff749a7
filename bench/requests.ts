import type { Claim } from '../engine/claim/claim.ts'

/** One claim as it goes over the wire, and who sends it. */
export interface BenchRequest {
  /** The value of the header. */
  readonly authorization: string
  readonly claim: string
}

export function benchRequest(claim: Claim): BenchRequest {
  return {
    authorization: `Bearer demo-${claim.institutionId}`,
    claim: JSON.stringify(claim),
  }
}

/** The claim under a message id. Both clients build it so, by gluing text. */
export function withRequestId(requestId: string, { claim }: BenchRequest): string {
  return `{"requestId":"${requestId}",${claim.slice(1)}`
}

const ID_DIGITS = 9

/** Message ids of one load: a prefix and a number of fixed width, so that lengths are known. */
export function numberedId(prefix: string, number: number): string {
  return prefix + String(number).padStart(ID_DIGITS, '0')
}

let prefixes = 0

/** A prefix that no other load of this run has. */
export function newIdPrefix(): string {
  prefixes += 1
  return `B${String(prefixes).padStart(5, '0')}-`
}
