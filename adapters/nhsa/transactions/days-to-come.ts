import { chinaDate } from '../../../engine/calendar/china-time.ts'
import { daysLater } from '../../../engine/calendar/civil-days.ts'
import { datesInvalid } from '../../../engine/visit/rules.ts'
import type { Row } from '../row.ts'
import { type Call, type Declined, decline, declined } from './call.ts'

/** The fields that say when a stay begins or ends, as the rules of visits name them. */
const DAYS = { begntime: '/begunOn', endtime: '/on', dscgTime: '/until' } as const

/**
 * Refused: a line of a day after tomorrow. Nobody can have charged it, and it would be paid out of a year to
 * come.
 */
export function chargedAhead({ ports }: Call, rows: readonly Row[]): Declined | undefined {
  const tomorrow = daysLater(chinaDate(ports.now()), 1)
  const at = rows.findIndex((row) => row.date('fee_ocur_time')! > tomorrow)
  if (at < 0) return undefined
  const sentence = `第${at + 1}条明细：费用发生时间（fee_ocur_time）不应晚于${tomorrow}`
  return decline('visit-dates-invalid', sentence)
}

/**
 * A stay that begins or ends later than tomorrow is a slip of the date, and it would keep the person out
 * of all other hospitals. Tomorrow may be: whoever goes home in the morning is discharged the day before.
 */
export function notYet(call: Call, row: Row, code: keyof typeof DAYS): Declined | undefined {
  const tomorrow = daysLater(chinaDate(call.ports.now()), 1)
  if ((row.date(code) ?? tomorrow) <= tomorrow) return undefined
  return declined(datesInvalid(DAYS[code], { notAfter: tomorrow }))
}
