import type { FieldSpec } from './spec/spec.ts'

/** What is wrong with one field, or one node, of a message. */
export interface Fault {
  /** The node as the spec names it; empty for the fields around `input`. */
  readonly node: string
  /** Of a node that has many rows, the row's number from 1. */
  readonly row?: number
  /** Absent where the node as a whole is at fault. */
  readonly field?: string
  /** The whole sentence in Chinese, for the cashier. It never repeats what was sent. */
  readonly sentence: string
}

/** More faults than these help nobody; they are counted, not told. */
const FAULTS_MAX = 20

/** All that is wrong with one message. */
export class Faults {
  readonly told: Fault[] = []
  count = 0

  /** `what` goes on from the name of the field: 不能为空. */
  ofField(node: string, row: number | undefined, { code, name }: FieldSpec, what: string): void {
    this.#tell(node, row, code, `${name}（${code}）${what}`)
  }

  ofNode(node: string, what: string): void {
    this.#tell(node, undefined, undefined, what)
  }

  /** One text for the answer: `输入有误：…；…`. */
  text(): string {
    const rest = this.count - this.told.length
    const sentences = this.told.map(({ sentence }) => sentence).join('；')
    return `${sentences}${rest > 0 ? `；另有${rest}处错误` : ''}`
  }

  #tell(node: string, row: number | undefined, field: string | undefined, what: string): void {
    this.count++
    if (this.told.length === FAULTS_MAX) return
    const where = row === undefined ? '' : `${node}第${row}行：`
    this.told.push({
      node,
      ...(row === undefined ? {} : { row }),
      ...(field === undefined ? {} : { field }),
      sentence: where + what,
    })
  }
}
