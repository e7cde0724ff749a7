import { setImmediate as othersTurn } from 'node:timers/promises'
import { type StatementRow, statement } from '../../../engine/counter/statement.ts'
import { type Nhsa, nhsaCode, payingAgency } from '../../../engine/policy/nhsa.ts'
import type { Row } from '../row.ts'
import { writeDecimal } from '../scalars.ts'
import { type Call, type Declined, type Done, decline } from './call.ts'

/** Which settlements a statement is of; what is absent does not matter. */
export interface Group {
  readonly insutype?: string | undefined
  readonly clrType?: string | undefined
  /** The agency that clears (`clr_optins` of the settlement). */
  readonly agency?: string | undefined
  /** Without, neither row of a refund counts, whatever day the other row is of. */
  readonly refunds: boolean
}

const NO_REFUNDS = '0'
const EVEN = '0'
const UNEVEN = '1'

/** 3201: the institution's totals of one kind of settlements against ours, by the days of `setl_time`. */
export async function compareTotals(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const days = daysOf(row)
  if ('declined' in days) return days
  const group = { ...groupOf(row), insutype: row.text('insutype') }
  const ours = { medfee: 0, fund: 0, account: 0, count: 0 }
  for await (const { totalFen, fundFen, accountFen } of settlementsOf(call, days, group)) {
    ours.medfee += totalFen
    ours.fund += fundFen
    ours.account += accountFen
    ours.count += 1
  }
  const differences = [
    moneyDiffers('医疗费总额', ours.medfee, row.amount('medfee_sumamt')!),
    moneyDiffers('基金支付总额', ours.fund, row.amount('fund_pay_sumamt')!),
    moneyDiffers('个人账户支付', ours.account, row.amount('acct_pay')!),
    countDiffers(ours.count, row.number('fixmedins_setl_cnt')!),
  ].filter((one) => one !== undefined)
  const even = differences.length === 0
  return {
    output: {
      stmtinfo: {
        setl_optins: group.agency,
        stmt_rslt: even ? EVEN : UNEVEN,
        stmt_rslt_dscr: even ? '对账平' : `对账不平：${differences.join('；')}`,
      },
    },
  }
}

/**
 * The bookings of the calling institution that belong to a group, in their order. What was undone by
 * message (2601) is in nobody's books: its sender never saw the settlement, and has no row that negates it.
 */
export async function* settlementsOf(
  { ports, requester }: Call,
  days: { readonly from: string; readonly to: string },
  group: Group,
): AsyncGenerator<StatementRow> {
  const pause = () => othersTurn()
  for await (const row of statement({ ledger: ports.ledger, pause }, requester, days)) {
    if (row.refunded === 'by-message' || (row.refunded && !group.refunds)) continue
    if (belongs(ports.packByHash(row.packHash)?.nhsa, row, group)) yield row
  }
}

/** What the city of the pack that decided calls a settlement, as `setlinfo` does. */
function belongs(nhsa: Nhsa | undefined, { facts, clearing }: StatementRow, group: Group): boolean {
  const { insutype, clrType, agency } = group
  // A city that does not speak the interface has no codes to ask by.
  if (nhsa === undefined) return false
  return (
    (insutype === undefined || nhsaCode(nhsa, 'insutype', facts) === insutype) &&
    (clrType === undefined || nhsaCode(nhsa, 'clr_type', facts) === clrType) &&
    (agency === undefined || payingAgency(nhsa, clearing) === agency)
  )
}

export function groupOf(row: Row): Group {
  return {
    clrType: row.text('clr_type'),
    agency: row.text('setl_optins'),
    refunds: row.text('refd_setl_flag') !== NO_REFUNDS,
  }
}

export function daysOf(row: Row): { readonly from: string; readonly to: string } | Declined {
  const [from, to] = [row.date('stmt_begndate')!, row.date('stmt_enddate')!]
  if (from <= to) return { from, to }
  return decline('invalid-request', '对账结束日期（stmt_enddate）早于对账开始日期（stmt_begndate）')
}

function moneyDiffers(name: string, ours: number, theirs: number): string | undefined {
  if (ours === theirs) return undefined
  return `${name}平台${yuan(ours)}元、机构${yuan(theirs)}元，相差${yuan(theirs - ours)}元`
}

function countDiffers(ours: number, theirs: number): string | undefined {
  return ours === theirs
    ? undefined
    : `结算笔数平台${ours}笔、机构${theirs}笔，相差${theirs - ours}笔`
}

const yuan = (fen: number) => writeDecimal(fen, 2)
