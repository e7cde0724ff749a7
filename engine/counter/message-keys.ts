import type { Entry, MessageKey } from '../ledger/entry.ts'
import type { BookingRequest, CounterPorts, Requester } from './ports.ts'

export type Operation = 'settlement' | 'manual-claim' | 'reversal' | 'rebill'

/** The key under which a message is booked: another institution's same id is unrelated. */
export function messageKey(
  requester: Requester,
  operation: Operation,
  requestId: string,
): MessageKey {
  return `${requester.id}/${operation}/${requestId}`
}

/**
 * The last booking (or tombstone) under an id, which may name both a settlement and a rebill: the
 * one whose answer a terminal can have lost is the later. Waits for what is in work, and for what
 * of the requester nobody has read yet: it may be that message.
 */
export async function lastUnder(
  { ledger, inWork }: Pick<CounterPorts, 'ledger' | 'inWork'>,
  requester: Requester,
  requestId: string,
): Promise<{ key: MessageKey; position: number } | undefined> {
  await inWork.unreadDone(requester.id)
  let last: { key: MessageKey; position: number } | undefined
  for (const operation of ['settlement', 'rebill'] as const) {
    const key = messageKey(requester, operation, requestId)
    await inWork.done(key)
    const position = await ledger.findKey(key)
    if (position !== undefined && position > (last?.position ?? 0)) last = { key, position }
  }
  return last
}

/**
 * What an entry that already holds a request's key means for the request: the same request again,
 * another one under its id, or a message that was blocked before it arrived.
 */
export function keyHolder(
  entry: Entry,
  key: MessageKey,
  request: BookingRequest,
): 'same' | 'other' | 'blocked' {
  if (entry.keys[0] !== key) return 'blocked'
  const { requestHash } = request
  const same =
    entry.requestHash.length === requestHash.length &&
    entry.requestHash.every((byte, index) => byte === requestHash[index])
  return same ? 'same' : 'other'
}
