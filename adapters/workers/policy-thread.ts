import { type PolicyFound, type PolicyRequest, readPolicy } from '../packs/read-policy.ts'
import { BUILDERS, lowerPriority } from './low-priority.ts'

lowerPriority(BUILDERS)

/** Reads and checks the policy once. */
export default function read(request: PolicyRequest): PolicyFound {
  return readPolicy(request)
}
