import { Packr } from 'msgpackr'
import type { CareType } from '../../engine/claim/claim.ts'
import type {
  Agreement,
  ApprovalRecord,
  Attribute,
  DiseaseRegistration,
  InstitutionRecord,
  Insurance,
  PersonRecord,
} from '../../engine/registry/records.ts'

/**
 * The packed form of the registry's records: MessagePack arrays without field names, the id left
 * out because it is the row's key; what an array lacks at its end is absent. A person takes about 60
 * bytes. Whoever changes an array here raises REGISTRY_FORMAT. The arrays of earlier formats are the
 * beginnings of today's: such a file is read as it is, but for the first format, whose tables were
 * others, and raised by whoever opens it for writing. One of a later format is refused.
 */
export const REGISTRY_FORMAT = 6
export const EARLIEST_READ_FORMAT = 2

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
    status: Insurance['status'],
    gradeChanges?: readonly (readonly [handledOn: string, to: number, condition?: string])[] | null,
    entry?: Insurance['entry'] | null,
    registeredOn?: string | null,
    brokenYears?: number | null,
    boughtBackYears?: number | null,
    yearsBefore?: number | null,
  ])[],
  categories: readonly (readonly [...Span, category: string])[],
  accountSharedWith: readonly (readonly [...Span, personId: string])[],
  householdId?: string | null,
  registrations?:
    | readonly (readonly [...Span, kind: DiseaseRegistration['kind'], diseaseCode: string])[]
    | null,
  careAssessments?: readonly (readonly [...Span, careGrade: number])[] | null,
  attributes?: PackedAttributes | null,
  chosenInstitutions?:
    | readonly (readonly [...Span, institutionId: string, careTypes: readonly CareType[] | null])[]
    | null,
]

type PackedAttributes = readonly (readonly [...Span, name: string, value: string | number])[]

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
  attributes?: PackedAttributes | null,
]

type PackedApproval = readonly [
  ...Span,
  version: number,
  kind: ApprovalRecord['kind'],
  personId: string,
  institutionId: string | null,
  district: string | null,
  registeredOn: string,
  rescue?: boolean | null,
]

export function packPerson(person: PersonRecord): Buffer {
  const packed = [
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
      ...trimmed(
        at.gradeChanges?.map(({ handledOn, to, condition }) => [
          handledOn,
          to,
          ...trimmed(condition),
        ]),
        at.entry,
        at.registeredOn,
        at.brokenYears,
        at.boughtBackYears,
        at.yearsBefore,
      ),
    ]),
    person.categories.map((at) => [at.from, at.until ?? null, at.category]),
    person.accountSharedWith.map((at) => [at.from, at.until ?? null, at.personId]),
    ...trimmed(
      person.householdId,
      person.registrations?.map((at) => [at.from, at.until ?? null, at.kind, at.diseaseCode]),
      person.careAssessments?.map((at) => [at.from, at.until ?? null, at.careGrade]),
      packAttributes(person.attributes),
      person.chosenInstitutions?.map((at) => [
        at.from,
        at.until ?? null,
        at.institutionId,
        at.careTypes ?? null,
      ]),
    ),
  ] as unknown as PackedPerson
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
      scheme: at[2],
      ...span(at[0], at[1]),
      ...(at[3] === null ? {} : { grade: at[3] }),
      ...(at[4] === null ? {} : { employment: at[4] }),
      homeDistrict: at[5],
      status: at[6],
      ...present({
        gradeChanges: at[7]?.map(([handledOn, to, condition]) => ({
          handledOn,
          to,
          ...present({ condition }),
        })),
        entry: at[8],
        registeredOn: at[9],
        brokenYears: at[10],
        boughtBackYears: at[11],
        yearsBefore: at[12],
      }),
    })),
    categories: packed[4].map((at) => ({ category: at[2], ...span(at[0], at[1]) })),
    accountSharedWith: packed[5].map((at) => ({ personId: at[2], ...span(at[0], at[1]) })),
    ...present({
      householdId: packed[6],
      registrations: packed[7]?.map((at) => ({
        kind: at[2],
        diseaseCode: at[3],
        ...span(at[0], at[1]),
      })),
      careAssessments: packed[8]?.map((at) => ({ careGrade: at[2], ...span(at[0], at[1]) })),
      attributes: unpackAttributes(packed[9]),
      chosenInstitutions: packed[10]?.map((at) => ({
        institutionId: at[2],
        ...span(at[0], at[1]),
        ...(at[3] === null ? {} : { careTypes: at[3] }),
      })),
    }),
  }
}

export function packInstitution(institution: InstitutionRecord): Buffer {
  const packed = [
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
    ...trimmed(packAttributes(institution.attributes)),
  ] as unknown as PackedInstitution
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
      level: at[2],
      ...span(at[0], at[1]),
      ...(at[3] === null ? {} : { deductibleLevel: at[3] }),
    })),
    agreements: packed[5].map((at) => ({
      careTypes: at[2],
      status: at[3],
      ...span(at[0], at[1]),
    })),
    ...present({ attributes: unpackAttributes(packed[6]) }),
  }
}

export function packApproval(approval: ApprovalRecord): Buffer {
  const packed = [
    approval.from,
    approval.until ?? null,
    approval.version,
    approval.kind,
    approval.personId,
    approval.institutionId ?? null,
    approval.district ?? null,
    approval.registeredOn,
    ...trimmed(approval.rescue),
  ] as unknown as PackedApproval
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
    ...present({ rescue: packed[8] }),
  }
}

function span(from: string, until: string | null): { from: string; until?: string } {
  return until === null ? { from } : { from, until }
}

function packAttributes(attributes: readonly Attribute[] | undefined) {
  return attributes?.map((at) => [at.from, at.until ?? null, at.name, at.value])
}

function unpackAttributes(packed: PackedAttributes | null | undefined): Attribute[] | undefined {
  return packed?.map((at) => ({ name: at[2], value: at[3], ...span(at[0], at[1]) }))
}

/** The values without those that are absent at the end. */
function trimmed(...values: readonly unknown[]): unknown[] {
  const last = values.findLastIndex((value) => value !== undefined)
  return values.slice(0, last + 1).map((value) => value ?? null)
}

/** The members that are there. */
function present<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const there = Object.entries(members).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(there) as { [K in keyof T]?: NonNullable<T[K]> }
}
