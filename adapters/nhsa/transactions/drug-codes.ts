import type { DrugPack } from '../../../engine/visit/visit.ts'
import type { Input } from '../read-node.ts'
import type { Row } from '../row.ts'
import { type Declined, decline } from './call.ts'

/** 追溯码节点: within a line, or beside the lines with the number of its line in each row. */
const NODE = 'durg_trac_info'
/** 拆零标志. */
const OPENED = '1'
/** Digits as a rule; whatever a scanner may read of a pack, without spaces. */
const CODE = /^[\x21-\x7e]+$/

/** The packs of each line, in the order of `lines`; a line without codes has none. */
export function packsOfLines(
  input: Input,
  lines: readonly Row[],
): readonly { readonly packs?: readonly DrugPack[] }[] | Declined {
  const beside = input.many(NODE)
  const numbers = new Set(lines.map((line) => line.text('feedetl_sn')))
  const stray = beside.map((row) => row.text('feedetl_sn')).find((one) => !numbers.has(one))
  if (stray !== undefined) {
    return decline('invalid-request', `追溯码节点（${NODE}）的费用明细流水号${stray}没有对应的明细`)
  }
  const all: { packs?: readonly DrugPack[] }[] = []
  for (const [index, line] of lines.entries()) {
    const within = line.rows(NODE)
    const number = line.text('feedetl_sn')
    const rows =
      within.length > 0 ? within : beside.filter((row) => row.text('feedetl_sn') === number)
    const packs = rows.map((row) => ({
      code: row.text('drug_trac_codg')!,
      opened: row.text('trdn_flag') === OPENED,
    }))
    if (!packs.every(({ code }) => CODE.test(code))) {
      return decline(
        'invalid-request',
        `第${index + 1}条明细：药品追溯码只能由数字、字母和符号组成`,
      )
    }
    all.push(packs.length === 0 ? {} : { packs })
  }
  return all
}
