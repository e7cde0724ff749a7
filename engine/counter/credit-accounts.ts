import { recordAct } from '../access/acts.ts'
import {
  type AccountCredit,
  accountCredit,
  isPassedOver,
  type Month,
  type NoCredit,
} from '../adjudicate/account-credit.ts'
import { personSubject } from '../adjudicate/snapshot.ts'
import type { Entry } from '../ledger/entry.ts'
import type { Guard } from '../ledger/ports.ts'
import { type Fen, plus, ZERO_FEN } from '../money/fen.ts'
import type { Policy } from '../policy/policy.ts'
import { creditEntry, creditKey } from './credit-record.ts'
import type { CounterPorts } from './ports.ts'
import { REGISTRY_SUBJECT } from './record-entry.ts'
import type { Registry } from './registry.ts'

/** The monthly credits that are asked for. Plain data: it travels to another thread. */
export interface CreditRequest {
  readonly month: Month
  /** Everybody who is registered, when absent. */
  readonly personIds?: readonly string[]
  /** Work everything out and book nothing. */
  readonly dryRun: boolean
  /** Who asks. */
  readonly source: string
}

/** What came of it so far; in a dry run, what would. */
export interface CreditTally {
  /** Looked at so far. */
  readonly persons: number
  readonly credited: number
  /** Of those credited now. */
  readonly amountFen: Fen
  /** Credited for this month before. */
  readonly before: number
  /** Reason → persons. */
  readonly passedOver: Readonly<Record<string, number>>
}

/** What crediting needs of the world. */
export interface CreditPorts extends Pick<CounterPorts, 'ledger' | 'records' | 'now'> {
  readonly registry: Pick<Registry, 'persons'>
  /** Decides from the beginning to the end, whatever is put in force meanwhile. */
  readonly policy: Pick<Policy, 'packs'>
  /** Waits a moment while the ledger has too much to do. */
  pause(): Promise<void>
  onProgress?(tally: CreditTally): void
  /** What came of one person. */
  onPerson?(personId: string, outcome: AccountCredit | NoCredit | 'before'): void
}

/** Booked in one commit; a cashier's settlement waits for one such commit at most. */
const PERSONS_PER_COMMIT = 200
/** Rather wait than let the fold fall behind: cashiers are shed when it is too far. */
const FOLD_LAG_MAX = 5_000
const PERSONS_PER_PAGE = 5_000

export const NOTHING_YET: CreditTally = {
  persons: 0,
  credited: 0,
  amountFen: ZERO_FEN,
  before: 0,
  passedOver: {},
}

/**
 * Credits the accounts of all registered persons, or of those named, each once a month however often
 * it is called: whatever ended it on the way, called again it books the rest. Rejects when the ledger
 * stops or its outcome cannot be known.
 */
export async function creditAccounts(
  ports: CreditPorts,
  request: CreditRequest,
): Promise<CreditTally> {
  const { month, dryRun, personIds, source } = request
  const acted = (act: string, details: object) =>
    recordAct(
      ports.ledger,
      {
        by: { role: 'agency', id: source },
        act,
        subject: `account-credits/${month}`,
        details: { dryRun, ...details },
      },
      ports,
    )
  await acted('credits-begun', { named: personIds?.length ?? 'all' })
  let tally = NOTHING_YET
  for await (const page of pages(ports, request)) {
    for (let at = 0; at < page.length; at += PERSONS_PER_COMMIT) {
      const persons = page.slice(at, at + PERSONS_PER_COMMIT)
      tally = added(tally, await creditSome(ports, request, persons), ports.onPerson)
      ports.onProgress?.(tally)
      await waitForFold(ports)
    }
  }
  await acted('credits-ended', tally)
  return tally
}

async function* pages(
  ports: CreditPorts,
  { personIds }: CreditRequest,
): AsyncGenerator<readonly string[]> {
  if (personIds !== undefined) return yield [...new Set(personIds)]
  const { ledger, records, registry } = ports
  for (let after = ''; ; ) {
    // Some came with an import, others with a change of their own, which gave them a state.
    const { state } = await ledger.load(REGISTRY_SUBJECT)
    const imported = registry.persons(after, PERSONS_PER_PAGE, records.liveImports(state))
    const prefix = personSubject('')
    const changed = await ledger.subjects(prefix, personSubject(after), PERSONS_PER_PAGE)
    const all = new Set([...imported, ...changed.map((subject) => subject.slice(prefix.length))])
    const page = [...all].sort().slice(0, PERSONS_PER_PAGE)
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    after = last
  }
}

type Outcome = AccountCredit | NoCredit | 'before'

/** Decides on the records as they are and books all credits in one commit. */
async function creditSome(
  ports: CreditPorts,
  { month, dryRun, source }: CreditRequest,
  personIds: readonly string[],
): Promise<ReadonlyMap<string, Outcome>> {
  const { ledger } = ports
  for (;;) {
    const keys = await Promise.all(personIds.map((id) => ledger.findKey(creditKey(month, id))))
    const registry = await ledger.load(REGISTRY_SUBJECT)
    const guards: Guard[] = [{ subject: REGISTRY_SUBJECT, position: registry.asOf }]
    const entries: Entry[] = []
    const outcomes = new Map<string, Outcome>()
    const own = await Promise.all(personIds.map((id) => ledger.load(personSubject(id))))
    for (const [at, personId] of personIds.entries()) {
      if (keys[at] !== undefined) {
        outcomes.set(personId, 'before')
        continue
      }
      const { state, asOf } = own[at]!
      const person = ports.records.find('person', personId, state, registry.state)
      const outcome: Outcome =
        person === undefined
          ? { passedOver: 'person-not-found' }
          : accountCredit(person, month, ports.policy)
      outcomes.set(personId, outcome)
      if (person === undefined || isPassedOver(outcome)) continue
      entries.push(creditEntry(outcome, month, person, source, ports.now()))
      guards.push({ subject: personSubject(personId), position: asOf })
    }
    if (dryRun || entries.length === 0) return outcomes
    const result = await ledger.append({ entries, guards })
    if (result.outcome === 'appended') return outcomes
    if (result.outcome === 'shed') {
      if (result.reason === 'stopping') throw new Error('the ledger is stopping')
      await ports.pause()
    }
    // Somebody else credited one of them, or a record was changed: all of them are decided again.
  }
}

async function waitForFold({ ledger, pause }: CreditPorts): Promise<void> {
  for (;;) {
    const { head, folded } = ledger.status()
    if (head - folded <= FOLD_LAG_MAX) return
    await pause()
  }
}

function added(
  tally: CreditTally,
  outcomes: ReadonlyMap<string, Outcome>,
  onPerson: CreditPorts['onPerson'],
): CreditTally {
  let { persons, credited, amountFen, before } = tally
  const passedOver = { ...tally.passedOver }
  for (const [personId, outcome] of outcomes) {
    onPerson?.(personId, outcome)
    persons += 1
    if (outcome === 'before') before += 1
    else if (isPassedOver(outcome)) {
      passedOver[outcome.passedOver] = (passedOver[outcome.passedOver] ?? 0) + 1
    } else {
      credited += 1
      amountFen = plus(amountFen, outcome.amountFen)
    }
  }
  return { persons, credited, amountFen, before, passedOver }
}
