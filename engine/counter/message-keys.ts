import type { Entry, MessageKey } from '../ledger/entry.ts'
import type { BookingRequest, Requester } from './ports.ts'

export type Operation = 'settlement' | 'reversal' | 'rebill'

/** The key under which a message is booked: another institution's same id is unrelated. */
export function messageKey(
  requester: Requester,
  operation: Operation,
  requestId: string,
): MessageKey {
  return `${requester.id}/${operation}/${requestId}`
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
