import type { Snapshot } from '../adjudicate/snapshot.ts'
import type { Decision } from '../claim/decision.ts'

/** What a quote promises and what it leaned on; sealed into the quote id. */
export interface QuoteTerms {
  readonly claimHash: string
  readonly institutionId: string
  /** End of the day of the quote, ms since 1970. */
  readonly expiresAt: number
  readonly packId: string
  readonly packHash: string
  readonly catalogueHash: string
  /** Version of every state read, by subject. */
  readonly positions: readonly (readonly [string, number])[]
  /** Versions of the person's, the institution's and the approval's records. */
  readonly records: readonly [number, number, number]
  readonly totalFen: number
  readonly patientFen: number
  readonly cashFen: number
  /** Fund and amount, layer by layer. */
  readonly funds: readonly (readonly [string, number])[]
}

/** The terms of a decision that was made on `snapshot`. */
export function termsOf(
  decision: Decision,
  snapshot: Snapshot,
  rest: Pick<QuoteTerms, 'claimHash' | 'institutionId' | 'expiresAt'>,
): QuoteTerms {
  const { totalFen, patientFen, cashFen } = decision.amounts
  const positions: [string, number][] = []
  for (const [subject, state] of snapshot.states) positions.push([subject, state.version])
  return {
    claimHash: rest.claimHash,
    institutionId: rest.institutionId,
    expiresAt: rest.expiresAt,
    packId: decision.packId,
    packHash: decision.packHash,
    catalogueHash: decision.catalogueHash,
    positions,
    records: recordVersions(snapshot),
    totalFen,
    patientFen,
    cashFen,
    funds: decision.funds.map(({ fund, payFen }) => [fund, payFen]),
  }
}

/** Whether booking `decision` would book what the quote promised. */
export function keepsTerms(terms: QuoteTerms, { amounts, funds }: Decision): boolean {
  return (
    terms.totalFen === amounts.totalFen &&
    terms.patientFen === amounts.patientFen &&
    terms.cashFen === amounts.cashFen &&
    terms.funds.length === funds.length &&
    terms.funds.every(
      ([fund, payFen], index) => funds[index]?.fund === fund && funds[index]?.payFen === payFen,
    )
  )
}

/** What moved between a quote and now, by name only. */
export function whatMoved(terms: QuoteTerms, decision: Decision, snapshot: Snapshot): string[] {
  const moved: string[] = []
  if (terms.packHash !== decision.packHash || terms.catalogueHash !== decision.catalogueHash) {
    moved.push('policy')
  }
  const versions = new Map(terms.positions)
  const movedStates = [...snapshot.states].filter(
    ([subject, { version }]) => versions.get(subject) !== version,
  )
  if (movedStates.some(([subject]) => !subject.startsWith('institution/'))) moved.push('person')
  const [person, institution, approval] = recordVersions(snapshot)
  if (terms.records[0] !== person || terms.records[2] !== approval) moved.push('registry')
  if (terms.records[1] !== institution) moved.push('institution')
  return moved
}

export function recordVersions(snapshot: Snapshot): readonly [number, number, number] {
  const { person, institution, approval } = snapshot
  return [person?.version ?? 0, institution?.version ?? 0, approval?.version ?? 0]
}
