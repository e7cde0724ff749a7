import { BALANCE } from '../../engine/adjudicate/accumulators.ts'
import type { Opening } from '../../engine/counter/openings.ts'
import { FEN_MAX } from '../../engine/money/fen.ts'
import type { Cells } from './cells.ts'
import type { Layout } from './layout.ts'

/**
 * The forms of engine/adjudicate/accumulators.ts. Of a name in another form nothing ever reads, so
 * that what the person brings along would count for nothing.
 */
const ACCUMULATOR =
  /^(stays(\/[A-Za-z0-9._-]+){0,2}|in-scope\/[a-z0-9-]+|[a-z0-9-]+\/(paid|deductible|base|visits)\/[A-Za-z0-9._-]+(@[A-Za-z0-9._-]+)?)$/
const FORMS = 'stays, in-scope/SCHEME or FUND/(paid, deductible, base or visits)/BENEFIT'
/** A benefit year, or another stretch of time by which usage adds up. */
const TIME = /^(\d{4}(-from-\d\d|-\d\d(-\d\d)?|-q[1-4]|-h[12])?|lifetime)$/

/** What a person brings along: one row per accumulator of a year, or for the account. */
export const BALANCES: Layout<Opening> = {
  columns: ['personId', 'year', 'accumulator', 'amount'],
  idColumn: 'personId',
  read: readOpening,
}

function timeOf(cells: Cells): string | undefined {
  const time = cells.text('year', 20)
  if (time === undefined || TIME.test(time)) return time
  return cells.fault('year', 'a year, or a time as docs/imports.md lists them')
}

function readOpening(rows: readonly Cells[]): Opening | undefined {
  const [first] = rows as [Cells, ...Cells[]]
  const personId = first.id('personId')
  const accumulators: Record<string, number> = {}
  let accountFen: number | undefined
  for (const cells of rows) {
    const year = timeOf(cells)
    const name = cells.needed('accumulator', cells.text('accumulator', 120))
    const amount = cells.needed('amount', cells.integer('amount', 0, FEN_MAX))
    if (name === undefined || amount === undefined) continue
    if (name === BALANCE) {
      if (cells.raw('year') !== '') cells.fault('year', 'nothing for the balance of an account')
      if (accountFen !== undefined) cells.fault('accumulator', 'the balance once')
      accountFen = amount
      continue
    }
    if (!ACCUMULATOR.test(name)) cells.fault('accumulator', FORMS)
    if (cells.needed('year', year) === undefined) continue
    const key = `${year}/${name}`
    if (Object.hasOwn(accumulators, key)) cells.fault('accumulator', 'an accumulator once a year')
    accumulators[key] = amount
  }
  if (personId === undefined) return undefined
  return { personId, accumulators, ...(accountFen === undefined ? {} : { accountFen }) }
}
