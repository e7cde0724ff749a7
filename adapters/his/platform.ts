import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { PREFIX, SINGLE, servicePaths } from '../nhsa/service-paths.ts'
import { transactionNumber } from '../nhsa/spec/spec.ts'

export interface PlatformOptions {
  /** Host alone, or with the path under which the interface lies. */
  readonly url: string
  /** One address for all transactions, or one for each service. */
  readonly paths: 'single' | 'service'
  readonly key?: string | undefined
  readonly timeoutSeconds: number
}

/** What came of a message. Without an answer nobody knows what it did. */
export type Reply =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly contentType: string
      readonly text: string
      readonly tookMs: number
    }
  | { readonly kind: 'none'; readonly why: string }

/** The platform as a hospital reaches it: an address that takes messages. */
export class Platform {
  readonly #options: PlatformOptions

  constructor(options: PlatformOptions) {
    this.#options = options
  }

  /** Where a transaction goes. Some have no service of their own that anybody knows. */
  addressOf(infno: string): URL {
    const { url, paths } = this.#options
    const base = new URL(url)
    const isBare = base.pathname === '/'
    if (paths === 'single' && !isBare) return base
    const [service = SINGLE] =
      paths === 'single' ? [] : servicePaths(transactionNumber(infno)?.base ?? infno)
    base.pathname = (isBare ? PREFIX : base.pathname.replace(/\/?$/, '/')) + service
    return base
  }

  /** Never throws. `lose`: the connection is cut when the answer has just begun to arrive. */
  send(infno: string, text: string, { lose = false } = {}): Promise<Reply> {
    const { key, timeoutSeconds } = this.#options
    const address = this.addressOf(infno)
    const began = performance.now()
    return new Promise((resolve) => {
      const none = (why: string) => resolve({ kind: 'none', why })
      const start = address.protocol === 'https:' ? requestHttps : requestHttp
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      }
      const request = start(address, { method: 'POST', headers, agent: false }, (response) => {
        if (lose) {
          none('the connection was cut, on purpose')
          request.destroy()
          return
        }
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', ({ message }) => none(message))
        response.on('end', () => {
          resolve({
            kind: 'answer',
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? '',
            text: Buffer.concat(chunks).toString(),
            tookMs: performance.now() - began,
          })
        })
      })
      request.setTimeout(timeoutSeconds * 1000, () => {
        request.destroy(new Error(`no answer within ${timeoutSeconds} s`))
      })
      request.on('error', (error: NodeJS.ErrnoException) => {
        none(error.code === 'ECONNREFUSED' ? `nothing listens at ${address.origin}` : error.message)
      })
      request.end(text)
    })
  }
}
