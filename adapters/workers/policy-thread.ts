import { type PolicyFound, type PolicyRequest, readPolicy } from '../packs/read-policy.ts'
import { givingWay } from './giving-way.ts'
import { BUILDERS, lowerPriority } from './low-priority.ts'

lowerPriority(BUILDERS)

/** Reads and checks the policy once; at a start nobody is served yet, and nobody given way to. */
export default function read(request: PolicyRequest): PolicyFound {
  const isStart = Object.keys(request.inMemory).length === 0
  return readPolicy(request, isStart ? undefined : givingWay())
}
