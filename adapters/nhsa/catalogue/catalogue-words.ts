import { daysLater } from '../../../engine/calendar/civil-days.ts'
import type { CatalogueRow } from '../../../engine/policy/catalogue.ts'

/** A row of a catalogue in the words of the interface. */

/** 收费项目等级. */
export const CHARGE_LEVELS = { A: '01', B: '02', C: '03' } as const
/** 目录类别: drugs are not told apart here. */
export const LIST_TYPES = { drug: '101', service: '201', consumable: '301' } as const

/** The last day of a row. */
export function lastDay({ until }: CatalogueRow): string | undefined {
  return until === undefined ? undefined : daysLater(until, -1)
}

/** 唯一记录号: no two rows of a code begin on one day. */
export function recordId({ code, from }: CatalogueRow): string {
  return `${code}_${from.replaceAll('-', '')}`
}

export function isInForce({ from, until }: CatalogueRow, day: string): boolean {
  return from <= day && (until === undefined || day < until)
}
