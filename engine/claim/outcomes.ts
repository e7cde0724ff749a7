import { ACCESS_OUTCOMES } from './access-outcomes.ts'
import type { OutcomeSource } from './outcome-source.ts'
import { PUBLISHING_OUTCOMES } from './publishing-outcomes.ts'
import { RECORDS_OUTCOMES } from './records-outcomes.ts'
import { VISIT_OUTCOMES } from './visit-outcomes.ts'

/**
 * Every way in which a request can end other than with its answer. A code is a stable phrase and
 * its number is never given to another one. docs/outcomes.md lists the same table; a test holds
 * the two in step.
 */
export const OUTCOMES = {
  // The message itself: 100-199.
  'malformed-json': {
    number: 100,
    status: 400,
    title: 'The body is not valid JSON',
    message: '报文不是有效的 JSON。',
  },
  'malformed-msgpack': {
    number: 101,
    status: 400,
    title: 'The body is not valid MessagePack',
    message: '报文不是有效的 MessagePack。',
  },
  'duplicate-key': {
    number: 102,
    status: 400,
    title: 'The body has the same key twice',
    message: '报文中同一字段出现两次。',
  },
  'nesting-too-deep': {
    number: 103,
    status: 400,
    title: 'The body is nested too deeply',
    message: '报文嵌套层数过多。',
  },
  'invalid-request': {
    number: 104,
    status: 400,
    title: 'The request does not have the required form',
    message: '报文字段不符合规范，请检查。',
  },
  'body-too-large': {
    number: 105,
    status: 413,
    title: 'The body is larger than the limit',
    message: '报文超过大小限制。',
  },
  'unsupported-content-type': {
    number: 106,
    status: 415,
    title: 'The content type is not supported',
    message: '不支持的报文格式。',
  },
  'not-acceptable': {
    number: 107,
    status: 406,
    title: 'None of the accepted formats can be produced',
    message: '无法按要求的格式返回。',
  },
  // Who asks: 200-299.
  ...ACCESS_OUTCOMES,
  // Message ids and quotes: 300-399.
  'request-id-reused': {
    number: 300,
    status: 422,
    title: 'The message id was used for another request',
    message: '报文号已用于另一笔业务，请更换报文号。',
  },
  'request-blocked': {
    number: 301,
    status: 409,
    title: 'The message was reversed before it arrived',
    message: '该报文已被冲正，不能再结算，请更换报文号重新结算。',
  },
  'already-reversed': {
    number: 302,
    status: 409,
    title: 'The settlement is reversed already',
    message: '该笔结算已撤销，不能重复撤销。',
  },
  'quote-moved': {
    number: 303,
    status: 409,
    title: 'The amounts differ from the quoted ones',
    message: '预结算后情况有变化，金额不同，请重新预结算。',
  },
  'quote-mismatch': {
    number: 304,
    status: 422,
    title: 'The claim is not the quoted one',
    message: '结算内容与预结算不一致，请重新预结算。',
  },
  'quote-unknown': {
    number: 305,
    status: 422,
    title: 'The quote is forged or has expired',
    message: '预结算已失效，请重新预结算。',
  },
  // The bill: 400-499.
  'amount-mismatch': {
    number: 400,
    status: 422,
    title: 'The amount is not quantity times price',
    message: '明细金额与数量乘单价不符。',
  },
  'duplicate-line-id': {
    number: 401,
    status: 422,
    title: 'Two lines have the same id',
    message: '明细序号重复。',
  },
  'care-dates-invalid': {
    number: 402,
    status: 422,
    title: 'The dates of care are missing or in the wrong order',
    message: '就诊日期缺失或先后有误。',
  },
  'line-date-outside-care': {
    number: 403,
    status: 422,
    title: 'A line is dated outside the care',
    message: '明细日期不在就诊期间内。',
  },
  'unknown-item': {
    number: 404,
    status: 422,
    title: 'An item is not in the catalogue',
    message: '明细项目不在目录中，请核对编码。',
  },
  'no-rule-for-transfer': {
    number: 405,
    status: 422,
    title: 'The policy has no rule for transfers',
    message: '现行政策未设转院规则，请去除转出结算号。',
  },
  'total-too-large': {
    number: 406,
    status: 422,
    title: 'The bill is larger than any that can be settled',
    message: '账单金额超过可结算上限。',
  },
  'attribute-invalid': {
    number: 407,
    status: 422,
    title: 'An attribute of the claim is unknown or wrong',
    message: '附加信息未定义、重复或取值有误，请核对。',
  },
  // The person and the policy: 500-599.
  'person-unknown': {
    number: 500,
    status: 422,
    title: 'The person is not registered',
    message: '未查到参保人信息。',
  },
  'not-insured': {
    number: 501,
    status: 422,
    title: 'The person is not insured on the date of care',
    message: '就诊日未参保，不能结算。',
  },
  'in-arrears': {
    number: 502,
    status: 422,
    title: 'The person is in arrears on the date of care',
    message: '参保人欠费，暂停待遇。',
  },
  'insurance-suspended': {
    number: 503,
    status: 422,
    title: 'The insurance is suspended on the date of care',
    message: '参保状态暂停，不能结算。',
  },
  'no-pack': {
    number: 504,
    status: 422,
    title: 'No policy is loaded for the home district',
    message: '参保地政策未接入，不能即时结算。',
  },
  'no-rule-for-date': {
    number: 505,
    status: 422,
    title: 'No policy covers the date',
    message: '就诊日期不在已载入政策的范围内。',
  },
  'no-rule': {
    number: 506,
    status: 422,
    title: 'The policy has no row for this case',
    message: '现行政策未规定此种情形，请联系经办机构。',
  },
  'care-type-not-covered': {
    number: 507,
    status: 422,
    title: 'The scheme does not cover this kind of care',
    message: '该险种不支持此就医类别。',
  },
  'district-not-joined': {
    number: 508,
    status: 422,
    title: 'The home district is not pooled on the date',
    message: '参保地在就诊日尚未纳入市级统筹。',
  },
  'pay-first-claim-by-hand': {
    number: 509,
    status: 422,
    title: 'This care is paid first and claimed by hand',
    message: '此类就医须先全额垫付，再回参保地手工报销。',
  },
  'account-not-shared': {
    number: 510,
    status: 422,
    title: 'The account is not shared with this person',
    message: '该个人账户未与参保人共济。',
  },
  'in-waiting-period': {
    number: 511,
    status: 422,
    title: 'The waiting period is not over',
    message: '参保人尚在待遇等待期内，不能享受待遇。',
  },
  'disease-not-registered': {
    number: 512,
    status: 422,
    title: 'The disease is not registered for this benefit',
    message: '参保人未办理该病种的门诊慢特病登记。',
  },
  'not-entitled': {
    number: 513,
    status: 422,
    title: 'The person is not entitled to this benefit',
    message: '参保人不符合该项待遇的享受条件。',
  },
  'calendar-missing': {
    number: 520,
    status: 422,
    title: 'The working-day calendar lacks a year',
    message: '未载入该年度节假日安排，无法计算工作日。',
  },
  // The institution and approvals: 600-699.
  'institution-unknown': {
    number: 600,
    status: 422,
    title: 'The institution is not registered',
    message: '未查到定点机构信息。',
  },
  'institution-not-designated': {
    number: 601,
    status: 422,
    title: 'The institution has no agreement for this care',
    message: '该机构在就诊日无此类别的定点协议。',
  },
  'agreement-suspended': {
    number: 602,
    status: 422,
    title: "The institution's agreement is suspended",
    message: '该机构医保协议已暂停，不能结算。',
  },
  'approval-unknown': {
    number: 603,
    status: 422,
    title: 'There is no such approval',
    message: '未查到该备案（同意）记录。',
  },
  'approval-mismatch': {
    number: 604,
    status: 422,
    title: 'The approval is for another person, place or date',
    message: '备案（同意）记录与本次就医的人员、机构或日期不符。',
  },
  'approval-required': {
    number: 605,
    status: 422,
    title: 'This care needs an approval',
    message: '该项就医须先办理备案（同意）手续。',
  },
  'transfer-unknown': {
    number: 606,
    status: 422,
    title: 'There is no such stay to be transferred from',
    message: '未查到转出住院的结算记录。',
  },
  'transfer-mismatch': {
    number: 607,
    status: 422,
    title: 'The stay before does not fit the transfer',
    message: '转出住院的日期与本次入院不符。',
  },
  'invoice-already-claimed': {
    number: 608,
    status: 422,
    title: 'The invoice was claimed before',
    message: '该发票已报销，不能重复报销。',
  },
  // Visits, and what else systems ask for over the national interface: 700-799.
  ...VISIT_OUTCOMES,
  // Records, imports and what else the offices do: 800-899.
  ...RECORDS_OUTCOMES,
  // The engine: 900-999.
  'internal-error': {
    number: 900,
    status: 500,
    title: 'The engine failed',
    message: '系统故障，请稍后用原报文号重试。',
    retryable: true,
  },
  overloaded: {
    number: 901,
    status: 503,
    title: 'The engine is overloaded',
    message: '系统繁忙，请稍后用原报文号重试。',
    retryable: true,
  },
  stopping: {
    number: 902,
    status: 503,
    title: 'The engine is stopping',
    message: '系统正在停机，请稍后用原报文号重试。',
    retryable: true,
  },
  'outcome-unknown': {
    number: 903,
    status: 503,
    title: 'The outcome is not known',
    message: '结果未知，请用原报文号查询或重试。',
    retryable: true,
  },
  'policy-invalid': {
    number: 904,
    status: 422,
    title: 'The rules have errors and were not loaded',
    message: '政策规则有误，未生效。',
  },
  'policy-version-unknown': {
    number: 905,
    status: 422,
    title: 'There is no such version to go back to',
    message: '没有可恢复的政策版本。',
  },
  'policy-version-missing': {
    number: 906,
    status: 422,
    title: 'The version of the rules that decided is not in the data folder',
    message: '数据目录缺少当时结算所用的政策版本，无法展示计算过程。',
  },
  // Publishing with four eyes: 950-969.
  ...PUBLISHING_OUTCOMES,
} as const satisfies Record<string, OutcomeSource>

export type OutcomeCode = keyof typeof OUTCOMES

/** Numbers of codes that were withdrawn; none may be given out again. */
export const RETIRED_NUMBERS: readonly number[] = []

/** Why a request was not carried out: data, not an exception. */
export interface Refusal {
  readonly refused: OutcomeCode
  /** One English sentence with the particulars; never personal data. */
  readonly detail: string
  /** The fields at fault, as JSON pointers into the request. */
  readonly errors?: readonly {
    readonly pointer: string
    readonly code: string
    /** In a few words, where the code does not say it. */
    readonly expected?: string
  }[]
  /** Further members of the problem document. */
  readonly more?: Readonly<Record<string, unknown>>
}

export function refuse(
  code: OutcomeCode,
  detail: string,
  rest: Pick<Refusal, 'errors' | 'more'> = {},
): Refusal {
  const { errors, more } = rest
  return {
    refused: code,
    detail,
    ...(errors === undefined ? {} : { errors }),
    ...(more === undefined ? {} : { more }),
  }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value
}
