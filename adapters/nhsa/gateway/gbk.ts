/** Node reads GBK, which holds GB2312, but does not write it: its characters are read once to know them. */
let codes: Map<string, number> | undefined

const LEAD = { first: 0x81, last: 0xfe }
const TRAIL = { first: 0x40, last: 0xfe, none: 0x7f }
const UNKNOWN = '?'.charCodeAt(0)

/** A text in GBK; a character that it does not have becomes a question mark, as in Windows. */
export function gbkBytes(text: string): Uint8Array {
  codes ??= readCodes()
  const bytes: number[] = []
  for (const character of text) {
    const point = character.codePointAt(0)!
    const code = point < 0x80 ? point : (codes.get(character) ?? UNKNOWN)
    if (code > 0xff) bytes.push(code >> 8)
    bytes.push(code & 0xff)
  }
  return Uint8Array.from(bytes)
}

function readCodes(): Map<string, number> {
  const decoder = new TextDecoder('gbk')
  const known = new Map<string, number>()
  for (let lead = LEAD.first; lead <= LEAD.last; lead++) {
    for (let trail = TRAIL.first; trail <= TRAIL.last; trail++) {
      if (trail === TRAIL.none) continue
      const character = decoder.decode(Uint8Array.of(lead, trail))
      const isOne = [...character].length === 1 && character !== '\ufffd'
      if (isOne && !known.has(character)) known.set(character, lead * 0x100 + trail)
    }
  }
  return known
}
