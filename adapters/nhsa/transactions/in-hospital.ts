import { districtOf, fullYears, insuranceForCare } from '../../../engine/adjudicate/person-facts.ts'
import { chinaDate } from '../../../engine/calendar/china-time.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { type InHospital, inHospital, staysHere } from '../../../engine/counter/find-visit.ts'
import { findRecord } from '../../../engine/counter/records.ts'
import { packFor } from '../../../engine/policy/policy.ts'
import { GENDERS } from '../money/setlinfo.ts'
import type { OutputRow } from '../write-node.ts'
import { type Call, type Declined, type Done, decline } from './call.ts'
import { personOf } from './insured.ts'
import { insutypeOf } from './person-codes.ts'

const AGE_SCALE = 10

/**
 * 5303: who lies in this institution, of those admitted in a period. Asked for a person who lies
 * elsewhere, it warns with what 2401 would refuse with, and answers no row.
 */
export async function queryInHospital(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const [from, to] = [row.date('begntime')!, row.date('endtime')!]
  if (to < from) return decline('invalid-request', '结束时间（endtime）早于开始时间（begntime）')
  call.sight.nobody()
  const personId = row.text('psn_no')
  if (personId === undefined) {
    const stays = await staysHere(call.ports, call.requester, from, to)
    return { output: { data: await Promise.all(stays.map((stay) => rowOf(call, stay))) } }
  }
  // That somebody lies nowhere is told of them, too.
  await personOf(call, personId)
  const found = await inHospital(call.ports, personId)
  if (found === undefined) return { output: { data: [] } }
  const { institutionId, info } = found.stay
  if (institutionId !== call.requester.id) {
    return { output: { data: [] }, warning: await elsewhere(call, found) }
  }
  const isAsked = from <= info.begunOn && info.begunOn <= to
  return { output: { data: isAsked ? [await rowOf(call, found)] : [] } }
}

async function elsewhere(call: Call, { stay }: InHospital): Promise<string> {
  const record = await findRecord(call.ports, 'institution', stay.institutionId)
  const name = isRefusal(record) ? '' : `，机构名称：${record.name}`
  const { begunOn } = stay.info
  return `该人员在其他机构住院（机构编号：${stay.institutionId}${name}，入院日期：${begunOn}）`
}

async function rowOf(call: Call, { visitId, stay }: InHospital): Promise<OutputRow> {
  const { personId, info, particulars } = stay
  call.sight.person(personId, visitId)
  const person = await findRecord(call.ports, 'person', personId)
  if (isRefusal(person)) throw new Error('a patient is not registered')
  const insurance = insuranceForCare(person, info.begunOn)
  const pack = insurance && packFor(call.ports.policy(), insurance.homeDistrict, info.begunOn)?.pack
  const institution = await findRecord(call.ports, 'institution', stay.institutionId)
  const inCity =
    pack === undefined || isRefusal(institution)
      ? undefined
      : pack.districts.has(districtOf(pack, institution.district))
  return {
    mdtrt_id: visitId,
    psn_no: personId,
    gend: GENDERS[person.sex],
    brdy: person.bornOn,
    age: fullYears(person.bornOn, chinaDate(call.ports.now())) * AGE_SCALE,
    insutype: insurance && pack?.nhsa && insutypeOf(pack.nhsa, person, insurance, info.begunOn),
    begndate: info.begunOn,
    med_type: particulars['med_type'],
    ipt_otp_no: particulars['ipt_no'],
    out_flag: inCity === undefined ? undefined : inCity ? '0' : '1',
  }
}
