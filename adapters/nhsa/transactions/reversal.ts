import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { undoMessage } from '../../../engine/counter/undo-visit.ts'
import { transactionNumber } from '../spec/spec.ts'
import { type Call, type Declined, type Done, decline, declined, NOTHING } from './call.ts'

/** What can be undone by the id of its message. */
const REVERSIBLE = ['2102', '2207', '2304', '2401']

/**
 * 2601, for whoever never saw the answer: right before, during and after the original. With nothing
 * booked, the original is refused when it comes late.
 */
export async function reverseByMessage(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const original = transactionNumber(row.text('oinfno')!)?.base
  if (original === undefined || !REVERSIBLE.includes(original)) {
    return decline(
      'invalid-request',
      `只能冲正${REVERSIBLE.join('、')}交易，请核对原交易编号（oinfno）`,
    )
  }
  const originalRequestId = row.text('omsgid')!
  const undone = await undoMessage(call.ports, {
    ...call.message,
    originalRequestId,
    originalOperation: original,
    personId: row.text('psn_no')!,
  })
  if (!isRefusal(undone)) {
    const blocked = undone.answer.outcome === 'blocked'
    return { output: NOTHING, booked: true, ...(blocked ? { warning: BLOCKED } : {}) }
  }
  const { declined: sentence, code } = declined(undone)
  if (code === 'already-reversed') {
    return decline(code, `该笔结算已退费，不能办理冲正（${LOOK}）：${sentence}`)
  }
  return decline(code, `冲正失败：${sentence}${LOOK}`)
}

/** How a settlement is found whose message id is lost: docs/nhsa.md. */
const FIND = '报文ID遗失时，可用5203只填人员编号、不填结算ID，查询本机构的结算及其报文ID'
const LOOK = `请核对原报文ID（omsgid，即结算信息的medins_setl_id）、原交易编号和人员编号；${FIND}`
/** Nothing was booked under the id; had the cashier another one in mind, that one still stands. */
const BLOCKED = `未找到该报文的业务，迟到的原交易将被拒绝；${FIND}`
