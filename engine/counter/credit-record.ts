import type { AccountCredit, Month } from '../adjudicate/account-credit.ts'
import { BALANCE } from '../adjudicate/accumulators.ts'
import { accountSubject } from '../adjudicate/snapshot.ts'
import { chinaTime } from '../calendar/china-time.ts'
import type { TraceStep } from '../claim/decision.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import type { Entry, MessageKey } from '../ledger/entry.ts'
import { ownEntry } from '../ledger/own-entry.ts'
import type { Fen } from '../money/fen.ts'
import { type TraceAnswer, traceAnswer } from './answer.ts'
import { entryAt } from './booked.ts'
import { packStep, unpackStep } from './packed-step.ts'
import type { CounterPorts } from './ports.ts'

/** The layout of the packed form; a change of it gets a new number and keeps the old reader. */
const LAYOUT = 1

/** The key under which an account is credited for a month, once. */
export function creditKey(month: Month, personId: string): MessageKey {
  return `account-credit/${month}/${personId}`
}

/** Credits the account; keeps what decided: the pack, the version of the record, the rows. */
export function creditEntry(
  credit: AccountCredit,
  month: Month,
  person: { readonly personId: string; readonly version: number },
  source: string,
  now: number,
): Entry {
  const { packId, packHash, scheme, amountFen, trace } = credit
  const subject = accountSubject(person.personId)
  const content = [
    LAYOUT,
    month,
    person.version,
    [packId, packHash],
    scheme,
    amountFen,
    trace.map(packStep),
  ]
  return ownEntry({
    kind: 'account-credit',
    bookedAt: now,
    source,
    keys: [creditKey(month, person.personId)],
    subjects: [subject],
    deltas: [{ subject, accumulator: BALANCE, amount: amountFen }],
    content,
  })
}

/** A credit as the journal keeps it, for whoever asks later what it rested on. */
export interface CreditAnswer {
  readonly personId: string
  readonly month: Month
  readonly amountFen: Fen
  readonly scheme: string
  readonly personVersion: number
  readonly policy: { readonly pack: string; readonly hash: string }
  readonly trace: readonly TraceAnswer[]
  readonly creditedAt: string
  readonly creditedBy: string
}

/** What the account was credited with for the month, and why; a 404 where it was not. */
export async function findCredit(
  ports: Pick<CounterPorts, 'ledger' | 'packByHash'>,
  month: Month,
  personId: string,
): Promise<CreditAnswer | Refusal> {
  const position = await ports.ledger.findKey(creditKey(month, personId))
  if (position === undefined) {
    return refuse('record-not-found', `The account is not credited for ${month}.`)
  }
  const entry = entryAt(ports, position)
  const [layout, , personVersion, [packId, packHash], scheme, amountFen, steps] = entry.content as [
    number,
    Month,
    number,
    [string, string],
    string,
    Fen,
    unknown[],
  ]
  if (layout !== LAYOUT) throw new Error(`a credit is packed in an unknown layout: ${layout}`)
  const pack = ports.packByHash(packHash)
  if (pack === undefined) {
    throw new Error(`the pack ${packId} ${packHash} is not in the data folder`)
  }
  const trace = steps.map((step): TraceStep => unpackStep(step, pack))
  return {
    personId,
    month,
    amountFen,
    scheme,
    personVersion,
    policy: { pack: packId, hash: packHash },
    trace: trace.map((step) => traceAnswer(packId, step)),
    creditedAt: chinaTime(entry.bookedAt),
    creditedBy: entry.source,
  }
}
