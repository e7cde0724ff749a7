import { reversalPositionOf } from '../../../engine/claim/ids.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { settlementsOf } from '../../../engine/counter/find-visit.ts'
import { undoMessage } from '../../../engine/counter/undo-visit.ts'
import { keyOf } from '../../../engine/counter/visit-events.ts'
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
  const personId = row.text('psn_no')!
  const undone = await undoMessage(call.ports, {
    ...call.message,
    originalRequestId,
    originalOperation: original,
    personId,
  })
  if (!isRefusal(undone)) {
    if (undone.answer.outcome !== 'blocked') return { output: NOTHING, booked: true }
    return {
      output: NOTHING,
      booked: true,
      warning: BLOCKED + (await standingText(call, personId)),
    }
  }
  const { declined: sentence, code } = declined(undone)
  if (code === 'already-reversed') {
    return decline(code, `该笔结算已退费，不能办理冲正（${LOOK}）：${sentence}`)
  }
  return decline(code, `冲正失败：${sentence}${LOOK}`)
}

/**
 * What stands of the person's settlements here although the message that was named booked nothing: the
 * id of a message that was logged is not always the one that was sent, nor its transaction. As it was
 * when the message was blocked, so that asking again is answered alike.
 */
async function standingText(call: Call, personId: string): Promise<string> {
  const { ports, requester, message, sight } = call
  const blockedAt = await ports.ledger.findKey(keyOf(message))
  const until = blockedAt === undefined ? ports.now() : ports.ledger.entry(blockedAt)!.bookedAt
  const of = { from: until - A_DAY_IN_MS, until }
  const recent = await settlementsOf(ports, requester, personId, of)
  const stood = recent.filter(({ position, reversedBy }) => {
    if (blockedAt === undefined) return reversedBy === undefined
    if (position > blockedAt) return false
    return reversedBy === undefined || reversalPositionOf(reversedBy)! > blockedAt
  })
  const [last, ...others] = stood
  if (last === undefined) return ''
  const { settlementId, operation, requestId } = last
  sight.person(personId, settlementId)
  const more = others.length === 0 ? '' : `等${stood.length}笔`
  return `。该人员一日内在本机构有未撤销的结算${settlementId}（交易${operation}，报文ID${requestId}）${more}，请核对是否要冲正`
}

const A_DAY_IN_MS = 86_400_000

/** How a settlement is found whose message id is lost: docs/nhsa.md. */
const FIND = '报文ID遗失时，可用5203只填人员编号、不填结算ID，查询本机构的结算及其报文ID'
const LOOK = `请核对原报文ID（omsgid，即结算信息的medins_setl_id）、原交易编号和人员编号；${FIND}`
/** Nothing was booked under the id; had the cashier another one in mind, that one still stands. */
const BLOCKED = `未找到该报文的业务，迟到的原交易将被拒绝；${FIND}`
