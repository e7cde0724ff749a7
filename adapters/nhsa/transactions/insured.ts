import { CARE_OF_ONE_DAY } from '../../../engine/adjudicate/eligibility.ts'
import { insuranceForCare } from '../../../engine/adjudicate/person-facts.ts'
import type { CareType, CivilDate } from '../../../engine/claim/claim.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { RecordReading } from '../../../engine/counter/record-reading.ts'
import { findRecord } from '../../../engine/counter/records.ts'
import type { CredentialHolder, CredentialKind } from '../../../engine/counter/registry.ts'
import type { Nhsa } from '../../../engine/policy/nhsa.ts'
import { packFor } from '../../../engine/policy/policy.ts'
import type { Insurance, PersonRecord } from '../../../engine/registry/records.ts'
import type { Row } from '../row.ts'
import { type Call, type Declined, decline, declined } from './call.ts'

/** 就诊凭证类型: how a person shows who they are. */
const CREDENTIALS: Readonly<Record<string, CredentialKind>> = {
  '01': 'e-voucher',
  '02': 'id-card',
  '03': 'social-security-card',
}

/** A type of certificate with its two digits, also where a sender wrote it as a number. */
export function certificateType(sent: string | undefined): string | undefined {
  return sent?.padStart(2, '0')
}

async function holderOf(
  { ports }: Pick<Call, 'ports'>,
  kind: string | undefined,
  value: string | undefined,
): Promise<CredentialHolder | undefined> {
  const credential = CREDENTIALS[certificateType(kind) ?? '']
  if (credential === undefined || value === undefined) return undefined
  return new RecordReading(ports).holderOf(credential, value)
}

const ID_CARD = '02'

/** Whose credential a message shows; the number of an identity card under any type, as some readers give it. */
async function credentialHolder(call: Call, row: Row): Promise<CredentialHolder | undefined> {
  const shown = row.text('mdtrt_cert_no')
  return (
    (await holderOf(call, row.text('mdtrt_cert_type'), shown)) ??
    (await holderOf(call, ID_CARD, shown))
  )
}

/** 人员证件类型 of an identity card, which is meant where none is said. */
export const CERTIFIED_BY_ID_CARD = '01'
const CERTIFICATE_TYPES: ReadonlySet<string> = new Set(['psn_cert_type', 'cert_type'])

/** Whose identity number a message names beside the credential. */
async function certificateHolder(call: Call, row: Row): Promise<CredentialHolder | undefined> {
  const field = row.node.fields.find(({ code }) => CERTIFICATE_TYPES.has(code))
  const type = certificateType(field && row.text(field.code)) ?? CERTIFIED_BY_ID_CARD
  return type === CERTIFIED_BY_ID_CARD ? holderOf(call, ID_CARD, row.text('certno')) : undefined
}

/**
 * Who is identified by a message that does not say the number of the person. Refused where credential and
 * identity number are of two, who are both seen by it.
 */
export async function personIdentified(
  call: Call,
  row: Row,
): Promise<string | undefined | Declined> {
  const holders = [await credentialHolder(call, row), await certificateHolder(call, row)]
  const [first, second = first] = holders.flatMap((one) => (one?.isCurrent ? [one.personId] : []))
  if (first === undefined || second === first) return first
  for (const personId of [first, second!]) call.sight.person(personId)
  return decline(
    'person-not-found',
    '就诊凭证（mdtrt_cert_no）与证件号码（certno）不是同一人，请重新读取凭证并核对证件',
  )
}

/**
 * Refused: the credential that a message shows is known to be another person's, or to count no more, or
 * the identity number that it names is another's. Whose it is, is seen by it.
 */
export async function credentialFault(call: Call, row: Row): Promise<Declined | undefined> {
  const shown = await credentialHolder(call, row)
  if (shown !== undefined && !shown.isCurrent) return withdrawn(call, shown)
  return (
    foreign(
      call,
      row,
      shown,
      '就诊凭证（mdtrt_cert_no）与人员编号（psn_no）不是同一人，请重新读取凭证',
    ) ??
    foreign(
      call,
      row,
      await certificateHolder(call, row),
      '证件号码（certno）与人员编号（psn_no）不是同一人，请核对证件',
    )
  )
}

function foreign(
  { sight }: Call,
  row: Row,
  holder: CredentialHolder | undefined,
  sentence: string,
): Declined | undefined {
  if (!holder?.isCurrent || holder.personId === row.text('psn_no')) return undefined
  sight.person(holder.personId)
  return decline('person-not-found', sentence)
}

/** Refused: the credential that a message shows counts no more. */
export async function withdrawnCredential(call: Call, row: Row): Promise<Declined | undefined> {
  const holder = await credentialHolder(call, row)
  return holder === undefined || holder.isCurrent ? undefined : withdrawn(call, holder)
}

function withdrawn({ sight }: Pick<Call, 'sight'>, { personId }: CredentialHolder): Declined {
  sight.person(personId)
  return decline('person-not-found', '就诊凭证已停用（挂失或更换），请参保人出示现用凭证')
}

/** The registered person of a message, who is seen by it, whatever is answered. */
export async function personOf(
  { ports, sight }: Pick<Call, 'ports' | 'sight'>,
  personId: string,
): Promise<PersonRecord | Declined> {
  const person = await findRecord(ports, 'person', personId)
  if (isRefusal(person)) {
    return decline('person-unknown', '未查到参保人信息，请核对人员编号（psn_no）')
  }
  sight.person(personId)
  return person
}

/** How the city of an insurance writes its answers. */
export function cityOf(call: Call, insurance: Insurance, on: CivilDate): Nhsa | Declined {
  const live = packFor(call.ports.policy(), insurance.homeDistrict, on)
  return live?.pack.nhsa ?? decline('no-pack', '参保地政策未接入本接口，不能即时结算')
}

/** Refused: care of one day cannot be admitted, and what is an inpatient's alone needs an admission. */
export function careFault(kind: 'stay' | 'day', careType: CareType): Declined | undefined {
  if (kind === 'stay' ? !CARE_OF_ONE_DAY.has(careType) : careType !== 'inpatient') return undefined
  const [is, not] = kind === 'stay' ? ['门诊', '住院'] : ['住院', '门诊']
  return decline('visit-kind', `医疗类别（med_type）为${is}类，不能按${not}办理，请核对`)
}

/** The kind of care that the `med_type` of a message means where its person is insured. */
export function careTypeOf(
  call: Call,
  row: Row,
  on: CivilDate,
  diseaseCode: string | undefined,
): Promise<CareType | Declined> {
  const said = { personId: row.text('psn_no')!, medType: row.text('med_type')! }
  return careTypeFor(call, said, on, diseaseCode)
}

/** Of several that are meant, that for which the person is registered with the disease. */
export async function careTypeFor(
  call: Call,
  { personId, medType }: { readonly personId: string; readonly medType: string },
  on: CivilDate,
  diseaseCode: string | undefined,
): Promise<CareType | Declined> {
  const person = await personOf(call, personId)
  if ('declined' in person) return person
  const insurance = insuranceForCare(person, on)
  if (insurance === undefined) {
    return declined({ refused: 'not-insured', detail: '' })
  }
  const nhsa = cityOf(call, insurance, on)
  if ('declined' in nhsa) return nhsa
  const meant = Object.hasOwn(nhsa.medTypes, medType) ? nhsa.medTypes[medType]! : []
  const [first] = meant
  if (first === undefined) {
    return decline('care-type-not-covered', '参保地不支持该医疗类别（med_type），请核对')
  }
  const registered = (person.registrations ?? [])
    .filter((one) => one.diseaseCode === diseaseCode)
    .map(({ kind }) => `outpatient-${kind}`)
  return meant.find((careType) => registered.includes(careType)) ?? first
}
