import type { Requester } from '../../engine/counter/ports.ts'

/** The roles that a key can have. */
export const ROLES = [
  'institution',
  'agency',
  'policy',
  'registry',
] as const satisfies readonly Requester['role'][]
