import { closeSync, openSync, writeSync } from 'node:fs'
import { chinaTime } from '../../engine/calendar/china-time.ts'
import type { Parts, Unreadable, WouldBe } from '../../engine/replay/what-if.ts'
import { csvCell } from '../packs/catalogue-csv.ts'
import { yuan } from './yuan.ts'

const BUFFER_CHARACTERS = 64 * 1024

const ABOUT = [
  'settlement',
  'person',
  'institution',
  'bookedAt',
  'admission',
  'discharge',
  'pack',
  'bookedVersion',
  'outcome',
] as const

/** One row for each settlement, amounts in yuan: booked, would be, difference of each part. */
export class ReplayCsv {
  readonly #file: number
  readonly #funds: readonly string[]
  #buffer: string

  /** `funds`: all that a row may name; each has its columns. */
  constructor(path: string, funds: readonly string[]) {
    this.#file = openSync(path, 'w')
    this.#funds = funds
    const parts = ['patient', 'account', 'hospital', ...funds].flatMap((part) => [
      `${part} booked`,
      `${part} would be`,
      `${part} difference`,
    ])
    this.#buffer = line([...ABOUT, ...parts])
  }

  add(row: WouldBe | Unreadable): void {
    this.#buffer += line(this.#cells(row))
    if (this.#buffer.length >= BUFFER_CHARACTERS) this.#flush()
  }

  close(): void {
    this.#flush()
    closeSync(this.#file)
  }

  #cells(row: WouldBe | Unreadable): string[] {
    if ('unreadable' in row) {
      const about = ABOUT.map((column) => {
        if (column === 'settlement') return row.settlementId
        return column === 'outcome' ? `not decided: ${row.unreadable}` : ''
      })
      return [...about, ...this.#parts().map(() => '')]
    }
    const { settlementId, bookedAt, claim, decided, booked, wouldBe } = row
    return [
      settlementId,
      claim.personId,
      claim.institutionId,
      chinaTime(bookedAt),
      decided.admission,
      decided.discharge,
      decided.packId,
      decided.packHash,
      outcomeOf(row),
      ...this.#parts(booked, wouldBe),
    ]
  }

  #parts(booked = NOTHING, wouldBe = NOTHING): string[] {
    const pairs = [
      [booked.patientFen, wouldBe.patientFen],
      [booked.accountFen, wouldBe.accountFen],
      [booked.hospitalFen, wouldBe.hospitalFen],
      ...this.#funds.map((fund) => [booked.funds.get(fund) ?? 0, wouldBe.funds.get(fund) ?? 0]),
    ] as const
    return pairs.flatMap(([was = 0, is = 0]) => [yuan(was), yuan(is), yuan(is - was)])
  }

  #flush(): void {
    writeSync(this.#file, this.#buffer)
    this.#buffer = ''
  }
}

const NOTHING: Parts = { funds: new Map(), patientFen: 0, accountFen: 0, hospitalFen: 0 }

function outcomeOf({ refused, missing, differs }: WouldBe): string {
  if (missing !== undefined) return `not decided: ${missing}`
  if (refused !== undefined) return `refused: ${refused}`
  return differs ? 'differs' : 'same'
}

function line(cells: readonly string[]): string {
  return `${cells.map(csvCell).join()}\n`
}
