import { chinaDate } from '../../../engine/calendar/china-time.ts'
import type { CatalogueRow } from '../../../engine/policy/catalogue.ts'
import type { CatalogueIndex, CatalogueQuery } from '../catalogue/catalogue-index.ts'
import {
  CHARGE_LEVELS,
  isInForce,
  LIST_TYPES,
  lastDay,
  recordId,
} from '../catalogue/catalogue-words.ts'
import type { Row } from '../row.ts'
import type { Output, OutputRow } from '../write-node.ts'
import { type Call, type Declined, type Done, decline } from './call.ts'
import { catalogueOf, districtOf, notKept } from './catalogue-download.ts'

const PAGE_MAX = 1000

/** What one row of an answer is of: a row of the catalogue, or its ceiling for a level. */
interface Items {
  readonly numbers: Uint32Array
  readonly levels?: Uint8Array
}

interface Page {
  readonly number: number
  readonly size: number
}

/** 1312: the items with their classes, page by page. */
export function queryItems(call: Call): Promise<Done | Declined> {
  return answerPage(call, rowsOf, (row) => ({
    hilist_name: row.name,
    med_chrgitm_type: row.chargeType,
    chrgitm_lv: CHARGE_LEVELS[row.class],
    lmt_used_flag: row.restrictions === undefined ? '0' : '1',
    list_type: LIST_TYPES[row.kind],
  }))
}

/** 1316: the catalogue's codes are those of the national one, so that each stands for itself. */
export function queryMatches(call: Call): Promise<Done | Declined> {
  return answerPage(call, rowsOf, (row) => ({
    med_list_codg: row.code,
    list_type: LIST_TYPES[row.kind],
  }))
}

/** 1318: a row for each price ceiling; of which level of hospitals it is stands in its type. */
export function queryCeilings(call: Call): Promise<Done | Declined> {
  return answerPage(call, ceilingsOf, ({ ceiling }, level) => ({
    hilist_lmtpric_type: String(level),
    hilist_pric_uplmt_amt: level === 0 ? ceiling!.any : ceiling!.byLevel![level!],
  }))
}

/** 1319: what of each item is borne before any sharing: all of what the catalogue does not cover. */
export function querySelfPay(call: Call): Promise<Done | Declined> {
  return answerPage(call, rowsOf, (row) => ({
    selfpay_prop: row.class === 'C' ? WHOLE : row.firstSelfPayPermyriad,
  }))
}

/** 1317: which of an institution's own items are matched is not kept here: there are none. */
export async function queryOwnMatches({ input }: Call): Promise<Done | Declined> {
  const page = pageOf(input.one('data'))
  return 'declined' in page ? page : { output: { '': pageRow(page, 0), data: [] } }
}

const WHOLE = 10_000

const rowsOf = (_index: CatalogueIndex, numbers: Uint32Array): Items => ({ numbers })
const ceilingsOf = (index: CatalogueIndex, numbers: Uint32Array): Items => index.ceilings(numbers)

async function answerPage(
  call: Call,
  itemsOf: (index: CatalogueIndex, numbers: Uint32Array) => Items,
  told: (row: CatalogueRow, level: number | undefined) => OutputRow,
): Promise<Done | Declined> {
  const row = call.input.one('data')
  const page = pageOf(row)
  if ('declined' in page) return page
  const district = row.text('insu_admdvs') ?? (await districtOf(call))
  const catalogue = catalogueOf(call, district)
  if (catalogue === undefined) return notKept(call.envelope.transaction.name)
  const day = row.date('query_date') ?? chinaDate(call.ports.now())
  const query = queryOf(row, day)
  const index = await call.catalogues.index(catalogue)
  const numbers = query && (await index.matching(index.candidates(query), query))
  const items = itemsOf(index, numbers ?? new Uint32Array())
  const first = (page.number - 1) * page.size
  const shown = items.numbers.subarray(first, first + page.size)
  const data: OutputRow[] = []
  for await (const found of index.rows(shown)) {
    data.push({
      hilist_code: found.code,
      insu_admdvs: district,
      begndate: found.from,
      enddate: lastDay(found),
      vali_flag: isInForce(found, day) ? '1' : '0',
      rid: recordId(found),
      ...told(found, items.levels?.[first + data.length]),
    })
  }
  return { output: { '': pageRow(page, items.numbers.length), data } satisfies Output }
}

/** Nothing when no row can be meant. */
function queryOf(row: Row, day: string): CatalogueQuery | undefined {
  const has = (code: string) => row.node.fields.some((field) => field.code === code)
  const text = (code: string) => (has(code) ? row.text(code) : undefined)
  const kind = keyOf(LIST_TYPES, text('list_type'))
  const itemClass = keyOf(CHARGE_LEVELS, text('chrgitm_lv'))
  if (kind === 'none' || itemClass === 'none') return undefined
  return {
    code: text('hilist_code'),
    name: text('hilist_name'),
    kind,
    class: itemClass,
    restricted: flag(text('lmt_used_flag')),
    chargeType: text('med_chrgitm_type'),
    day,
    inForce: flag(text('vali_flag')),
    from: row.date('begndate'),
  }
}

function keyOf<Key extends string>(
  codes: Readonly<Record<Key, string>>,
  code: string | undefined,
): Key | 'none' | undefined {
  if (code === undefined) return undefined
  return (Object.keys(codes) as Key[]).find((key) => codes[key] === code) ?? 'none'
}

function flag(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text === '1'
}

function pageOf(row: Row): Page | Declined {
  const [number, size] = [row.number('page_num')!, row.number('page_size')!]
  if (number >= 1 && size >= 1 && size <= PAGE_MAX) return { number, size }
  return decline(
    'invalid-request',
    `当前页数（page_num）从1开始，本页数据量（page_size）为1至${PAGE_MAX}`,
  )
}

function pageRow({ number, size }: Page, count: number): OutputRow {
  const pages = Math.ceil(count / size)
  const before = Math.min((number - 1) * size, count)
  const shown = Math.min(size, count - before)
  return {
    firstPage: String(number === 1),
    lastPage: String(number >= pages),
    size: shown,
    startRow: shown === 0 ? 0 : before + 1,
    endRow: shown === 0 ? 0 : before + shown,
    pageSize: size,
    pageNum: number,
    recordCounts: count,
    pages,
  }
}
