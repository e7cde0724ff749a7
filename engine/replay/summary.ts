import type { Pack } from '../policy/compile.ts'
import type { Parts, Unreadable, WouldBe } from './what-if.ts'

/** A sum in fen as it is booked and as it would be; `differenceFen` is what comes on top. */
export interface Change {
  readonly bookedFen: number
  readonly wouldBeFen: number
  readonly differenceFen: number
}

/** What changes for one person or at one institution. */
export interface ChangeOf {
  readonly id: string
  /** Settlements that differ. */
  readonly settlements: number
  readonly funds: Change
  readonly patient: Change
}

/** What a replay comes to in all, without naming anybody. */
export interface WhatIfTotals {
  /** Live settlements that were asked for and could be decided again. */
  readonly settlements: number
  /** Of them, those that another version decided. */
  readonly onOtherVersion: number
  readonly differing: number
  /** Those that pay or would. */
  readonly funds: readonly ({ readonly fund: string } & Change)[]
  readonly patient: Change
  readonly account: Change
  readonly hospital: Change
  /** Would be refused, by code. */
  readonly refused: readonly { readonly code: string; readonly settlements: number }[]
  /** No fund pays and one would, and the other way round. */
  readonly beginsToPay: number
  readonly ceasesToPay: number
  /** Not decided again, by reason; what is booked of them counts for the year all the same. */
  readonly missing: readonly { readonly reason: string; readonly settlements: number }[]
}

export interface WhatIfSummary extends WhatIfTotals {
  /** The largest difference of the funds' part first. */
  readonly persons: readonly ChangeOf[]
  readonly institutions: readonly ChangeOf[]
}

/** Adds up what a replay on another version comes to. */
export class Summary {
  readonly #instead: ReadonlyMap<string, Pack>
  #settlements = 0
  #onOtherVersion = 0
  #differing = 0
  #beginsToPay = 0
  #ceasesToPay = 0
  readonly #funds = new Map<string, Pair>()
  readonly #patient = new Pair()
  readonly #account = new Pair()
  readonly #hospital = new Pair()
  readonly #persons = new Map<string, Changes>()
  readonly #institutions = new Map<string, Changes>()
  readonly #refused = new Map<string, number>()
  readonly #missing = new Map<string, number>()

  constructor(instead: ReadonlyMap<string, Pack>) {
    this.#instead = instead
  }

  add(row: WouldBe | Unreadable): void {
    const reason = 'unreadable' in row ? row.unreadable : row.missing
    if (reason !== undefined) count(this.#missing, reason)
    if ('unreadable' in row || reason !== undefined) return
    const { claim, decided, booked, wouldBe, refused } = row
    this.#settlements += 1
    if ((this.#instead.get(decided.packId)?.hash ?? decided.packHash) !== decided.packHash) {
      this.#onOtherVersion += 1
    }
    for (const fund of new Set([...booked.funds.keys(), ...wouldBe.funds.keys()])) {
      const [bookedFen, wouldBeFen] = [booked.funds.get(fund) ?? 0, wouldBe.funds.get(fund) ?? 0]
      if (bookedFen === 0 && wouldBeFen === 0) continue
      const pair = this.#funds.get(fund) ?? new Pair()
      pair.add(bookedFen, wouldBeFen)
      this.#funds.set(fund, pair)
    }
    this.#patient.add(booked.patientFen, wouldBe.patientFen)
    this.#account.add(booked.accountFen, wouldBe.accountFen)
    this.#hospital.add(booked.hospitalFen, wouldBe.hospitalFen)
    if (!row.differs) return
    this.#differing += 1
    if (refused !== undefined) count(this.#refused, refused)
    const [bookedFen, wouldBeFen] = [fundsOf(booked), fundsOf(wouldBe)]
    if (bookedFen === 0 && wouldBeFen > 0) this.#beginsToPay += 1
    if (bookedFen > 0 && wouldBeFen === 0) this.#ceasesToPay += 1
    changesOf(this.#persons, claim.personId).add(booked, wouldBe)
    changesOf(this.#institutions, claim.institutionId).add(booked, wouldBe)
  }

  result(): WhatIfSummary {
    const funds = [...this.#funds].sort(byName)
    return {
      settlements: this.#settlements,
      onOtherVersion: this.#onOtherVersion,
      differing: this.#differing,
      funds: funds.map(([fund, pair]) => ({ fund, ...pair.change() })),
      patient: this.#patient.change(),
      account: this.#account.change(),
      hospital: this.#hospital.change(),
      persons: largestFirst(this.#persons),
      institutions: largestFirst(this.#institutions),
      refused: [...this.#refused]
        .sort(byName)
        .map(([code, settlements]) => ({ code, settlements })),
      beginsToPay: this.#beginsToPay,
      ceasesToPay: this.#ceasesToPay,
      missing: [...this.#missing]
        .sort(byName)
        .map(([reason, settlements]) => ({ reason, settlements })),
    }
  }
}

class Pair {
  #bookedFen = 0
  #wouldBeFen = 0

  add(bookedFen: number, wouldBeFen: number): void {
    this.#bookedFen += bookedFen
    this.#wouldBeFen += wouldBeFen
  }

  change(): Change {
    const [bookedFen, wouldBeFen] = [this.#bookedFen, this.#wouldBeFen]
    return { bookedFen, wouldBeFen, differenceFen: wouldBeFen - bookedFen }
  }
}

class Changes {
  #settlements = 0
  readonly #funds = new Pair()
  readonly #patient = new Pair()

  add(booked: Parts, wouldBe: Parts): void {
    this.#settlements += 1
    this.#funds.add(fundsOf(booked), fundsOf(wouldBe))
    this.#patient.add(booked.patientFen, wouldBe.patientFen)
  }

  of(id: string): ChangeOf {
    const [funds, patient] = [this.#funds.change(), this.#patient.change()]
    return { id, settlements: this.#settlements, funds, patient }
  }
}

function fundsOf({ funds }: Parts): number {
  let sum = 0
  for (const payFen of funds.values()) sum += payFen
  return sum
}

function changesOf(all: Map<string, Changes>, id: string): Changes {
  const known = all.get(id) ?? new Changes()
  all.set(id, known)
  return known
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function largestFirst(all: ReadonlyMap<string, Changes>): ChangeOf[] {
  const size = ({ funds, patient }: ChangeOf) =>
    Math.max(Math.abs(funds.differenceFen), Math.abs(patient.differenceFen))
  return [...all]
    .sort(byName)
    .map(([id, changes]) => changes.of(id))
    .sort((one, other) => size(other) - size(one))
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : one > other ? 1 : 0
}
