import { messageText } from '../adapters/his/envelope.ts'
import type { Patient, Request, Terms, Visit } from '../adapters/his/messages.ts'
import * as outpatient from '../adapters/his/outpatient-messages.ts'
import { PREFIX, SINGLE } from '../adapters/nhsa/service-paths.ts'
import type { Claim } from '../engine/claim/claim.ts'
import { toFen } from '../engine/money/fen.ts'
import type { BenchRequest } from './requests.ts'

/** Claims of the generated city as visits over the national interface. */

export const INTERFACE = PREFIX + SINGLE

const BATCH = 'B1'
/** A price has six places of yuan there, which are four of fen. */
const FEN_PLACES_MAX = 4
const SENT_AT = '2026-11-27 10:00:00'
const MED_TYPE = '11'

/**
 * The claim with nothing in it that the interface would say otherwise, so that both ways mean the
 * same; nothing where a price is finer than the interface can say.
 */
export function sayableClaim(claim: Claim): Claim | undefined {
  const isTooFine = claim.lines.some(({ unitPriceFen }) => {
    return (unitPriceFen.split('.')[1] ?? '').length > FEN_PLACES_MAX
  })
  if (isTooFine || claim.careType !== 'outpatient') return undefined
  const { diagnoses: _, account, ...rest } = claim
  const totalFen = claim.lines.reduce((sum, { amountFen }) => sum + amountFen, 0)
  return {
    ...rest,
    account: { maxFen: toFen(account === undefined ? 0 : totalFen) },
    lines: claim.lines.map((line) => ({ ...line, hospitalApproved: true })),
  }
}

/** The messages of such a claim, each as soon as it can be said. */
export class InterfaceVisit {
  readonly #claim: Claim
  readonly #patient: Patient
  readonly #on: string
  readonly #terms: Terms

  constructor(claim: Claim) {
    const { personId } = claim
    this.#claim = claim
    this.#on = claim.servedOn!
    // Generated employees have ids that begin with E.
    const insurance = personId.startsWith('E') ? '310' : '390'
    this.#patient = { personId, showsType: '03', shows: personId, insurance }
    const totalFen = claim.lines.reduce((sum, { amountFen }) => sum + amountFen, 0)
    const account = claim.account!.maxFen > 0
    this.#terms = { total: yuanOf(String(totalFen)), medType: MED_TYPE, account }
  }

  get institutionId(): string {
    return this.#claim.institutionId
  }

  register(): Request {
    return outpatient.register(this.#patient, this.#on, '1')
  }

  upload(visitId: string): Request {
    const items = this.#claim.lines.map(({ code, quantity, unitPriceFen, amountFen }) => ({
      code,
      count: quantity,
      price: yuanOf(unitPriceFen),
      amount: yuanOf(String(amountFen)),
    }))
    return outpatient.uploadLines(this.#visit(visitId), BATCH, items)
  }

  preSettle(visitId: string): Request {
    return outpatient.preSettle(this.#visit(visitId), BATCH, this.#terms)
  }

  settle(visitId: string): Request {
    return outpatient.settle(this.#visit(visitId), BATCH, this.#terms)
  }

  cancel(visitId: string, settlementId: string): Request {
    return outpatient.cancelSettlement(this.#visit(visitId), settlementId)
  }

  /** The request with its envelope, under the demo's key. */
  sent(request: Request, messageId: string): BenchRequest {
    const { institutionId } = this
    const sender = {
      institution: institutionId,
      institutionName: institutionId,
      region: institutionId.slice(1, 7),
      operator: '1',
    }
    return {
      authorization: `Bearer demo-${institutionId}`,
      claim: messageText(sender, request, { messageId, sentAt: SENT_AT }),
    }
  }

  #visit(id: string): Visit {
    return { id, patient: this.#patient, on: this.#on }
  }
}

/** A decimal of fen as one of yuan: `12.5` is `0.125`. */
function yuanOf(fen: string): string {
  const [whole = '', fraction = ''] = fen.split('.')
  const digits = whole.padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}${fraction}`
}
