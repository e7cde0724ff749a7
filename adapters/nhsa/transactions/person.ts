import { NOBODY } from '../../../engine/access/reads.ts'
import { BALANCE } from '../../../engine/adjudicate/accumulators.ts'
import { fullYears, insuranceForCare } from '../../../engine/adjudicate/person-facts.ts'
import { accountSubject } from '../../../engine/adjudicate/snapshot.ts'
import { chinaDate } from '../../../engine/calendar/china-time.ts'
import { daysLater } from '../../../engine/calendar/civil-days.ts'
import type { CivilDate } from '../../../engine/claim/claim.ts'
import { accumulated } from '../../../engine/ledger/entry.ts'
import { nhsaCode } from '../../../engine/policy/nhsa.ts'
import { type Insurance, inForce, type PersonRecord } from '../../../engine/registry/records.ts'
import { GENDERS } from '../money/setlinfo.ts'
import type { Row } from '../row.ts'
import type { OutputRow } from '../write-node.ts'
import { type Call, type Declined, type Done, decline } from './call.ts'
import {
  CERTIFIED_BY_ID_CARD,
  certificateType,
  cityOf,
  personIdentified,
  personOf,
  withdrawnCredential,
} from './insured.ts'
import { personCodeFacts } from './person-codes.ts'

const AGE_SCALE = 10
/** 人员参保状态 as the records know it: who is in arrears has no benefits either. */
const STATUSES = { 'paid-up': '1', 'in-arrears': '2', suspended: '2' } as const

/**
 * 1101: who shows a credential, and how the person is insured today, or since `begntime`. Names and
 * certificate numbers are not kept here: they are answered as they were sent.
 */
export async function queryPerson(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  // Also beside an identity number: that of whoever lost a card may be printed on it.
  const withdrawn = await withdrawnCredential(call, row)
  if (withdrawn !== undefined) return withdrawn
  const personId = await personIdIn(call, row)
  if (typeof personId !== 'string') return personId
  const person = await personOf(call, personId)
  if ('declined' in person) {
    call.sight.person(NOBODY)
    return decline('person-not-found', '未查到参保人信息，请核对就诊凭证')
  }
  const today = chinaDate(call.ports.now())
  const insuinfo: OutputRow[] = []
  const insurances = insurancesOf(person, row.date('begntime'), today)
  for (const insurance of insurances) {
    const told = await insuranceRow(call, person, insurance, today)
    if ('declined' in told) return told as Declined
    insuinfo.push(told)
  }
  if (insuinfo.length === 0) return decline('not-insured', '该人员当前未参保')
  const certificate = certificateIn(row)
  return {
    output: {
      baseinfo: {
        psn_no: person.personId,
        psn_cert_type: certificate.psnCertType,
        certno: certificate.certno,
        psn_name: row.text('psn_name'),
        gend: GENDERS[person.sex],
        brdy: person.bornOn,
        age: fullYears(person.bornOn, today) * AGE_SCALE,
      },
      insuinfo,
      idetinfo: identitiesOf(call, person, insurances, row.date('begntime') ?? today, today),
    },
  }
}

/** By credential or identity card; or the number is a person's own (人员编号). */
async function personIdIn(call: Call, row: Row): Promise<string | Declined> {
  return (await personIdentified(call, row)) ?? row.text('mdtrt_cert_no') ?? row.text('certno')!
}

/** The certificate that a message names, or shows as its credential. */
function certificateIn(row: Row): { psnCertType?: string; certno?: string } {
  const certno = row.text('certno')
  if (certno !== undefined)
    return { psnCertType: row.text('psn_cert_type') ?? CERTIFIED_BY_ID_CARD, certno }
  const shown = row.text('mdtrt_cert_no')
  if (shown === undefined || certificateType(row.text('mdtrt_cert_type')) !== '02') return {}
  return { psnCertType: CERTIFIED_BY_ID_CARD, certno: shown }
}

/** Whom a settlement's message names, for its answer to name again; a 2207 has no field for the name. */
export function identityIn(row: Row): {
  psnName?: string
  psnCertType?: string
  certno?: string
} {
  const hasName = row.node.fields.some(({ code }) => code === 'psn_name')
  const psnName = hasName ? row.text('psn_name') : undefined
  return { ...(psnName === undefined ? {} : { psnName }), ...certificateIn(row) }
}

function insurancesOf(person: PersonRecord, since: CivilDate | undefined, today: CivilDate) {
  const counts = insuranceForCare(person, today)
  return person.insurances.filter((one) => {
    if (since === undefined) return one === counts || inForce(one, today)
    const hasBegun = one === counts || one.from <= today
    return hasBegun && (one.until === undefined || one.until > since)
  })
}

/** The categories that the person has from `since` on, as the cities of the insurances code them. */
function identitiesOf(
  call: Call,
  { categories }: PersonRecord,
  insurances: readonly Insurance[],
  since: CivilDate,
  today: CivilDate,
): OutputRow[] {
  const codes = new Map(
    insurances.flatMap((insurance) => {
      const nhsa = cityOf(call, insurance, today)
      return 'declined' in nhsa ? [] : Object.entries(nhsa.identities ?? {})
    }),
  )
  const told: OutputRow[] = []
  for (const { category, from, until } of categories) {
    if (from > today || (until !== undefined && until <= since)) continue
    const code = codes.get(category)
    if (code === undefined) continue
    told.push({
      psn_idet_type: code,
      begntime: `${from} 00:00:00`,
      endtime: until && `${dayBefore(until)} 23:59:59`,
    })
  }
  return told
}

function dayBefore(day: CivilDate): CivilDate {
  return daysLater(day, -1)
}

async function insuranceRow(
  call: Call,
  person: PersonRecord,
  insurance: Insurance,
  today: CivilDate,
): Promise<OutputRow | Declined> {
  const nhsa = cityOf(call, insurance, today)
  if ('declined' in nhsa) return nhsa
  const facts = personCodeFacts(person, insurance, today)
  // One account a person, told with the insurance that counts.
  const counts = insuranceForCare(person, today) === insurance
  const account = await call.ports.ledger.load(accountSubject(person.personId))
  return {
    balc: counts ? accumulated(account.state, BALANCE) : 0,
    insutype: nhsaCode(nhsa, 'insutype', facts),
    psn_type: nhsaCode(nhsa, 'psn_type', facts),
    psn_insu_stas: STATUSES[insurance.status],
    psn_insu_date: insurance.from,
    paus_insu_date: insurance.until,
    cvlserv_flag: nhsaCode(nhsa, 'cvlserv_flag', facts),
    insuplc_admdvs: insurance.homeDistrict,
  }
}
