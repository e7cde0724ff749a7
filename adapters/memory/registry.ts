import type { Credential, Registered, Registry } from '../../engine/counter/registry.ts'
import type {
  ApprovalRecord,
  InstitutionRecord,
  PersonRecord,
} from '../../engine/registry/records.ts'

/** What a registry in memory holds; the shape in which the demo data come. */
export interface RegistryContent {
  readonly persons: Iterable<PersonRecord>
  readonly institutions: Iterable<InstitutionRecord>
  readonly approvals: Iterable<ApprovalRecord>
  readonly credentials?: Iterable<Credential>
}

/** The registry port over maps, for tests; a later record of an id replaces the earlier one. */
export function memoryRegistry(content: RegistryContent): Registry {
  const persons = new Map([...content.persons].map((record) => [record.personId, record]))
  const institutions = new Map(
    [...content.institutions].map((record) => [record.institutionId, record]),
  )
  const approvals = new Map([...content.approvals].map((record) => [record.approvalId, record]))
  const credentials = new Map(
    [...(content.credentials ?? [])].map((shown) => [
      `${shown.kind}\n${shown.value}`,
      shown.personId,
    ]),
  )
  return {
    person: (personId) => registered(persons.get(personId)),
    institution: (institutionId) => registered(institutions.get(institutionId)),
    approval: (approvalId) => registered(approvals.get(approvalId)),
    persons: (after, limit) =>
      [...persons.keys()]
        .filter((personId) => personId > after)
        .sort()
        .slice(0, limit),
    household: (householdId) =>
      [...persons.values()]
        .filter((person) => person.householdId === householdId)
        .map(({ personId }) => personId),
    sharersOf: (personId) =>
      [...persons.values()]
        .filter(({ accountSharedWith }) =>
          accountSharedWith.some((shared) => shared.personId === personId),
        )
        .map((sharer) => sharer.personId),
    approvalsOf: (personId) =>
      [...approvals.values()]
        .filter((approval) => approval.personId === personId)
        .map(({ approvalId }) => approvalId),
    holderOf: (kind, value) => {
      const personId = credentials.get(`${kind}\n${value}`)
      return personId === undefined ? undefined : { personId, isCurrent: true }
    },
  }
}

/** What is there from the beginning, before any import. */
function registered<T>(record: T | undefined): Registered<T> | undefined {
  return record === undefined ? undefined : { record, since: 0 }
}
