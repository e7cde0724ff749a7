import { insuranceForCare } from '../../../engine/adjudicate/person-facts.ts'
import { chinaDate } from '../../../engine/calendar/china-time.ts'
import { daysLater, nextMonth } from '../../../engine/calendar/civil-days.ts'
import type { CivilDate } from '../../../engine/claim/claim.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { type UsedUntil, usedUntil } from '../../../engine/counter/benefits.ts'
import { filingsOf } from '../../../engine/counter/filings-of.ts'
import type { CumulatedSource } from '../../../engine/policy/pack.ts'
import { inForce } from '../../../engine/registry/records.ts'
import { dictionariesOf } from '../dictionaries.ts'
import { readMoment } from '../scalars.ts'
import { type Call, type Declined, type Done, decline, declined } from './call.ts'
import { cityOf, personOf } from './insured.ts'
import { insutypeOf } from './person-codes.ts'

/** 5206: the person's benefit year by the end of a month; without one, until today. */
export async function queryCumulated(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const person = await personOf(call, row.text('psn_no')!)
  if ('declined' in person) return person
  const today = chinaDate(call.ports.now())
  const month = row.text('cum_ym') ?? monthOf(today)
  // A year of before 100 is no year of the calendar here: 0023 may stand for 1923.
  if (!/^\d{6}$/.test(month) || readMoment(`${month}01`) === undefined) {
    return decline('invalid-request', '累计年月（cum_ym）应为六位年月，如202406')
  }
  if (month > monthOf(today)) {
    return decline('invalid-request', '累计年月（cum_ym）不能晚于当前月份')
  }
  const on = month === monthOf(today) ? today : lastDayOf(month)
  const found = await usedUntil(call.ports, person.personId, on)
  if (isRefusal(found)) {
    const { declined: sentence, code } = declined(found)
    return decline(code, `${sentence}（累计年月（cum_ym）：${month}）`)
  }
  const { insurance, year } = found
  const nhsa = cityOf(call, insurance, on)
  if ('declined' in nhsa) return nhsa
  const insutype = insutypeOf(nhsa, person, insurance, on)
  const cuminfo = (nhsa.cumulated ?? []).map((one) => ({
    insutype,
    year: String(year),
    cum_ym: month,
    cum_type_code: one.code,
    cum: sumOf(one, found),
  }))
  return { output: { cuminfo } }
}

function monthOf(day: CivilDate): string {
  return day.slice(0, 'yyyy-MM'.length).replace('-', '')
}

function lastDayOf(month: string): CivilDate {
  return daysLater(nextMonth(`${month.slice(0, 4)}-${month.slice(4)}-01`), -1)
}

/** `cum` has two places: amounts are fen as they are, counts are not. */
const COUNT_SCALE = 100

function sumOf({ sum, funds }: CumulatedSource, { used, insurance }: UsedUntil): number {
  switch (sum) {
    case 'stays':
      return (used['stays'] ?? 0) * COUNT_SCALE
    case 'in-scope':
      return used[`in-scope/${insurance.scheme}`] ?? 0
    default: {
      let total = 0
      for (const [name, amount] of Object.entries(used)) {
        const [fund, usage, benefit] = name.split('/')
        // Under `@` is what a disease has of the same usage.
        if (usage !== sum || benefit === undefined || benefit.includes('@')) continue
        if (funds === undefined || funds.includes(fund!)) total += amount
      }
      return sum === 'visits' ? total * COUNT_SCALE : total
    }
  }
}

/** 5301: the registrations in force today, named as they were filed here, or else by the city's dictionary. */
export async function queryDiseases(call: Call): Promise<Done | Declined> {
  const person = await personOf(call, call.input.one('data').text('psn_no')!)
  if ('declined' in person) return person
  const today = chinaDate(call.ports.now())
  const insurance = insuranceForCare(person, today)
  const nhsa = insurance && cityOf(call, insurance, today)
  const dictionaries = dictionariesOf(nhsa && 'declined' in nhsa ? undefined : nhsa)
  const { standing } = await filingsOf(call.ports, person.personId)
  const names = new Map<string, string | undefined>()
  for (const { filing, particulars } of standing) {
    if (filing.type !== 'disease') continue
    names.set(filing.registration.diseaseCode, particulars['opsp_dise_name'])
  }
  const feedetail = (person.registrations ?? [])
    .filter((one) => inForce(one, today))
    .map(({ diseaseCode, from, until }) => ({
      opsp_dise_code: diseaseCode,
      opsp_dise_name: names.get(diseaseCode) ?? dictionaries.nameOf('opsp_dise_code', diseaseCode),
      begndate: from,
      enddate: until && daysLater(until, -1),
    }))
  return { output: { feedetail } }
}
