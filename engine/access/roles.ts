/**
 * What somebody may do; each key and each member of staff has exactly one, so that nobody proposes
 * and approves, or acts and audits, at once.
 *
 * - `institution`: a hospital or pharmacy at the counter, for itself alone
 * - `agency`: the agency that handles claims (经办机构): reads and reverses for all institutions
 * - `registry`: who keeps persons, institutions and approvals
 * - `policy-maker`: prepares changes of the rules; with four eyes, proposes them
 * - `policy-checker`: approves or rejects what a policy-maker proposed
 * - `auditor`: reads everything, changes nothing
 * - `operator`: runs the engine: keys, staff, metrics; sees no claims
 */
export const ROLES = [
  'institution',
  'agency',
  'registry',
  'policy-maker',
  'policy-checker',
  'auditor',
  'operator',
] as const

export type Role = (typeof ROLES)[number]
