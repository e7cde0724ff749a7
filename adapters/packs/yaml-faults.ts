import type { LineCounter, YAMLError } from 'yaml'

/** Why a file is no YAML, and where; line and column from 1. */
export interface YamlFault {
  readonly line: number
  readonly column: number
  readonly message: string
}

/**
 * What the parser found, in the words of whoever wrote the file. What it finds behind the first
 * fault of syntax mostly follows from that one, and is not told before it is mended; a name that
 * stands twice is told wherever it is.
 */
export function yamlFaults(
  text: string,
  found: readonly YAMLError[],
  lines: LineCounter,
): YamlFault[] {
  const inOrder = [...found].sort((one, other) => one.pos[0] - other.pos[0])
  const ofSyntax = inOrder.filter(({ code }) => code !== 'DUPLICATE_KEY')
  // What a tab does to the line before it is told there, and says nothing of the tab.
  const first = ofSyntax.find(({ code }) => code === 'TAB_AS_INDENT') ?? ofSyntax[0]
  return inOrder
    .filter((error) => error === first || error.code === 'DUPLICATE_KEY')
    .map((error) => {
      const { line, col } = lines.linePos(error.pos[0])
      const written = text.split(/\r?\n/, line).at(-1)!
      const message = `${wordsOf(error, written.slice(col - 1))}${foreignSign(written)}`
      return { line, column: col, message }
    })
}

const INDENT =
  'it begins at another column than the lines it belongs to: give it as many blanks as they have'

/** `rest`: the line from the fault on. */
function wordsOf({ code, message }: YAMLError, rest: string): string {
  const [, bracket] = /end with a ([\]}])/.exec(message) ?? []
  if (bracket !== undefined) return `a ${bracket} is missing before this`
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'a tab stands at the beginning of the line: write blanks'
    case 'BAD_INDENT':
    case 'MULTILINE_IMPLICIT_KEY':
      return INDENT
    case 'BLOCK_AS_IMPLICIT_KEY':
      return message.startsWith('Nested')
        ? 'a second colon in one line: text with a colon in it stands in quotes'
        : INDENT
    case 'MISSING_CHAR':
      return ofMissing(message)
    case 'BLOCK_IN_FLOW':
      return 'a comma is missing between two values, or the bracket before them is not closed'
    case 'DUPLICATE_KEY':
      return `${/^[^:,}\s]*/.exec(rest)![0]} stands twice`
    case 'UNEXPECTED_TOKEN':
      return message.endsWith('at node end')
        ? 'something follows where the value has ended: a comma or a line break is missing before it, or all of it stands in quotes'
        : message
    case 'MULTIPLE_DOCS':
      return 'the line --- begins a second document: a file holds one'
    default:
      return message
  }
}

function ofMissing(message: string): string {
  if (message.includes('closing')) return 'a quotation mark is not closed'
  if (message.includes('without -')) return 'the lines of a list begin with - at one column'
  if (message.includes('followed by map values')) return 'a colon and a value are missing behind it'
  if (message.startsWith('Missing ,')) return 'a comma is missing before it'
  return message
}

/** Signs of Chinese type that look like those of YAML, and what to write in their place. */
const FOREIGN: Readonly<Record<string, string>> = {
  '，': ',',
  '：': ':',
  '｛': '{',
  '｝': '}',
  '［': '[',
  '］': ']',
  '－': '-',
  '“': '"',
  '”': '"',
  '\u3000': ' ',
  '\u00a0': ' ',
}

function foreignSign(line: string): string {
  const at = [...line].findIndex((sign) => FOREIGN[sign] !== undefined)
  if (at < 0) return ''
  const sign = [...line][at]!
  return sign.trim() === ''
    ? ` (column ${at + 1} has a wide or unbreakable blank: write a plain one)`
    : ` (column ${at + 1} has ${sign}: write ${FOREIGN[sign]})`
}
