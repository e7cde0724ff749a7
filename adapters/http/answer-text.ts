import { quoteJson, settlementJson } from '../../engine/counter/answer-json.ts'

/**
 * JSON in UTF-8 as a string of which each character is one byte, for `sendText`: such a string leaves
 * together with the head in one write, and costs less than a buffer of its own.
 */
export type AnswerText = string & { readonly [answerText]: true }
declare const answerText: unique symbol

/** The JSON of a quote's answer. */
export function quoteText(...of: Parameters<typeof quoteJson>): AnswerText {
  return textOf(quoteJson(...of))
}

/** The JSON of a settlement's answer. */
export function settlementText(...of: Parameters<typeof settlementJson>): AnswerText {
  return textOf(settlementJson(...of))
}

function textOf({ buffer, byteOffset, length }: Uint8Array): AnswerText {
  return Buffer.from(buffer, byteOffset, length).toString('latin1') as AnswerText
}
