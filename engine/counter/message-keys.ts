import type { Entry, MessageKey } from '../ledger/entry.ts'
import { UnknownOutcomeError } from '../ledger/ports.ts'
import type { BookingRequest, CounterPorts, Requester } from './ports.ts'

/** What a message does; those on visits are under the sender's own names, such as `visit/2207`. */
export type Operation = 'settlement' | 'manual-claim' | 'reversal' | 'rebill' | `visit/${string}`

/** The key under which a message is booked: another institution's same id is unrelated. */
export function messageKey(
  requester: Requester,
  operation: Operation,
  requestId: string,
): MessageKey {
  return `${requester.id}/${operation}/${requestId}`
}

/** What the sender of a message on visits called what it did, read off its key. */
export function visitOperation(key: MessageKey): string | undefined {
  const [, visit, operation] = key.split('/')
  return visit === 'visit' ? operation : undefined
}

/** The keys under which an id may name a settlement of a claim, or a rebill. */
export function claimKeys(requester: Requester, requestId: string): MessageKey[] {
  const operations: readonly Operation[] = ['settlement', 'rebill']
  return operations.map((operation) => messageKey(requester, operation, requestId))
}

/**
 * The last booking (or tombstone) under one of `keys`, such as those of a settlement and a rebill
 * of one id: the one whose answer a terminal can have lost is the later. Waits for what is in work,
 * and for what of the requester nobody has read yet: it may be that message. So nothing that was
 * itself handed on unread may ask this.
 *
 * @throws UnknownOutcomeError when that takes too long
 */
export async function lastUnder(
  { ledger, inWork }: Pick<CounterPorts, 'ledger' | 'inWork'>,
  requester: Requester,
  keys: readonly MessageKey[],
): Promise<{ key: MessageKey; position: number } | undefined> {
  if (!(await inWork.unreadDone(requester.id))) {
    throw new UnknownOutcomeError('messages of this sender are still being read')
  }
  let last: { key: MessageKey; position: number } | undefined
  for (const key of keys) {
    const position = await bookedUnder({ ledger, inWork }, key)
    if (position !== undefined && position > (last?.position ?? 0)) last = { key, position }
  }
  return last
}

/**
 * Where the key was booked, after all that is in work under it.
 *
 * @throws UnknownOutcomeError when that takes too long
 */
export async function bookedUnder(
  { ledger, inWork }: Pick<CounterPorts, 'ledger' | 'inWork'>,
  key: MessageKey,
): Promise<number | undefined> {
  if (!(await inWork.done(key))) {
    throw new UnknownOutcomeError('a message under this key is still in work')
  }
  return ledger.findKey(key)
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
