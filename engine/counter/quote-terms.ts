import type { Snapshot } from '../adjudicate/snapshot.ts'
import type { Decision } from '../claim/decision.ts'
import type { Subject } from '../ledger/entry.ts'

/** What a quote promises and what it leaned on; sealed into the quote id. */
export interface QuoteTerms {
  readonly claimHash: string
  readonly institutionId: string
  /** End of the day of the quote, ms since 1970. */
  readonly expiresAt: number
  readonly packId: string
  readonly packHash: string
  readonly catalogueHash: string
  /** What was last booked of every person and account read, by subject. */
  readonly positions: readonly (readonly [string, number])[]
  /** Versions of the person's, the institution's and the approval's records. */
  readonly records: readonly [number, number, number]
  /** Every amount, in the order of `amountsForm`. */
  readonly amounts: readonly number[]
  /** Every fund part with its segments, as `fundsForm` gives them. */
  readonly funds: readonly FundForm[]
}

/** The terms of a decision that was made on `snapshot`. */
export function termsOf(
  decision: Decision,
  snapshot: Snapshot,
  rest: Pick<QuoteTerms, 'claimHash' | 'institutionId' | 'expiresAt'>,
): QuoteTerms {
  const positions: [string, number][] = []
  for (const [subject, state] of snapshot.states) {
    if (isBookedOn(subject)) positions.push([subject, state.booked])
  }
  return {
    claimHash: rest.claimHash,
    institutionId: rest.institutionId,
    expiresAt: rest.expiresAt,
    packId: decision.packId,
    packHash: decision.packHash,
    catalogueHash: decision.catalogueHash,
    positions,
    records: recordVersions(snapshot),
    amounts: amountsForm(decision),
    funds: fundsForm(decision),
  }
}

type FundForm = readonly [fund: string, payFen: number, ...parts: (number | null)[]]

function amountsForm({ amounts: a }: Decision): number[] {
  return [
    a.totalFen,
    a.patientFen,
    a.cashFen,
    a.accountFen,
    a.fundFen,
    a.hospitalFen,
    a.deductibleFen,
    a.inScopeFen,
    a.firstSelfPayFen,
    a.overLimitFen,
    a.ownPayFen,
  ]
}

function fundsForm({ funds }: Decision): FundForm[] {
  return funds.map(({ fund, payFen, baseFen, segments }) => {
    const parts: (number | null)[] = [baseFen]
    for (const segment of segments) {
      parts.push(segment.fromFen, segment.toFen, segment.baseFen)
      parts.push(segment.ratePermyriad, segment.payFen)
    }
    return [fund, payFen, ...parts]
  })
}

/** Whether booking `decision` would book what the quote promised: every amount of it. */
export function keepsTerms(terms: QuoteTerms, decision: Decision): boolean {
  const now = [amountsForm(decision), fundsForm(decision)]
  return JSON.stringify([terms.amounts, terms.funds]) === JSON.stringify(now)
}

/** The quoted amounts as a cashier compares them. */
export function termsAmounts({ amounts, funds }: QuoteTerms) {
  const [totalFen, patientFen, cashFen, , , , deductibleFen] = amounts
  return {
    totalFen,
    deductibleFen,
    patientFen,
    cashFen,
    funds: funds.map(([fund, payFen]) => ({ fund, payFen })),
  }
}

/** What moved between a quote and now, by name only. */
export function whatMoved(terms: QuoteTerms, decision: Decision, snapshot: Snapshot): string[] {
  const moved: string[] = []
  if (terms.packHash !== decision.packHash || terms.catalogueHash !== decision.catalogueHash) {
    moved.push('policy')
  }
  const versions = new Map(terms.positions)
  const booked = [...snapshot.states].some(
    ([subject, state]) => isBookedOn(subject) && versions.get(subject) !== state.booked,
  )
  if (booked) moved.push('person')
  const [person, institution, approval] = recordVersions(snapshot)
  if (terms.records[0] !== person || terms.records[2] !== approval) moved.push('registry')
  if (terms.records[1] !== institution) moved.push('institution')
  // What is left is what all cities go by: the calendar of working days.
  return moved.length === 0 ? ['policy'] : moved
}

function isBookedOn(subject: Subject): boolean {
  return subject.startsWith('person/') || subject.startsWith('account/')
}

export function recordVersions(snapshot: Snapshot): readonly [number, number, number] {
  const { person, institution, approval } = snapshot
  return [person?.version ?? 0, institution?.version ?? 0, approval?.version ?? 0]
}
