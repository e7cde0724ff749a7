import { dayBegins, dayEnds } from '../calendar/china-time.ts'
import type { CivilDate } from '../claim/claim.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import type { Booking } from '../ledger/ports.ts'
import type { CounterPorts, Requester } from './ports.ts'

/** The sums of an institution's bookings; a reversal is a negative row of its own. */
export interface Sums {
  readonly count: number
  readonly totalFen: number
  readonly fundFen: number
  readonly accountFen: number
}

export interface ReconcileRow {
  readonly requestId: string
  readonly totalFen: number
  readonly fundFen?: number
  readonly accountFen?: number
}

export interface ReconcileRequest extends Sums {
  /** Days of booking in China, both included. */
  readonly from: CivilDate
  readonly to: CivilDate
  readonly rows?: readonly ReconcileRow[]
}

export interface DifferingRow {
  readonly requestId: string
  readonly difference: 'only-ours' | 'only-theirs' | 'amounts-differ'
  readonly ours?: ReconcileRow
  readonly theirs?: ReconcileRow
}

export interface ReconcileAnswer {
  readonly balanced: boolean
  readonly ours: Sums
  readonly differing: readonly DifferingRow[]
}

/** 对账: compares an institution's books with ours, in total and, where rows are sent, by row. */
export async function reconcile(
  ports: CounterPorts,
  requester: Requester,
  request: ReconcileRequest,
): Promise<ReconcileAnswer | Refusal> {
  if (request.to < request.from) {
    return refuse('invalid-request', '`to` is before `from`.', {
      errors: [{ pointer: '/to', code: 'before-from' }],
    })
  }
  const from = dayBegins(request.from)
  const bookings = await ports.ledger.bookings(requester.id, from, dayEnds(request.to))
  const ours = sumsOf(bookings)
  const differing = request.rows === undefined ? [] : compareRows(bookings, request.rows)
  const balanced =
    differing.length === 0 &&
    ours.count === request.count &&
    ours.totalFen === request.totalFen &&
    ours.fundFen === request.fundFen &&
    ours.accountFen === request.accountFen
  return { balanced, ours, differing }
}

function sumsOf(bookings: readonly Booking[]): Sums {
  const sums = { count: bookings.length, totalFen: 0, fundFen: 0, accountFen: 0 }
  for (const { totalFen, fundFen, accountFen } of bookings) {
    sums.totalFen += totalFen
    sums.fundFen += fundFen
    sums.accountFen += accountFen
  }
  return sums
}

/**
 * Rows are matched by message id and sign: a settlement and a reversal may share an id. Among rows
 * of one id those that agree belong together; what is left over on either side differs.
 */
function compareRows(bookings: readonly Booking[], rows: readonly ReconcileRow[]): DifferingRow[] {
  const theirs = new Map<string, ReconcileRow[]>()
  for (const row of rows) {
    const key = matchKey(row.requestId, row.totalFen)
    const list = theirs.get(key)
    if (list === undefined) theirs.set(key, [row])
    else list.push(row)
  }
  const differing: DifferingRow[] = []
  const left: ReconcileRow[] = []
  for (const { requestId, totalFen, fundFen, accountFen } of bookings) {
    const ours: ReconcileRow = { requestId, totalFen, fundFen, accountFen }
    const candidates = theirs.get(matchKey(requestId, totalFen)) ?? []
    const match = candidates.findIndex((row) => sameAmounts(ours, row))
    if (match < 0) left.push(ours)
    else candidates.splice(match, 1)
  }
  for (const ours of left) {
    const { requestId } = ours
    const match = theirs.get(matchKey(requestId, ours.totalFen))?.shift()
    differing.push(
      match === undefined
        ? { requestId, difference: 'only-ours', ours }
        : { requestId, difference: 'amounts-differ', ours, theirs: match },
    )
  }
  for (const row of [...theirs.values()].flat()) {
    differing.push({ requestId: row.requestId, difference: 'only-theirs', theirs: row })
  }
  return differing
}

function matchKey(requestId: string, totalFen: number): string {
  return `${totalFen < 0 ? '-' : '+'}${requestId}`
}

function sameAmounts(ours: ReconcileRow, theirs: ReconcileRow): boolean {
  return (
    ours.totalFen === theirs.totalFen &&
    (theirs.fundFen ?? ours.fundFen) === ours.fundFen &&
    (theirs.accountFen ?? ours.accountFen) === ours.accountFen
  )
}
