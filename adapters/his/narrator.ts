import type { FieldSpec } from '../nhsa/spec/spec.ts'
import { type Accepted, moneyFields, rowOf, rowsOf, specOf } from './answer.ts'
import { transactionName } from './envelope.ts'
import type { Fields, Request } from './messages.ts'

const WIDTH = 100
const INDENT = ' '.repeat(7)
/** Shown even when they are nothing. */
const ALWAYS = new Set(['medfee_sumamt', 'fund_pay_sumamt', 'acct_pay', 'psn_cash_pay'])
const AMOUNT_WIDTH = 12
/** Lists of fields are for reading; the saved messages have everything. */
const ROWS_SHOWN = 3

/** Tells the play step by step to whoever reads along. */
export class Narrator {
  readonly #write: (text: string) => void
  #steps = 0

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  title(text: string): void {
    this.#line(text)
  }

  step(infno: string, why: string): void {
    this.#steps += 1
    this.#line('')
    this.#line(`${String(this.#steps).padStart(3)}. ${infno} ${transactionName(infno)}`)
    this.#labelled('why', [why])
  }

  sent({ infno, input }: Request, address: URL, messageId: string): void {
    this.#labelled('send', [`msgid ${messageId} to ${address.href}`])
    const specs = specOf(infno)?.input ?? []
    for (const [node, rows] of Object.entries(input)) {
      this.#node(node, rows, specs.find(({ name }) => name === node)?.fields ?? [])
    }
  }

  answered(infno: string, { output, tookMs, complaints }: Accepted): void {
    this.#labelled('back', [`infcode 0 after ${tookMs.toFixed(0)} ms`])
    const specs = specOf(infno)?.output ?? []
    for (const { name, fields } of specs) {
      if (name === 'setlinfo') this.#sums(infno, output)
      else if (name !== 'setldetail') this.#node(name, output[name], fields)
    }
    for (const complaint of complaints) this.complain(complaint)
  }

  lost(why: string): void {
    this.#labelled('back', [`nothing: ${why}`])
  }

  next(text: string): void {
    this.#labelled('do', [text])
  }

  complain(text: string): void {
    this.#labelled('!', [text])
  }

  #sums(infno: string, output: Accepted['output']): void {
    const row = rowOf(output, 'setlinfo')
    const ids = ['mdtrt_id', 'setl_id', 'setl_time', 'medins_setl_id', 'balc']
    const fields = specOf(infno)!.output.find(({ name }) => name === 'setlinfo')!.fields
    const told = ids.flatMap((code) => {
      const field = fields.find((one) => one.code === code)
      return field === undefined ? [] : this.#told(field, row[code])
    })
    this.#wrapped('setlinfo', told)
    for (const { code, name } of moneyFields(infno)) {
      const amount = Number(row[code] ?? 0)
      if (amount === 0 && !ALWAYS.has(code)) continue
      this.#amount(name, code, amount)
    }
    for (const fund of rowsOf(output, 'setldetail')) {
      const name = String(fund['fund_pay_type_name'] ?? '')
      this.#amount(`  ${name}`, `setldetail ${fund['fund_pay_type']}`, Number(fund['fund_payamt']))
    }
  }

  #amount(name: string, code: string, amount: number): void {
    const padded = padEnd(name, 34) + padEnd(code, 24)
    this.#line(`${INDENT}  ${padded}${amount.toFixed(2).padStart(AMOUNT_WIDTH)}`)
  }

  #node(node: string, rows: unknown, fields: readonly FieldSpec[]): void {
    const list = (Array.isArray(rows) ? rows : [rows ?? []].flat()) as readonly Fields[]
    for (const row of list.slice(0, ROWS_SHOWN)) {
      const told = fields.flatMap((field) => this.#told(field, row[field.code]))
      if (told.length > 0) this.#wrapped(node, told)
    }
    if (list.length > ROWS_SHOWN) this.#line(`${INDENT}… ${list.length} rows in all`)
  }

  #told({ code, name }: FieldSpec, value: unknown): string[] {
    if (value === undefined || value === null || value === '' || typeof value === 'object') {
      return []
    }
    return [`${name} ${code}=${value}`]
  }

  #wrapped(node: string, told: readonly string[]): void {
    let line = `${INDENT}${node}: `
    for (const [at, one] of told.entries()) {
      const piece = at === told.length - 1 ? one : `${one}, `
      if (widthOf(line + piece) > WIDTH) {
        this.#line(line.trimEnd())
        line = `${INDENT}  `
      }
      line += piece
    }
    this.#line(line)
  }

  #labelled(label: string, texts: readonly string[]): void {
    for (const text of texts) {
      const [first = '', ...others] = folded(text, WIDTH - INDENT.length)
      this.#line(`${label.padStart(5)}  ${first}`)
      for (const more of others) this.#line(INDENT + more)
    }
  }

  #line(text: string): void {
    this.#write(`${text}\n`)
  }
}

function folded(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** Columns on a terminal: Chinese characters take two. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += (character.codePointAt(0) ?? 0) >= 0x2e80 ? 2 : 1
  return width
}

function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(1, width - widthOf(text)))
}
