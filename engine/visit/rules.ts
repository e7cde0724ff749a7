import type { CivilDate } from '../claim/claim.ts'
import { settlementId } from '../claim/ids.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import {
  type CancelledWay,
  finalSettlement,
  type LiveSettlement,
  type Particulars,
  settledBy,
  type Visit,
  type VisitEvent,
  type VisitInfo,
} from './visit.ts'

/**
 * What may happen to a visit, given as it stands: the event, or the refusal. Pure; whoever books the
 * event guards it by the visit. Lines have a file of their own, upload.ts.
 */

/** Changes of what is said of the visit; what is absent stays as it is. */
export interface InfoChange {
  readonly info: Partial<VisitInfo>
  readonly particulars?: Particulars
}

/** Diagnoses, disease, kind of care, and for the day of admission only what no settlement has read. */
export function change(visit: Visit, { info, particulars }: InfoChange): VisitEvent | Refusal {
  const closed = whyClosed(visit)
  if (closed !== undefined) return closed
  const changed = { ...visit.info, ...info }
  const moved = changed.careType !== visit.info.careType || changed.begunOn !== visit.info.begunOn
  const [standing] = visit.settlements
  if (moved && standing !== undefined) return hasSettlement(standing)
  const { dischargedOn } = visit
  if (dischargedOn !== undefined && dischargedOn < changed.begunOn) {
    return datesInvalid('/begunOn', { notAfter: dischargedOn })
  }
  return { type: 'changed', info: changed, particulars: { ...visit.particulars, ...particulars } }
}

/** 挂号撤销 takes the unsettled lines with it; 入院撤销 wants them removed first. */
export function cancel(visit: Visit, way: CancelledWay = 'ordinary'): VisitEvent | Refusal {
  const closed = whyClosed(visit)
  if (closed !== undefined) return closed
  const [standing] = visit.settlements
  if (standing !== undefined) return hasSettlement(standing)
  if (visit.kind === 'stay' && visit.lines.size > 0) {
    return refuse('visit-has-lines', `The stay has ${visit.lines.size} lines.`, {
      more: { lines: visit.lines.size },
    })
  }
  return { type: 'cancelled', way }
}

export interface Discharge extends InfoChange {
  readonly on: CivilDate
}

export function discharge(visit: Visit, { on, ...change }: Discharge): VisitEvent | Refusal {
  const wrong = whyNoStay(visit)
  if (wrong !== undefined) return wrong
  if (visit.dischargedOn !== undefined) {
    return refuse('already-discharged', `The stay ended on ${visit.dischargedOn}.`, {
      more: { dischargedOn: visit.dischargedOn },
    })
  }
  if (on < visit.info.begunOn) return datesInvalid('/on', { notBefore: visit.info.begunOn })
  for (const { part } of visit.settlements) {
    // A final settlement has said on which day the stay ends.
    if (!('until' in part)) continue
    const { final, until } = part
    if (on < until) return datesInvalid('/on', { notBefore: until })
    if (final && on > until) return datesInvalid('/on', { notAfter: until })
  }
  const info = { ...visit.info, ...change.info }
  const particulars = { ...visit.particulars, ...change.particulars }
  return { type: 'discharged', on, info, particulars }
}

export function undoDischarge(visit: Visit): VisitEvent | Refusal {
  const wrong = whyNoStay(visit)
  if (wrong !== undefined) return wrong
  if (visit.dischargedOn === undefined) {
    return refuse('not-discharged', 'The stay has not ended.')
  }
  const final = finalSettlement(visit)
  return final === undefined ? { type: 'discharge-undone' } : hasSettlement(final)
}

/** What is to be removed: lines by number, those of a batch, or all that are not settled. */
export type Removal =
  | { readonly numbers: readonly string[] }
  | { readonly batch: string }
  | { readonly all: true }

/** A line goes together with what returns it. All unsettled ones may be none; the others may not. */
export function remove(visit: Visit, removal: Removal): VisitEvent | Refusal {
  const closed = whyClosed(visit)
  if (closed !== undefined) return closed
  const chosen = new Set<string>()
  if ('numbers' in removal) {
    for (const [index, number] of removal.numbers.entries()) {
      const line = visit.lines.get(number)
      const pointer = `/numbers/${index}`
      if (line === undefined) return lineUnknown(pointer, { lineIds: [number] })
      const settlement = settledBy(visit, line)
      if (settlement !== undefined) return lineSettled(settlement, pointer, number)
      chosen.add(number)
    }
  } else {
    for (const [number, line] of visit.lines) {
      if ('batch' in removal && line.batch !== removal.batch) continue
      const settlement = settledBy(visit, line)
      if (settlement === undefined) chosen.add(number)
      else if ('batch' in removal) return lineSettled(settlement, '/batch', number)
    }
    if ('batch' in removal && chosen.size === 0) {
      return lineUnknown('/batch', { batch: removal.batch })
    }
  }
  for (const [number, { returns }] of visit.lines) {
    if (returns !== undefined && chosen.has(returns)) chosen.add(number)
  }
  return { type: 'removed', numbers: [...chosen] }
}

/** Why nothing can happen to the visit any more; nothing while something can. */
export function whyClosed(visit: Visit): Refusal | undefined {
  if (visit.cancelled !== undefined) return refuse('visit-cancelled', 'The visit was cancelled.')
  if (visit.kind === 'purchase') {
    return refuse('visit-kind', 'A purchase is over when it is settled; it can only be cancelled.')
  }
  return undefined
}

function whyNoStay(visit: Visit): Refusal | undefined {
  const closed = whyClosed(visit)
  if (closed !== undefined) return closed
  return visit.kind === 'stay'
    ? undefined
    : refuse('visit-kind', 'Only a stay has an admission and a discharge.')
}

export function hasSettlement({ position }: LiveSettlement): Refusal {
  const id = settlementId(position)
  return refuse('visit-has-settlement', `The settlement ${id} stands.`, {
    more: { settlementId: id },
  })
}

export function lineSettled(settlement: number, pointer: string, number: string): Refusal {
  const id = settlementId(settlement)
  return refuse('visit-line-settled', `The line is settled by ${id}.`, {
    errors: [{ pointer, code: 'settled' }],
    more: { lineIds: [number], settlementId: id },
  })
}

function lineUnknown(
  pointer: string,
  named: { readonly lineIds: readonly string[] } | { readonly batch: string },
): Refusal {
  return refuse('visit-line-unknown', 'The visit has no such line.', {
    errors: [{ pointer, code: 'unknown' }],
    more: { ...named },
  })
}

/** Between which days a day has to be, as far as it is bounded. */
export interface DayBounds {
  readonly notBefore?: CivilDate
  readonly notAfter?: CivilDate
}

export function datesInvalid(pointer: string, bounds: DayBounds): Refusal {
  return refuse('visit-dates-invalid', 'The days of the visit contradict each other.', {
    errors: [{ pointer, code: 'contradiction' }],
    more: { ...bounds },
  })
}
