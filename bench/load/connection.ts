import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import { type Answer, AnswerReader } from './answer-reader.ts'

/** Told once for every request: the answer, to be looked at in the call, or why there is none. */
export type OnAnswer = (answer: Answer | Error) => void

/** What all connections of a thread read into, one at a time: no memory for each piece. */
const READ = Buffer.alloc(65_536)

/** A kept connection with at most one request under way: nothing waits behind another's answer. */
export class Connection {
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  #waiting: OnAnswer | undefined
  #closed = false

  /** `onClose` is called when it can no longer be used. */
  constructor(address: URL, onClose: (connection: Connection) => void) {
    const secure = address.protocol === 'https:'
    const port = Number(address.port || (secure ? 443 : 80))
    const host = address.hostname.replace(/^\[|\]$/g, '')
    this.#socket = secure
      ? connectSecure({ host, port, servername: host })
      : connectPlain({ host, port, onread: { buffer: READ, callback: (n) => this.#readInto(n) } })
    this.#socket.setNoDelay(true)
    if (secure) this.#socket.on('data', (piece: Buffer) => this.#read(piece))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => {
      this.#closed = true
      this.#answer(this.#reader.end() ?? new Error('the connection was closed'))
      onClose(this)
    })
  }

  get usable(): boolean {
    return !this.#closed && !this.#socket.destroyed
  }

  /** Sends the bytes of a request. Not to be called while another is under way. */
  send(request: Buffer, onAnswer: OnAnswer): void {
    this.#waiting = onAnswer
    this.#socket.write(request)
  }

  /** Whoever waits for an answer is told `why`. */
  destroy(why: Error): void {
    this.#fail(why)
  }

  #readInto(bytes: number): boolean {
    this.#read(READ.subarray(0, bytes))
    return true
  }

  #read(piece: Buffer): void {
    // What nobody asked for is a farewell: of a server that got tired of waiting.
    if (this.#waiting === undefined) {
      this.#fail(new Error('answered without a request'))
      return
    }
    try {
      const answer = this.#reader.read(piece)
      if (answer !== undefined) this.#answer(answer)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #fail(error: Error): void {
    this.#closed = true
    this.#socket.destroy()
    this.#answer(error)
  }

  #answer(answer: Answer | Error): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.(answer)
  }
}
