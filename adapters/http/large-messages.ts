/**
 * Messages of the national interface that may hold thousands of lines, told from their bytes alone:
 * to read them is what takes long.
 */
const WITH_LINES = new Set(['2101', '2102', '2204', '2301', '4101'])

/** A name as senders may write it, with its value; names are told without case and underscores. */
const NUMBER = /"_*i_*n_*f_*n_*o_*"\s*:\s*"?(\d{4})?/gi
const SENDER = /"_*f_*i_*x_*m_*e_*d_*i_*n_*s_*c_*o_*d_*e_*"\s*:\s*"([^"\\]{1,30})"/i
/** A letter of a name that is written as an escape: nobody does, and it could hide a second name. */
const HIDDEN = /\\u00[4-7]/i

/**
 * Who sends a message with lines, where it is certain to be one. Any other must not be left unread: one
 * that asks for an earlier message waits for what its sender has unread, and would wait for itself.
 */
export function senderOfLines(body: Buffer): string | undefined {
  const text = body.toString('latin1')
  // No further than the second one: a body may hold nothing else.
  const [number, another] = text.matchAll(NUMBER)
  if (number === undefined || another !== undefined || HIDDEN.test(text)) return undefined
  return WITH_LINES.has(number[1] ?? '') ? SENDER.exec(text)?.[1] : undefined
}

/** Who a message says that it is from, told from its bytes; nobody has checked it. */
export function claimedSender(body: Buffer): string | undefined {
  return SENDER.exec(body.toString('latin1'))?.[1]
}
