import { TRANSACTIONS } from '../adapters/nhsa/spec/spec.ts'
import type { Claim } from '../engine/claim/claim.ts'
import { INTERFACE, InterfaceVisit, sayableClaim } from './interface-visits.ts'
import type { Answer } from './load/answer-reader.ts'
import { Latencies, type Percentiles } from './load/latencies.ts'
import type { Chain } from './load/open-loop.ts'
import { postOf } from './load/request-bytes.ts'
import { numberedId } from './requests.ts'

/** What became of one transaction: HTTP says 200 to all of them. */
export interface TransactionFigures {
  readonly infno: string
  readonly name: string
  /** By `infcode`, or `broken` without an answer. */
  readonly byInfcode: Readonly<Record<string, number>>
  /** An example of a sentence that refused. */
  readonly refusal?: string
  readonly latency: Percentiles
}

/** Sums of what was answered as settled and as cancelled, in fen. */
export interface Books {
  count: number
  totalFen: number
  fundFen: number
  accountFen: number
}

interface UnderWay {
  readonly visit: InterfaceVisit
  readonly isCancelled: boolean
  step: number
  sentAt: number
  visitId?: string
  settlementId?: string
}

const STEPS = ['2201', '2204', '2206', '2207', '2208'] as const
const SETTLE = 3
const CANCEL = 4

/**
 * Visits over the national interface, each a chain: register, upload, try, settle and, for a share of
 * them, cancel. A refusal ends the visit.
 */
export class ProtocolLoad implements Chain {
  readonly #visits: readonly InterfaceVisit[]
  readonly #host: string
  readonly #path: string
  readonly #prefix: string
  readonly #cancelShare: number
  readonly #underWay = new Map<number, UnderWay>()
  readonly #counts = STEPS.map(() => ({
    byInfcode: {} as Record<string, number>,
    refusal: undefined as string | undefined,
    latencies: new Latencies(),
  }))
  readonly #books = new Map<string, Books>()
  #messages = 0
  #lost = 0

  constructor(
    claims: readonly Claim[],
    options: {
      readonly host: string
      readonly pathOf: (route: string) => string
      readonly prefix: string
      /** Of all settlements, how many are cancelled: from 0 to 1. */
      readonly cancelShare: number
    },
  ) {
    this.#visits = claims.flatMap((claim) => {
      const sayable = sayableClaim(claim)
      return sayable === undefined ? [] : [new InterfaceVisit(sayable)]
    })
    if (this.#visits.length === 0) throw new Error('no claim can be said over the interface')
    this.#host = options.host
    this.#path = options.pathOf(INTERFACE)
    this.#prefix = options.prefix
    this.#cancelShare = options.cancelShare
  }

  first(number: number): Buffer {
    const visit = this.#visits[number % this.#visits.length]!
    // Spread evenly: every n-th is cancelled.
    const share = this.#cancelShare
    const isCancelled = Math.floor((number + 1) * share) > Math.floor(number * share)
    const chain = { visit, isCancelled, step: 0, sentAt: 0 }
    this.#underWay.set(number, chain)
    return this.#bytes(chain)
  }

  next(number: number, answer: Answer | Error): Buffer | undefined {
    const chain = this.#underWay.get(number)!
    const last = chain.isCancelled ? CANCEL : SETTLE
    if (this.#noted(chain, answer) && chain.step < last) {
      chain.step += 1
      return this.#bytes(chain)
    }
    this.#underWay.delete(number)
    return undefined
  }

  /** How many settlements or cancellations had no answer: what they did is not in the books. */
  get lost(): number {
    return this.#lost
  }

  get books(): ReadonlyMap<string, Books> {
    return this.#books
  }

  /** Institutions that settle. */
  get institutions(): readonly string[] {
    return [...new Set(this.#visits.map(({ institutionId }) => institutionId))]
  }

  get figures(): TransactionFigures[] {
    return STEPS.flatMap((infno, at) => {
      const { byInfcode, refusal, latencies } = this.#counts[at]!
      if (Object.keys(byInfcode).length === 0) return []
      const { name } = TRANSACTIONS.get(infno)!
      const latency = latencies.percentiles()
      return [{ infno, name, byInfcode, latency, ...(refusal === undefined ? {} : { refusal }) }]
    })
  }

  #bytes(chain: UnderWay): Buffer {
    const { visit, step, visitId = '', settlementId = '' } = chain
    const requests = [
      () => visit.register(),
      () => visit.upload(visitId),
      () => visit.preSettle(visitId),
      () => visit.settle(visitId),
      () => visit.cancel(visitId, settlementId),
    ]
    const id = numberedId(this.#prefix, this.#messages++)
    const { authorization, claim } = visit.sent(requests[step]!(), id)
    chain.sentAt = performance.now()
    return postOf({ host: this.#host, path: this.#path, authorization }, claim).bytes
  }

  /** Whether the visit goes on. */
  #noted(chain: UnderWay, answer: Answer | Error): boolean {
    const counts = this.#counts[chain.step]!
    const count = (code: string) => {
      counts.byInfcode[code] = (counts.byInfcode[code] ?? 0) + 1
    }
    if (answer instanceof Error || answer.status !== 200) {
      count('broken')
      if (chain.step >= SETTLE) this.#lost += 1
      return false
    }
    counts.latencies.add(performance.now() - chain.sentAt)
    const { infcode, err_msg, output } = JSON.parse(answer.body.toString())
    count(String(infcode))
    if (Number(infcode) !== 0) {
      counts.refusal ??= String(err_msg)
      return false
    }
    if (chain.step === 0) chain.visitId = output.data.mdtrt_id
    if (chain.step === SETTLE) chain.settlementId = output.setlinfo.setl_id
    if (chain.step >= SETTLE) this.#book(chain.visit.institutionId, output.setlinfo)
    return true
  }

  #book(institutionId: string, setlinfo: Readonly<Record<string, unknown>>): void {
    const fen = (code: string) => Math.round(Number(setlinfo[code]) * 100)
    const known = this.#books.get(institutionId)
    const books = known ?? { count: 0, totalFen: 0, fundFen: 0, accountFen: 0 }
    books.count += 1
    books.totalFen += fen('medfee_sumamt')
    books.fundFen += fen('fund_pay_sumamt')
    books.accountFen += fen('acct_pay')
    this.#books.set(institutionId, books)
  }
}
