import { Packr } from 'msgpackr'
import type {
  Agreement,
  ApprovalRecord,
  InstitutionRecord,
  PersonRecord,
} from '../../engine/registry/records.ts'

/**
 * The packed form of the registry's records: MessagePack arrays without field names, the id left
 * out because it is the row's key. A person takes about 60 bytes. Whoever changes an array here
 * raises REGISTRY_FORMAT; a file of another format is refused, and imported anew.
 */
export const REGISTRY_FORMAT = 1

const packr = new Packr({ useRecords: false })

/** `[from, until]` at the head of every dated array; `null` is open. */
type Span = readonly [from: string, until: string | null]

type PackedPerson = readonly [
  version: number,
  female: boolean,
  bornOn: string,
  insurances: readonly (readonly [
    ...Span,
    scheme: string,
    grade: number | null,
    employment: 'active' | 'retired' | null,
    homeDistrict: string,
    status: 'paid-up' | 'in-arrears' | 'suspended',
  ])[],
  categories: readonly (readonly [...Span, category: string])[],
  accountSharedWith: readonly (readonly [...Span, personId: string])[],
]

type PackedInstitution = readonly [
  version: number,
  name: string,
  kind: InstitutionRecord['kind'],
  district: string,
  levels: readonly (readonly [...Span, level: number, deductibleLevel: number | null])[],
  agreements: readonly (readonly [
    ...Span,
    careTypes: Agreement['careTypes'],
    status: Agreement['status'],
  ])[],
]

type PackedApproval = readonly [
  ...Span,
  version: number,
  kind: ApprovalRecord['kind'],
  personId: string,
  institutionId: string | null,
  district: string | null,
  registeredOn: string,
]

export function packPerson(person: PersonRecord): Buffer {
  const packed: PackedPerson = [
    person.version,
    person.sex === 'female',
    person.bornOn,
    person.insurances.map((at) => [
      at.from,
      at.until ?? null,
      at.scheme,
      at.grade ?? null,
      at.employment ?? null,
      at.homeDistrict,
      at.status,
    ]),
    person.categories.map((at) => [at.from, at.until ?? null, at.category]),
    person.accountSharedWith.map((at) => [at.from, at.until ?? null, at.personId]),
  ]
  return packr.pack(packed)
}

export function unpackPerson(personId: string, bytes: Uint8Array): PersonRecord {
  const packed = packr.unpack(bytes) as PackedPerson
  return {
    personId,
    version: packed[0],
    sex: packed[1] ? 'female' : 'male',
    bornOn: packed[2],
    insurances: packed[3].map((at) => ({
      ...span(at[0], at[1]),
      scheme: at[2],
      ...(at[3] === null ? {} : { grade: at[3] }),
      ...(at[4] === null ? {} : { employment: at[4] }),
      homeDistrict: at[5],
      status: at[6],
    })),
    categories: packed[4].map((at) => ({ ...span(at[0], at[1]), category: at[2] })),
    accountSharedWith: packed[5].map((at) => ({ ...span(at[0], at[1]), personId: at[2] })),
  }
}

export function packInstitution(institution: InstitutionRecord): Buffer {
  const packed: PackedInstitution = [
    institution.version,
    institution.name,
    institution.kind,
    institution.district,
    institution.levels.map((at) => [
      at.from,
      at.until ?? null,
      at.level,
      at.deductibleLevel ?? null,
    ]),
    institution.agreements.map((at) => [at.from, at.until ?? null, at.careTypes, at.status]),
  ]
  return packr.pack(packed)
}

export function unpackInstitution(institutionId: string, bytes: Uint8Array): InstitutionRecord {
  const packed = packr.unpack(bytes) as PackedInstitution
  return {
    institutionId,
    version: packed[0],
    name: packed[1],
    kind: packed[2],
    district: packed[3],
    levels: packed[4].map((at) => ({
      ...span(at[0], at[1]),
      level: at[2],
      ...(at[3] === null ? {} : { deductibleLevel: at[3] }),
    })),
    agreements: packed[5].map((at) => ({
      ...span(at[0], at[1]),
      careTypes: at[2],
      status: at[3],
    })),
  }
}

export function packApproval(approval: ApprovalRecord): Buffer {
  const packed: PackedApproval = [
    approval.from,
    approval.until ?? null,
    approval.version,
    approval.kind,
    approval.personId,
    approval.institutionId ?? null,
    approval.district ?? null,
    approval.registeredOn,
  ]
  return packr.pack(packed)
}

export function unpackApproval(approvalId: string, bytes: Uint8Array): ApprovalRecord {
  const packed = packr.unpack(bytes) as PackedApproval
  return {
    approvalId,
    ...span(packed[0], packed[1]),
    version: packed[2],
    kind: packed[3],
    personId: packed[4],
    ...(packed[5] === null ? {} : { institutionId: packed[5] }),
    ...(packed[6] === null ? {} : { district: packed[6] }),
    registeredOn: packed[7],
  } as ApprovalRecord
}

function span(from: string, until: string | null): { from: string; until?: string } {
  return until === null ? { from } : { from, until }
}
