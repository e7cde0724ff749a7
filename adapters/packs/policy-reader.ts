import { type PolicyFound, type PolicyRequest, readPolicy } from './read-policy.ts'

/**
 * Reads and checks the policy, in this thread or in another. Rejects when the reading broke off; a
 * policy with errors is a result.
 */
export type PolicyReader = (request: PolicyRequest) => Promise<PolicyFound>

/** Reads in the calling thread, which does nothing else meanwhile. */
export const readHere: PolicyReader = async (request) => readPolicy(request)
