import type { Readable } from 'node:stream'
import { SaxesParser } from 'saxes'

/** Told what stands in an XML text, in order; names come without their prefix. */
export interface XmlHandlers {
  open(name: string, attributes: Readonly<Record<string, string>>): void
  text?(text: string): void
  close?(name: string): void
}

/** Parses an XML text in UTF-8 and tells after each piece how many bytes that was. Throws where it is not well-formed. */
export async function* readXml(source: Readable, handlers: XmlHandlers): AsyncGenerator<number> {
  const parser = new SaxesParser()
  parser.on('opentag', ({ name, attributes }) => handlers.open(local(name), attributes))
  parser.on('text', (text) => handlers.text?.(text))
  parser.on('cdata', (text) => handlers.text?.(text))
  parser.on('closetag', ({ name }) => handlers.close?.(local(name)))
  parser.on('error', (error) => {
    throw error
  })
  let bytes = 0
  // A character of several bytes may stand on the border of two pieces.
  for await (const text of source.setEncoding('utf8')) {
    parser.write(text as string)
    bytes += Buffer.byteLength(text as string)
    yield bytes
  }
  parser.close()
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
