import { Busboy } from '@fastify/busboy'

/** A message with a file beside it, as clients of the national interface upload one. */
export interface Multipart {
  /** Of the first part of this name, also where it came as a file (a Blob); empty when there is none. */
  readonly text: Buffer
  readonly file?: Buffer
}

const PARTS_MAX = 8

/** Takes a body of multipart/form-data apart; nothing when it is none. The body's limit is its own. */
export async function readMultipart(
  contentType: string,
  body: Buffer,
  name: string,
): Promise<Multipart | undefined> {
  const limits = { parts: PARTS_MAX, fieldSize: body.length, fileSize: body.length }
  const isText = (field: string | undefined) => field?.toLowerCase() === name.toLowerCase()
  let text: Buffer | undefined
  let file: Buffer | undefined
  try {
    const parts = new Busboy({ headers: { 'content-type': contentType }, limits })
    await new Promise<void>((resolve, reject) => {
      // A part need not have a name, whatever the types say.
      parts.on('field', (field: string | undefined, value) => {
        if (isText(field)) text ??= Buffer.from(value)
      })
      parts.on('file', (field: string | undefined, stream) => {
        const chunks: Buffer[] = []
        // Of a body that ends within the file, Busboy tells the file's stream as well.
        stream.on('error', reject)
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          if (isText(field)) text ??= Buffer.concat(chunks)
          else file ??= Buffer.concat(chunks)
        })
      })
      parts.on('finish', resolve)
      parts.on('error', reject)
      parts.end(body)
      // Busboy waits for ticks alone: a form whose end it has not told by now never ends, and whoever
      // waited for it would keep a place among the requests in work for good.
      setImmediate(reject)
    })
  } catch {
    return undefined
  }
  return { text: text ?? Buffer.alloc(0), ...(file === undefined ? {} : { file }) }
}
