import { OUTCOMES } from '../../engine/claim/outcomes.ts'
import { impersonalPointer } from '../telemetry/impersonal.ts'
import type { Body } from './body.ts'
import type { Faults } from './faults.ts'

/** Why a message was not taken before anybody looked at what it is about. */
export type Refusal =
  | { readonly kind: 'not-json' }
  | { readonly kind: 'not-utf8' }
  | { readonly kind: 'duplicate-key'; readonly pointer: string }
  | { readonly kind: 'nesting-too-deep' }
  | { readonly kind: 'not-an-object' }
  | { readonly kind: 'not-posted' }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  | { readonly kind: 'overloaded' }
  | { readonly kind: 'incomplete-envelope'; readonly faults: Faults }
  | { readonly kind: 'unknown-transaction'; readonly infno: string }
  | { readonly kind: 'wrong-address' }
  | { readonly kind: 'not-done-here'; readonly infno: string; readonly name: string }
  | { readonly kind: 'unknown-institution' }
  /** Without a key, where one is asked for; a large message is not even read. */
  | { readonly kind: 'unknown-sender' }
  | { readonly kind: 'input-unreadable' }
  | { readonly kind: 'invalid-input'; readonly faults: Faults }

/** The refusal of bytes that are no JSON as we take it; `within` is the pointer to them. */
export function refusalOfBody(body: Extract<Body, { ok: false }>, within: string): Refusal {
  switch (body.code) {
    case 'not-utf8':
      return { kind: 'not-utf8' }
    case 'duplicate-key':
      return { kind: 'duplicate-key', pointer: within + (body.pointer ?? '') }
    case 'nesting-too-deep':
      return { kind: 'nesting-too-deep' }
    default:
      return { kind: 'not-json' }
  }
}

/** A refusal in a sentence for the cashier. */
export function sentenceOf(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'not-json':
      return '报文不是有效的JSON，无法解析，请联系系统厂商'
    case 'not-utf8':
      return '报文不是UTF-8编码（请勿使用GBK，也不要压缩），无法解析，请联系系统厂商'
    case 'duplicate-key':
      return `报文中同一字段出现两次（${shown(impersonalPointer(refusal.pointer))}），请联系系统厂商`
    case 'nesting-too-deep':
      return '报文嵌套层数过多，请联系系统厂商'
    case 'not-an-object':
      return '报文必须是JSON对象，请联系系统厂商'
    case 'not-posted':
      return '请以POST方式提交JSON报文'
    case 'too-large':
      return `报文超过大小限制（最大${refusal.limitBytes}字节），费用明细请分批上传`
    case 'overloaded':
      return OUTCOMES.overloaded.message
    case 'incomplete-envelope':
      return `报文头有误：${refusal.faults.text()}`
    case 'unknown-transaction':
      return `交易报文不正确：未知交易编号（${NUMBER.test(refusal.infno) ? refusal.infno : '*'}）！`
    case 'wrong-address':
      return '交易报文不正确：未知交易编号！'
    case 'not-done-here':
      return `本平台暂未开通交易：${refusal.name}（${refusal.infno}）`
    case 'unknown-institution':
      return '定点医药机构编号（fixmedins_code）未在本平台登记，请核对机构编号'
    case 'unknown-sender':
      return '未能确认报文由哪家定点医药机构发送，请核对机构编号（fixmedins_code）与接入凭证'
    case 'input-unreadable':
      return '交易输入（input）无法解析，必须是对象或对象的JSON文本'
    case 'invalid-input':
      return `交易输入有误：${refusal.faults.text()}`
  }
}

const SHOWN_MAX = 60

/** What could be the number of a transaction; anything else may be what should stand elsewhere. */
const NUMBER = /^\d{4}\w?$/

/** What a sender wrote may be of any length. */
function shown(said: string): string {
  return said.length > SHOWN_MAX ? `${said.slice(0, SHOWN_MAX)}…` : said
}
