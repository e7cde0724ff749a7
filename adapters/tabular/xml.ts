import type { Readable } from 'node:stream'
import { SaxesParser } from 'saxes'

/** Told what stands in an XML text, in order; names come without their prefix. */
export interface XmlHandlers {
  open(name: string, attributes: Readonly<Record<string, string>>): void
  text?(text: string): void
  close?(name: string): void
}

/** What nests deeper, or has more between two tags or in one, was made to fill the memory of its reader. */
const DEPTH_MAX = 100
const PIECE_CHARACTERS_MAX = 1_000_000

/**
 * Parses an XML text in UTF-8 and tells after each piece how many bytes that was. Throws where it is
 * not well-formed, and where nobody would write it so.
 */
export async function* readXml(source: Readable, handlers: XmlHandlers): AsyncGenerator<number> {
  const parser = new SaxesParser()
  let depth = 0
  let unparsed = 0
  parser.on('opentag', ({ name, attributes }) => {
    unparsed = 0
    depth += 1
    if (depth > DEPTH_MAX) throw new Error(`elements in more than ${DEPTH_MAX} others`)
    handlers.open(local(name), attributes)
  })
  parser.on('text', (text) => handlers.text?.(text))
  parser.on('cdata', (text) => handlers.text?.(text))
  parser.on('closetag', ({ name }) => {
    unparsed = 0
    depth -= 1
    handlers.close?.(local(name))
  })
  parser.on('error', (error) => {
    throw error
  })
  let bytes = 0
  // A character of several bytes may stand on the border of two pieces.
  for await (const text of source.setEncoding('utf8')) {
    parser.write(text as string)
    unparsed += (text as string).length
    if (unparsed > PIECE_CHARACTERS_MAX) {
      throw new Error(`more than ${PIECE_CHARACTERS_MAX} characters without a tag`)
    }
    bytes += Buffer.byteLength(text as string)
    yield bytes
  }
  parser.close()
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
