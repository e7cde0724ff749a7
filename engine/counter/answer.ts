import { chinaTime } from '../calendar/china-time.ts'
import { type Amounts, type Decision, isLookup, type TraceStep } from '../claim/decision.ts'
import { settlementId } from '../claim/ids.ts'
import { remembered } from '../claim/remembered.ts'
import { negated } from '../money/fen.ts'
import type { Value } from '../policy/table.ts'

/**
 * The decision as integrators see it (adapters/http/schemas.ts names every field). A pure function of
 * what the journal keeps, so that the first answer and every later reading are the same bytes.
 */
export interface DecisionAnswer {
  readonly quoteId?: string
  readonly settlementId?: string
  readonly requestId?: string
  readonly status: 'quoted' | 'settled' | 'reversed'
  readonly policy: { readonly pack: string; readonly hash: string; readonly knownAt: string }
  readonly scheme: string
  readonly benefitYear: number
  readonly personVersion: number
  readonly amounts: Amounts
  readonly funds: Decision['funds']
  readonly lines: Decision['lines']
  readonly trace: readonly TraceAnswer[]
  readonly remaining: Readonly<Record<string, number>>
  readonly clearing: Decision['clearing'] & { readonly clearingMonth?: string }
  readonly settledAt?: string
  readonly reversalOf?: string
  readonly reversedBy?: string
}

export interface TraceAnswer {
  readonly step: string
  readonly layer?: string
  readonly table?: string
  readonly row?: number
  readonly from?: string
  readonly until?: string
  readonly reference?: string
  readonly standing?: string
  readonly inputs: Readonly<Record<string, Value>>
  readonly result: Readonly<Record<string, Value>>
}

/** A quote's answer. */
export function quoteAnswer(
  decision: Decision,
  quoteId: string,
  personVersion: number,
): DecisionAnswer {
  return { quoteId, status: 'quoted', ...decisionAnswer(decision, personVersion) }
}

/** A settlement's answer; `position` is where the journal keeps it. */
export function settlementAnswer(
  decision: Decision,
  requestId: string,
  position: number,
  bookedAt: number,
): DecisionAnswer {
  const settledAt = chinaTime(bookedAt)
  const answer = decisionAnswer(decision, position)
  return {
    settlementId: settlementId(position),
    requestId,
    status: 'settled',
    ...answer,
    clearing: { ...answer.clearing, clearingMonth: settledAt.slice(0, 7) },
    settledAt,
  }
}

function decisionAnswer(decision: Decision, personVersion: number): Omit<DecisionAnswer, 'status'> {
  const { packId, packHash, knownAt } = decision
  return {
    policy: { pack: packId, hash: packHash, knownAt: knownAtText(knownAt) },
    scheme: decision.scheme,
    benefitYear: decision.benefitYear,
    personVersion,
    amounts: decision.amounts,
    funds: decision.funds,
    lines: decision.lines,
    trace: decision.trace.map((step) => traceAnswer(packId, step)),
    remaining: remainingOf(decision),
    clearing: decision.clearing,
  }
}

export function traceAnswer(packId: string, step: TraceStep): TraceAnswer {
  if (!isLookup(step)) return step
  const { table, period, row, result, inputs } = step
  const mark = period.marks[row]!
  const named: Record<string, Value> = {}
  for (let i = 0; i < table.dimensions.length; i++) named[table.dimensions[i]!.name] = inputs[i]!
  const answer: { -readonly [K in keyof TraceAnswer]: TraceAnswer[K] } = {
    step: step.step,
    table: `${packId}/${table.name}`,
    row: row + 1,
    from: period.from,
    until: period.until,
    standing: mark.standing,
    inputs: named,
    result,
  }
  if (step.layer !== undefined) answer.layer = step.layer
  if (mark.reference !== undefined) answer.reference = mark.reference
  return answer
}

function remainingOf({ remaining }: Decision): Record<string, number> {
  const named: Record<string, number> = {}
  for (const { cap, leftFen } of remaining) named[amountName(cap)] = leftFen
  return named
}

/** Answers repeat the times and names of a few packs over and over; each is written once. */
export const knownAtText = remembered(chinaTime)

/** `resident-pool` → `residentPoolFen`. */
export const amountName = remembered((name: string): string => {
  const camel = name.replace(/[-/](.)/g, (_, letter: string) => letter.toUpperCase())
  return `${camel}Fen`
})

/** The exact negation of every amount: what a reversal books. */
export function negatedSums({
  amounts,
  funds,
  lines,
}: Pick<Decision, 'amounts' | 'funds' | 'lines'>) {
  const all = Object.entries(amounts) as [keyof Amounts, Amounts['totalFen']][]
  return {
    amounts: Object.fromEntries(
      all.map(([name, amount]) => [name, negated(amount)]),
    ) as unknown as Amounts,
    funds: funds.map(({ fund, layer, baseFen, payFen, segments }) => ({
      fund,
      layer,
      baseFen: negated(baseFen),
      payFen: negated(payFen),
      segments: segments.map((segment) => ({
        ...segment,
        baseFen: negated(segment.baseFen),
        payFen: negated(segment.payFen),
      })),
    })),
    lines: lines.map((line) => ({
      ...line,
      amountFen: negated(line.amountFen),
      ownPayFen: negated(line.ownPayFen),
      overLimitFen: negated(line.overLimitFen),
      firstSelfPayFen: negated(line.firstSelfPayFen),
      inScopeFen: negated(line.inScopeFen),
    })),
  }
}
