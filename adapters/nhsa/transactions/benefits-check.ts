import { CARE_OF_ONE_DAY } from '../../../engine/adjudicate/eligibility.ts'
import { insuranceForCare } from '../../../engine/adjudicate/person-facts.ts'
import { dayNumber, daysLater } from '../../../engine/calendar/civil-days.ts'
import type { CareType, CivilDate } from '../../../engine/claim/claim.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { enjoyment } from '../../../engine/counter/enjoyment.ts'
import { appliesTo, type Nhsa, nhsaFund } from '../../../engine/policy/nhsa.ts'
import { packFor, planFor } from '../../../engine/policy/policy.ts'
import type { Insurance, PersonRecord } from '../../../engine/registry/records.ts'
import type { Row } from '../row.ts'
import type { OutputRow } from '../write-node.ts'
import { type Call, type Declined, type Done, decline, declined } from './call.ts'
import { careTypeOf, cityOf, personOf } from './insured.ts'
import { insutypeOf } from './person-codes.ts'

/** Whether a type of fund pays on a day, or why not. */
type Enjoyed = ReadonlyMap<string, true | string>

/**
 * 2001: for each type of fund whether the person enjoys it, by the same steps that admit a claim.
 * Care of one day is looked at day by day, a stay as a whole; days of one outcome are one row.
 */
export async function checkBenefits(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const [from, to] = [row.date('begntime')!, row.date('endtime') ?? row.date('begntime')!]
  const days = dayNumber(to) - dayNumber(from) + 1
  if (days < 1) return decline('invalid-request', '结束时间（endtime）早于开始时间（begntime）')
  if (days > DAYS_MAX) return decline('invalid-request', `检查期间不能超过${DAYS_MAX}天`)
  const person = await personOf(call, row.text('psn_no')!)
  if ('declined' in person) return person
  const careType = await careTypeOf(call, row, from, row.text('dise_codg'))
  const isStay = typeof careType === 'string' && !CARE_OF_ONE_DAY.has(careType)
  const trtinfo: OutputRow[] = []
  let begun = from
  let before: Enjoyed | undefined
  for (let at = 0; at < (isStay ? 1 : days); at++) {
    const day = daysLater(from, at)
    const enjoyed = await enjoyedOn(call, row, person, day, isStay ? to : day)
    if ('declined' in enjoyed) return enjoyed as Declined
    if (before !== undefined && isSame(before, enjoyed)) continue
    if (before !== undefined) trtinfo.push(...rowsOf(person, before, begun, dayBefore(day)))
    begun = day
    before = enjoyed
  }
  trtinfo.push(...rowsOf(person, before!, begun, to))
  return { output: { trtinfo }, ...otherInsurance(call, row, person, from) }
}

/** A settlement, too, is by the insurance in force, whatever was sent. */
function otherInsurance(
  call: Call,
  row: Row,
  person: PersonRecord,
  on: CivilDate,
): { warning?: string } {
  const insurance = insuranceForCare(person, on)
  const nhsa = insurance && cityOf(call, insurance, on)
  if (nhsa === undefined || 'declined' in nhsa) return {}
  const [sent, insured] = [row.text('insutype'), insutypeOf(nhsa, person, insurance!, on)]
  if (sent === insured) return {}
  return { warning: `险种类型（insutype）与参保信息不一致：报文为${sent}，已按${insured}检查` }
}

const DAYS_MAX = 366

async function enjoyedOn(
  call: Call,
  row: Row,
  person: PersonRecord,
  from: CivilDate,
  to: CivilDate,
): Promise<Enjoyed | Declined> {
  // Who is not insured on the day is told for the funds of another time.
  const insurance = insuranceForCare(person, from) ?? nearest(person, from)
  if (insurance === undefined) return decline('not-insured', '该人员未参保，不享受医保待遇')
  const nhsa = cityOf(call, insurance, from)
  if ('declined' in nhsa) return nhsa
  const diseaseCode = row.text('dise_codg')
  const careType = await careTypeOf(call, row, from, diseaseCode)
  const none = (reason: string): Enjoyed =>
    new Map(typesIn(call, nhsa, insurance, careType, from).map((type) => [type, reason]))
  if (typeof careType !== 'string') return none(careType.declined)
  const stay = { admittedOn: from, dischargedOn: to }
  const funds = await enjoyment(call.ports, {
    personId: person.personId,
    institutionId: row.text('fixmedins_code')!,
    careType,
    ...(CARE_OF_ONE_DAY.has(careType) ? { servedOn: from } : stay),
    ...(diseaseCode === undefined ? {} : { diseaseCode }),
  })
  if (isRefusal(funds)) return none(declined(funds).declined)
  const enjoyed = new Map<string, true | string>()
  for (const { fund, applies } of funds) {
    const { type } = nhsaFund(nhsa, fund, insurance.scheme)
    if (enjoyed.get(type) !== true) enjoyed.set(type, applies || NOT_FOR_PERSON)
  }
  return enjoyed
}

const NOT_FOR_PERSON = '该人员不属于此项基金的保障对象'

/** The types of the funds that pay for the care; of all funds of the scheme where no plan is known. */
function typesIn(
  { ports }: Call,
  nhsa: Nhsa,
  { scheme, homeDistrict }: Insurance,
  careType: CareType | Declined,
  on: CivilDate,
): string[] {
  const pack = packFor(ports.policy(), homeDistrict, on)?.pack
  const plan = pack && typeof careType === 'string' ? planFor(pack, scheme, careType) : undefined
  const types = plan
    ? plan.layers
        .filter(({ bearer }) => bearer !== 'institution')
        .map(({ fund }) => nhsaFund(nhsa, fund, scheme).type)
    : nhsa.funds.filter((fund) => appliesTo(fund, scheme)).map(({ type }) => type)
  return [...new Set(types)]
}

/** The last insurance that began before the day, or else the first after it. */
function nearest({ insurances }: PersonRecord, on: CivilDate): Insurance | undefined {
  const sorted = insurances.toSorted((a, b) => (a.from < b.from ? -1 : 1))
  return sorted.findLast(({ from }) => from <= on) ?? sorted[0]
}

const FUND_CHECK = '01'

function rowsOf(
  { personId }: PersonRecord,
  enjoyed: Enjoyed,
  begndate: CivilDate,
  enddate: CivilDate,
): OutputRow[] {
  return [...enjoyed].map(([type, outcome]) => ({
    psn_no: personId,
    trt_chk_type: FUND_CHECK,
    fund_pay_type: type,
    trt_enjymnt_flag: outcome === true ? '1' : '0',
    begndate,
    enddate,
    trt_chk_rslt: outcome === true ? undefined : outcome,
  }))
}

function isSame(one: Enjoyed, other: Enjoyed): boolean {
  return JSON.stringify([...one]) === JSON.stringify([...other])
}

function dayBefore(day: CivilDate): CivilDate {
  return daysLater(day, -1)
}
