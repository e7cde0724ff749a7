import type { LiveSettlement, Visit, VisitEvent, VisitEvents, VisitLine } from './visit.ts'

/**
 * The visit after `event` at `position`, given it before; nothing before its opening. What may
 * happen is decided before (rules.ts): here every event counts.
 */
export function foldVisit(
  visit: VisitEvents | undefined,
  subject: string,
  event: VisitEvent,
  position: number,
): VisitEvents {
  if (event.type === 'opened') {
    const { type, lines, ...opened } = event
    return { position, subject, lines: withLines(new Map(), lines), ...opened }
  }
  if (visit === undefined) throw new Error(`${subject} begins with ${event.type} at ${position}`)
  switch (event.type) {
    case 'changed':
      return { ...visit, info: event.info, particulars: event.particulars }
    case 'uploaded':
      return event.lines.length === 0
        ? visit
        : { ...visit, lines: withLines(new Map(visit.lines), event.lines) }
    case 'removed': {
      const lines = new Map(visit.lines)
      for (const number of event.numbers) lines.delete(number)
      return { ...visit, lines }
    }
    case 'discharged': {
      const { on, info, particulars } = event
      return { ...visit, dischargedOn: on, info, particulars }
    }
    case 'discharge-undone': {
      const { dischargedOn, ...rest } = visit
      return rest
    }
    case 'cancelled':
      return { ...visit, cancelled: event.way, lines: new Map() }
    case 'settled-before':
      return visit
  }
}

function withLines(lines: Map<string, VisitLine>, more: readonly VisitLine[]) {
  for (const line of more) lines.set(line.line.lineId, line)
  return lines
}

/** The visit with its live settlements, in booking order. */
export function withSettlements(
  events: VisitEvents,
  settlements: readonly LiveSettlement[],
): Visit {
  const settled = new Map<string, number>()
  for (const { position, claim } of settlements) {
    for (const { lineId } of claim.lines) settled.set(lineId, position)
  }
  // A purchase is opened and settled in one: without its settlement it never was.
  const undone = events.kind === 'purchase' && settlements.length === 0
  return Object.assign({}, events, undone && { cancelled: 'ordinary' }, { settlements, settled })
}
