import type { StatementRow } from '../../../engine/counter/statement.ts'
import { Dictionaries } from '../dictionaries.ts'
import { Faults } from '../faults.ts'
import { fileId } from '../files/kept-files.ts'
import { AT_ONCE, readTable, tableText } from '../files/text-table.ts'
import { textInZip, zippedText } from '../files/zipped-text.ts'
import { inSlices } from '../in-slices.ts'
import { interfaceTime } from '../money/setlinfo.ts'
import type { Row } from '../row.ts'
import { writeDecimal } from '../scalars.ts'
import type { OutputRow } from '../write-node.ts'
import type { Call, Declined, Done } from './call.ts'
import { keepOwn, own, unknownFile, unreadable } from './files.ts'
import { daysOf, groupOf, settlementsOf } from './statement.ts'

const UNEVEN = '1'
/** The codes of a file's columns are those of every province. */
const CODES = new Dictionaries()

/** 3202: the rows of an uploaded file against ours; the answer names the file of those that differ. */
export async function compareRows(call: Call): Promise<Done | Declined> {
  const { transaction } = call.envelope
  const row = call.input.one('data')
  const days = daysOf(row)
  if ('declined' in days) return days
  const sent = await rowsOf(call, row.text('file_qury_no')!)
  if ('declined' in sent) return sent
  const theirs = new TheirRows()
  for await (const one of inSlices(sent, AT_ONCE)) theirs.add(one)
  const differing: OutputRow[] = []
  call.sight.nobody()
  for await (const ours of settlementsOf(call, days, groupOf(row))) {
    const difference = differenceOf(ours, theirs.take(ours))
    if (difference === undefined) continue
    differing.push(difference)
    call.sight.person(ours.personId, ours.id)
  }
  for await (const left of inSlices(theirs.left(), AT_ONCE)) {
    differing.push(onlyTheirs(left, theirs.isTaken(left)))
  }

  const text = await tableText(transaction.fileOutput!, differing)
  const id = fileId(days.from, days.to, ...text)
  const name = `3202_${days.from}_${days.to}_${id}`
  const kept = await keepOwn(call, id, await zippedText(`${name}.txt`, text))
  if ('declined' in kept) return kept
  const warning = sumsDiffer(row, theirs)
  return {
    output: {
      fileinfo: {
        file_qury_no: kept.id,
        filename: `${name}.zip`,
        dld_endtime: interfaceTime(kept.until),
      },
    },
    ...(warning === undefined ? {} : { warning }),
  }
}

/** The rows are what is compared: a message with other sums is told so. */
function sumsDiffer(message: Row, { count, medfeeFen, fundFen }: TheirRows): string | undefined {
  const differs =
    count !== message.number('fixmedins_setl_cnt') ||
    medfeeFen !== message.amount('medfee_sumamt') ||
    fundFen !== message.amount('fund_pay_sumamt')
  return differs ? '文件各行的合计与报文中的合计不一致，已按文件逐笔比对' : undefined
}

async function rowsOf(call: Call, id: string): Promise<readonly Row[] | Declined> {
  const file = await call.files.find(own(call), id)
  const bytes = file && (await call.files.read(file))
  if (bytes === undefined) return unknownFile()
  const text = await textInZip(bytes)
  if (typeof text !== 'string') return unreadable(text.fault)
  const rows = await readTable(text, call.envelope.transaction.fileInput!, CODES)
  return rows instanceof Faults ? unreadable(rows.text()) : rows
}

/** The rows of the institution's file, by settlement and sign. */
class TheirRows {
  count = 0
  medfeeFen = 0
  fundFen = 0
  readonly #rows = new Map<string, Row[]>()
  readonly #taken = new Set<string>()

  add(row: Row): void {
    this.count += 1
    this.medfeeFen += row.amount('medfee_sumamt')!
    this.fundFen += row.amount('fund_pay_sumamt')!
    const key = keyOfRow(row)
    const list = this.#rows.get(key)
    if (list === undefined) this.#rows.set(key, [row])
    else list.push(row)
  }

  /**
   * The row that is ours, and no longer left. The negative row of a refund is under the id that the
   * cancellation answered, or under that of the settlement.
   */
  take({ id, settlementId, totalFen }: StatementRow): Row | undefined {
    const keys = [keyOf(id, totalFen), keyOf(settlementId, totalFen)]
    for (const key of keys) {
      const taken = this.#rows.get(key)?.shift()
      if (taken === undefined) continue
      for (const one of keys) this.#taken.add(one)
      return taken
    }
    return undefined
  }

  /** Whether another row of the file was of the same booking as `row`, which is left. */
  isTaken(row: Row): boolean {
    return this.#taken.has(keyOfRow(row))
  }

  *left(): Generator<Row> {
    for (const rows of this.#rows.values()) yield* rows
  }
}

function keyOfRow(row: Row): string {
  return keyOf(row.text('setl_id')!, row.amount('medfee_sumamt')!)
}

function keyOf(settlementId: string, totalFen: number): string {
  return `${totalFen < 0 ? '-' : '+'}${settlementId}`
}

function differenceOf(ours: StatementRow, theirs: Row | undefined): OutputRow | undefined {
  if (theirs === undefined) return differing(ours, '平台有此笔，机构文件中没有')
  const parts = [
    moneyDiffers('医疗费总额', ours.totalFen, theirs.amount('medfee_sumamt')!),
    moneyDiffers('基金支付总额', ours.fundFen, theirs.amount('fund_pay_sumamt')!),
    moneyDiffers('个人账户支出', ours.accountFen, theirs.amount('acct_pay')!),
    theirs.text('psn_no') === ours.personId ? undefined : '人员编号不一致',
    // Settlements that came another way have no visit.
    theirs.text('mdtrt_id') === (ours.visitId ?? theirs.text('mdtrt_id'))
      ? undefined
      : '就诊ID不一致',
  ].filter((one) => one !== undefined)
  return parts.length === 0 ? undefined : differing(ours, parts.join('；'))
}

function moneyDiffers(name: string, ours: number, theirs: number): string | undefined {
  if (ours === theirs) return undefined
  return `${name}不一致：平台${writeDecimal(ours, 2)}，机构${writeDecimal(theirs, 2)}`
}

/** A row of ours; its `msgid` is what a reversal by message (2601) asks for. */
function differing(ours: StatementRow, memo: string): OutputRow {
  return {
    psn_no: ours.personId,
    mdtrt_id: ours.visitId,
    setl_id: ours.id,
    msgid: ours.requestId,
    stmt_rslt: UNEVEN,
    refd_setl_flag: ours.refunded === undefined ? '0' : '1',
    memo,
    medfee_sumamt: ours.totalFen,
    fund_pay_sumamt: ours.fundFen,
    acct_pay: ours.accountFen,
  }
}

function onlyTheirs(row: Row, isTwice: boolean): OutputRow {
  return {
    psn_no: row.text('psn_no'),
    mdtrt_id: row.text('mdtrt_id'),
    setl_id: row.text('setl_id'),
    stmt_rslt: UNEVEN,
    refd_setl_flag: row.text('refd_setl_flag'),
    memo: isTwice ? '机构文件中此笔重复' : '机构文件中有此笔，平台在此对账范围内没有',
    medfee_sumamt: row.amount('medfee_sumamt'),
    fund_pay_sumamt: row.amount('fund_pay_sumamt'),
    acct_pay: row.amount('acct_pay'),
  }
}
