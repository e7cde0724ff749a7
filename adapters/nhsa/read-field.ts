import { FEN_MAX } from '../../engine/money/fen.ts'
import type { Tree } from './body.ts'
import type { Dictionaries } from './dictionaries.ts'
import type { FieldValue } from './row.ts'
import { type DecimalFault, isEmpty, readDecimal, readMoment } from './scalars.ts'
import { longest } from './spec/names.ts'
import type { FieldSpec } from './spec/spec.ts'

/** A value, nothing (the field was sent empty), or what is wrong with it, in words. */
export type FieldReading = { readonly value: FieldValue | undefined } | { readonly wrong: string }

const NOTHING: FieldReading = { value: undefined }

/** Reads one field of any type but `rows`. Nothing, `""` and `"null"` are empty in all of them. */
export function readField(field: FieldSpec, sent: Tree, codes: Dictionaries): FieldReading {
  if (sent === null || isHollow(sent)) return NOTHING
  if (field.type === 'json' && typeof sent === 'object')
    return readText(field, JSON.stringify(sent))
  if (field.type === 'bytes' && Array.isArray(sent)) return readByteList(sent)
  if (typeof sent !== 'string') return wrong('必须是文本或数字，不能是列表、对象或真假值')
  const text = sent.trim()
  if (isEmpty(text)) return NOTHING
  switch (field.type) {
    case 'number':
      return readNumber(field, text)
    case 'date':
    case 'time':
      return readDate(field, text)
    case 'bytes':
      return readBase64(text)
    default:
      return field.dictionary !== undefined && codes.refuses(field.dictionary, text)
        ? wrong('的代码不在本统筹区字典中')
        : readText(field, text)
  }
}

/** `{}` or `[]`: what some libraries write for nothing. */
function isHollow(sent: Tree): boolean {
  if (Array.isArray(sent)) return sent.length === 0
  return typeof sent === 'object' && sent !== null && Object.keys(sent).length === 0
}

/** Ids by which the journal finds messages again. */
const MESSAGE_IDS: ReadonlySet<string> = new Set(['msgid', 'omsgid'])
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/

function readText(field: FieldSpec, text: string): FieldReading {
  if (MESSAGE_IDS.has(field.code) && !PRINTABLE_ASCII.test(text)) {
    return wrong('只能使用半角字母、数字和符号')
  }
  const most = longest(field)
  // UTF-16 counts no fewer than the characters there are, so most texts need no exact count.
  const tooLong = text.length > most && [...text].length > most
  return tooLong ? wrong(`过长，最多${most}个字符`) : { value: text }
}

const DECIMAL_FAULTS: Readonly<Record<DecimalFault, (field: FieldSpec) => string>> = {
  'not-decimal': () => '必须是数字',
  'too-fine': ({ places }) => (places === 0 ? '必须是整数' : `最多只能有${places}位小数`),
  'too-large': () => '超出允许的范围',
}

/** What is finer than money is no money: a third of a pill, or a price that some program divided. */
const MONEY_PLACES = 2

function readNumber(field: FieldSpec, text: string): FieldReading {
  const value = readDecimal(text, field.places, field.places > MONEY_PLACES ? 'rounded' : 'refused')
  if (typeof value === 'string') return wrong(DECIMAL_FAULTS[value](field))
  // Whatever its scale, no number of the protocol may exceed what money may.
  const tooLarge = Math.abs(value) > FEN_MAX * 10 ** (field.places - 2)
  return tooLarge ? wrong(DECIMAL_FAULTS['too-large'](field)) : { value }
}

/** In a field that holds a date: the empty number of some senders, and the first day of some libraries. */
const NO_DATE = /^(?:0+|0001[-/]0?1[-/]0?1\b.*)$/

function readDate({ type }: FieldSpec, text: string): FieldReading {
  if (NO_DATE.test(text)) return NOTHING
  const value = readMoment(text)
  if (value !== undefined) return { value }
  return wrong(type === 'date' ? '必须是日期（yyyy-MM-dd）' : '必须是时间（yyyy-MM-dd HH:mm:ss）')
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

function readBase64(text: string): FieldReading {
  const joined = text.replace(/\s+/g, '')
  const whole = joined.length % 4 === 0 && BASE64.test(joined)
  return whole ? { value: Buffer.from(joined, 'base64') } : wrong('必须是base64编码的文件内容')
}

/** Bytes as a list of numbers, signed or not, as Java and C# write an array of them. */
function readByteList(list: readonly Tree[]): FieldReading {
  const bytes = list.map((one) => (typeof one === 'string' ? readDecimal(one, 0) : 'not-decimal'))
  const isByte = (one: unknown) => typeof one === 'number' && one >= -128 && one <= 255
  return bytes.every(isByte)
    ? { value: Uint8Array.from(bytes as number[]) }
    : wrong('必须是文件内容的字节')
}

function wrong(what: string): FieldReading {
  return { wrong: what }
}
