import type { Checked } from '../../engine/replay/check.ts'
import type { Change, ChangeOf, WhatIfSummary } from '../../engine/replay/summary.ts'
import { yuan } from './yuan.ts'

/** How many persons and institutions are printed; the JSON form has all. */
const LARGEST = 10

/** The outcome of a plain replay, with the settlements that did not come out the same. */
export interface CheckReport {
  readonly checked: number
  readonly same: number
  readonly differing: readonly Extract<Checked, { outcome: 'differs' }>[]
  readonly missing: readonly { readonly reason: string; readonly settlements: number }[]
}

/** Collects the outcomes of a plain replay. */
export function checkReport(outcomes: Iterable<Checked>): CheckReport {
  let checked = 0
  let same = 0
  const differing: Extract<Checked, { outcome: 'differs' }>[] = []
  const missing = new Map<string, number>()
  for (const outcome of outcomes) {
    if (outcome.outcome === 'missing') {
      missing.set(outcome.missing, (missing.get(outcome.missing) ?? 0) + 1)
      continue
    }
    checked += 1
    if (outcome.outcome === 'same') same += 1
    else differing.push(outcome)
  }
  const reasons = [...missing].map(([reason, settlements]) => ({ reason, settlements }))
  return { checked, same, differing, missing: reasons }
}

export function checkText({ checked, same, differing, missing }: CheckReport): string {
  return [
    `${checked} settlements checked: ${same} the same, ${differing.length} differing`,
    ...differing.map(
      ({ settlementId, field, booked, again }) =>
        `${settlementId}: ${field}: booked ${shown(field, booked)}, decided again ${shown(field, again)}`,
    ),
    ...missingText(missing),
  ].join('\n')
}

/** Amounts and words of ours; what may be a fact about the person is left to the named field. */
export function shown(field: string, value: unknown): string {
  if (typeof value === 'number' && field.endsWith('Fen')) return yuan(value)
  return field.startsWith('the ') ? String(value) : 'otherwise'
}

export function whatIfText(summary: WhatIfSummary): string {
  const { settlements, onOtherVersion, differing, refused, beginsToPay, ceasesToPay } = summary
  return [
    `${settlements} settlements decided again, ${onOtherVersion} of them on another version: ${differing} would differ`,
    ...summary.funds.map(({ fund, ...change }) => `fund ${fund}: ${changeText(change)}`),
    `patients: ${changeText(summary.patient)}`,
    `of it from accounts: ${changeText(summary.account)}`,
    ...(summary.hospital.bookedFen === 0 && summary.hospital.wouldBeFen === 0
      ? []
      : [`hospitals: ${changeText(summary.hospital)}`]),
    ...refused.map((each) => `would be refused, ${each.code}: ${each.settlements}`),
    `no fund pays and one would: ${beginsToPay}; a fund pays and none would: ${ceasesToPay}`,
    ...largestText('persons', summary.persons),
    ...largestText('institutions', summary.institutions),
    ...missingText(summary.missing),
    'Nothing was booked.',
  ].join('\n')
}

function changeText({ bookedFen, wouldBeFen, differenceFen }: Change): string {
  return `booked ${yuan(bookedFen)}, would be ${yuan(wouldBeFen)}, ${signed(differenceFen)}`
}

function largestText(of: string, changes: readonly ChangeOf[]): string[] {
  if (changes.length === 0) return []
  const largest = changes.slice(0, LARGEST)
  return [
    `${changes.length} ${of} differ${changes.length > LARGEST ? `, the ${LARGEST} largest` : ''}:`,
    ...largest.map(
      ({ id, settlements, funds, patient }) =>
        `  ${id}: ${settlements} settlements, funds ${signed(funds.differenceFen)}, patient ${signed(patient.differenceFen)}`,
    ),
  ]
}

function missingText(missing: CheckReport['missing']): string[] {
  return missing.map(
    ({ reason, settlements }) => `not decided again, cannot be had: ${reason}: ${settlements}`,
  )
}

function signed(fen: number): string {
  return fen > 0 ? `+${yuan(fen)}` : yuan(fen)
}
