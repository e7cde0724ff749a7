import { closeSync, openSync, writeSync } from 'node:fs'
import type { RowFault } from './cells.ts'

/** Faults that are told at once; a report file holds all of them. */
const FAULTS_TOLD = 20
const BUFFER_CHARACTERS = 64 * 1024
/** With its line end: the whole report of a file without faults. */
export const FAULTS_HEADER = 'row,column,expected\n'

/** All faults of a file: the first ones at hand, every one in a CSV file where one is named. */
export class FaultReport {
  readonly #first: RowFault[] = []
  readonly #descriptor: number | undefined
  #count = 0
  #buffer = ''

  constructor(file: string | undefined) {
    if (file === undefined) return
    this.#descriptor = openSync(file, 'w')
    // At once: where nothing can be written, that is found before anything is applied.
    writeSync(this.#descriptor, FAULTS_HEADER)
  }

  get count(): number {
    return this.#count
  }

  /** The first ones, in the order of the rows. */
  get first(): readonly RowFault[] {
    return this.#first.toSorted((one, other) => one.row - other.row)
  }

  add(fault: RowFault): void {
    this.#count += 1
    if (this.#first.length < FAULTS_TOLD) this.#first.push(fault)
    if (this.#descriptor === undefined) return
    const { row, column, expected } = fault
    this.#buffer += `${row},${column},"${expected.replaceAll('"', '""')}"\n`
    if (this.#buffer.length >= BUFFER_CHARACTERS) this.#flush(this.#descriptor)
  }

  close(): void {
    if (this.#descriptor === undefined) return
    if (this.#buffer !== '') this.#flush(this.#descriptor)
    closeSync(this.#descriptor)
  }

  #flush(descriptor: number): void {
    writeSync(descriptor, this.#buffer)
    this.#buffer = ''
  }
}
