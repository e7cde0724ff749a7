import { type BenchRequest, numberedId, withRequestId } from '../requests.ts'

export interface RequestsPlan {
  readonly path: string
  /** Sent in turn, over and over. */
  readonly requests: readonly BenchRequest[]
  /** Makes a message id of each request unique; without it the claim alone is the body. */
  readonly idPrefix?: string
}

/** One POST of JSON: the head, and the bytes of both. */
export function postOf(
  { host, path, authorization }: Readonly<Record<'host' | 'path' | 'authorization', string>>,
  body: string,
): { readonly bytes: Buffer; readonly bodyAt: number } {
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: ${host}`,
    `authorization: ${authorization}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n`,
  ].join('\r\n')
  return { bytes: Buffer.from(head + body), bodyAt: Buffer.byteLength(head) }
}

/** Gives the bytes of request number n. All that is alike is made now, not while it is measured. */
export function requestBytes(plan: RequestsPlan, host: string): (number: number) => Buffer {
  const { path, requests, idPrefix } = plan
  const made = requests.map((request) => {
    const { authorization, claim } = request
    const body = idPrefix === undefined ? claim : withRequestId(numberedId(idPrefix, 0), request)
    return postOf({ host, path, authorization }, body)
  })
  if (idPrefix === undefined) return (number) => made[number % made.length]!.bytes
  const idAt = withRequestId('', requests[0]!).indexOf('""') + 1
  return (number) => {
    const { bytes, bodyAt } = made[number % made.length]!
    // A copy: the same claim may be on its way under another id.
    const copy = Buffer.from(bytes)
    copy.write(numberedId(idPrefix, number), bodyAt + idAt, 'latin1')
    return copy
  }
}
