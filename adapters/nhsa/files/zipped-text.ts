import { isUtf8 } from 'node:buffer'
import { createWriteStream } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl'
import { ZipFile as ZipWriter } from 'yazl'

/** Why a file is not the text in a ZIP that the protocol exchanges, in words. */
export interface NotText {
  readonly fault: string
}

/** As much as the rows of a month of a large hospital; an archive that unpacks to more is refused. */
const UNPACKED_MAX = 32 * 1024 * 1024
const ENTRIES_MAX = 16

/** The one text (.txt, UTF-8) of a ZIP. What the archive says of sizes is not trusted. */
export async function textInZip(bytes: Uint8Array): Promise<string | NotText> {
  let zip: ZipFile | undefined
  try {
    zip = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    if (zip.entryCount > ENTRIES_MAX) return { fault: `压缩包内文件过多，最多${ENTRIES_MAX}个` }
    const texts: Entry[] = []
    for await (const entry of zip.eachEntry()) {
      if (/\.txt$/i.test(entry.fileName)) texts.push(entry)
    }
    const [text, ...others] = texts
    if (text === undefined) return { fault: '压缩包内没有TXT文件' }
    if (others.length > 0) return { fault: '压缩包内只能有一个TXT文件' }
    const unpacked = await unpack(zip, text)
    if (unpacked === undefined) {
      return { fault: `TXT文件过大，解压后不能超过${UNPACKED_MAX / 1024 / 1024}MB` }
    }
    return isUtf8(unpacked) ? unpacked.toString() : { fault: 'TXT文件不是UTF-8编码' }
  } catch {
    return { fault: '不是完整的ZIP压缩包' }
  } finally {
    zip?.close()
  }
}

/** Nothing when it is more than it may be, however small it was packed. */
async function unpack(zip: ZipFile, entry: Entry): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  const source = await zip.openReadStreamPromise(entry)
  try {
    for await (const chunk of source) {
      chunks.push(chunk as Buffer)
      length += (chunk as Buffer).length
      if (length > UNPACKED_MAX) return undefined
    }
  } finally {
    source.destroy()
  }
  return Buffer.concat(chunks)
}

/** The same rows make the same bytes, whenever they are written. */
const WRITTEN = new Date('1980-01-01T00:00:00Z')

/**
 * Writes a ZIP with one text into `path`, as fast as the disk takes it. `comment`, asked for at the
 * end, goes with it.
 */
export function zipText(
  path: string,
  name: string,
  pieces: AsyncIterable<string> | Iterable<string>,
  comment?: () => string,
): Promise<void> {
  return zipInto(createWriteStream(path), name, pieces, comment)
}

/** The same in memory. */
export async function zippedText(name: string, pieces: Iterable<string>): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  await zipInto(sink, name, pieces)
  return Buffer.concat(chunks)
}

async function zipInto(
  sink: Writable,
  name: string,
  pieces: AsyncIterable<string> | Iterable<string>,
  comment?: () => string,
): Promise<void> {
  const zip = new ZipWriter()
  const text = Readable.from(pieces)
  const options = { mtime: WRITTEN, mode: 0o100_644, forceDosTimestamp: true }
  zip.addReadStream(text, name, options)
  text.once('end', () => zip.end(comment && { comment: comment(), forceZip64Format: false }))
  // What fails while it is read is told by the text alone, and would leave the other end waiting.
  const stop = new AbortController()
  text.once('error', () => stop.abort())
  try {
    await pipeline(zip.outputStream, sink, { signal: stop.signal })
  } catch (error) {
    throw text.errored ?? error
  } finally {
    text.destroy()
  }
}

/** What `zipText` was given as a comment. */
export async function zipComment(path: string): Promise<string> {
  const zip = await openPromise(path)
  zip.close()
  return zip.comment
}
