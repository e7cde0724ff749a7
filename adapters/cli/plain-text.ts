/** What a terminal obeys or reorders instead of showing it. */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * What others wrote, for a terminal: its signs are shown and not obeyed. Who edits rules could else
 * have a checker's screen erase the very line that they shall approve. Line ends stay.
 */
export function plainText(text: string): string {
  return text.split('\n').map(plainLine).join('\n')
}

/** The same of what is told within a line, which it cannot leave. */
export function plainLine(text: string): string {
  return text.replaceAll(UNSHOWN, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`)
}
