/** One answer of HTTP/1.1. Its body may lie in the piece that was read last. */
export interface Answer {
  readonly status: number
  readonly body: Buffer
}

const HEAD_END = '\r\n\r\n'
/** Of a head; a server that sends more is not one of ours. */
const HEAD_BYTES_MAX = 65_536

/**
 * Puts the answers on one connection together from the pieces in which they arrive. Reads no more
 * than it has to: the status, and where the answer ends. Throws at what is not HTTP/1.1. A piece is
 * copied when there is more to come; its memory may be used again after the call.
 */
export class AnswerReader {
  #pieces: Buffer[] = []
  #bytes = 0
  #head: Head | undefined

  /** The answer that ends with this piece; undefined while it has not ended. */
  read(piece: Buffer): Answer | undefined {
    const answer = this.#readNext(piece)
    if (answer === undefined && this.#pieces.at(-1) === piece) {
      this.#pieces[this.#pieces.length - 1] = Buffer.from(piece)
    }
    return answer
  }

  #readNext(piece: Buffer): Answer | undefined {
    this.#pieces.push(piece)
    this.#bytes += piece.byteLength
    // Where the end is known, pieces are only counted until it is there.
    const known = this.#head
    if (known !== undefined && !known.chunked && this.#bytes < known.endsAt) return undefined
    const bytes = this.#joined()
    this.#head ??= headOf(bytes)
    if (this.#head === undefined) return undefined
    const { status, bodyAt, endsAt } = this.#head
    if (this.#head.chunked) {
      const body = unchunked(bytes, bodyAt)
      return body === undefined ? undefined : this.#done({ status, body })
    }
    if (this.#bytes < endsAt) return undefined
    if (this.#bytes > endsAt) throw new Error('more was answered than was asked')
    return this.#done({ status, body: bytes.subarray(bodyAt) })
  }

  /** The answer that the end of the connection ends; undefined when it is cut short. */
  end(): Answer | undefined {
    const head = this.#head
    if (head === undefined || head.chunked || head.endsAt !== Number.POSITIVE_INFINITY) {
      return undefined
    }
    return this.#done({ status: head.status, body: this.#joined().subarray(head.bodyAt) })
  }

  #joined(): Buffer {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)]
    return this.#pieces[0]!
  }

  #done(answer: Answer): Answer {
    this.#pieces = []
    this.#bytes = 0
    this.#head = undefined
    return answer
  }
}

interface Head {
  readonly status: number
  readonly bodyAt: number
  /** Infinite when only the end of the connection, or of the chunks, says so. */
  readonly endsAt: number
  readonly chunked: boolean
}

function headOf(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0) {
    if (bytes.byteLength > HEAD_BYTES_MAX) throw new Error('a head without an end')
    return undefined
  }
  const text = bytes.toString('latin1', 0, end)
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1])
  if (!Number.isInteger(status)) throw new Error(`not HTTP/1.1: ${text.slice(0, 40)}`)
  const bodyAt = end + HEAD_END.length
  const chunked = /\r\ntransfer-encoding: *chunked/i.test(text)
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  const bare = status === 204 || status === 304
  const bytesOfBody = bare ? 0 : Number(length ?? Number.POSITIVE_INFINITY)
  const endsAt = chunked ? Number.POSITIVE_INFINITY : bodyAt + bytesOfBody
  return { status, bodyAt, endsAt, chunked: chunked && !bare }
}

/** The body of a chunked answer; undefined while its last chunk is missing. */
function unchunked(bytes: Buffer, from: number): Buffer | undefined {
  const parts: Buffer[] = []
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (!Number.isInteger(size)) throw new Error('a chunk without a size')
    if (size === 0) {
      return bytes.indexOf(HEAD_END, lineEnd) < 0 ? undefined : Buffer.concat(parts)
    }
    const start = lineEnd + 2
    if (bytes.byteLength < start + size + 2) return undefined
    parts.push(bytes.subarray(start, start + size))
    at = start + size + 2
  }
}
