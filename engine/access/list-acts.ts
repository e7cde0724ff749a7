import { chinaDate, dayBegins } from '../calendar/china-time.ts'
import { daysLater } from '../calendar/civil-days.ts'
import type { CivilDate } from '../claim/claim.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import { activationAt, POLICY_SUBJECT } from '../counter/activations.ts'
import { changedIn, minutesBackFrom } from '../counter/record-changes.ts'
import { REGISTRY_SUBJECT, unpackImport, unpackRecord } from '../counter/record-entry.ts'
import type { Subject } from '../ledger/entry.ts'
import { ACTS_SUBJECT, type Act, actsBackFrom } from './acts.ts'
import { daysFault, type ListPorts, type Page, ROWS_MAX } from './list-reads.ts'
import type { Role } from './roles.ts'

/** Which acts are asked for; what is absent does not matter. */
export interface ActsAsked {
  /** Days in China: the first one, and the first one that is not asked for. */
  readonly from: CivilDate
  readonly until: CivilDate
  /** Who acted. */
  readonly by?: string
  /** What it was done to, such as `key/<id>`, `policy` or `person/<id>`. */
  readonly subject?: Subject
  /** `next` of the page before; the last acts come first. */
  readonly after?: string
}

/**
 * An administrative act, or an entry that is one by what it does: `policy-activated`,
 * `import-applied` and `record-changed`, which say who did it and not in which role.
 */
export interface ListedAct extends Pick<Act, 'position' | 'at' | 'act' | 'subject' | 'details'> {
  readonly by: { readonly role?: Role; readonly id: string }
}

/** Acts of one kind, the last first. */
type Source = AsyncIterator<ListedAct> | Iterator<ListedAct>

/** Acts that are looked at for one page, and without a pause. */
const LOOKED_MAX = 20_000
const AT_ONCE = 200
/** Clocks of several threads, and one that is set back a little: so much earlier may an act stand. */
const ASTRAY_MS = 3_600_000

/** What was done to the engine itself, by whom: all kinds of acts together in their order. */
export async function listActs(
  ports: ListPorts,
  { from, until, by, subject, after }: ActsAsked,
): Promise<Page<ListedAct> | Refusal> {
  const fault = daysFault(from, until)
  if (fault !== undefined) return fault
  if (after !== undefined && !/^\d{1,15}$/.test(after)) {
    return refuse('invalid-request', '`after` is not the `next` of such a list.', {
      errors: [{ pointer: '/after', code: 'wrong-form' }],
    })
  }
  const before = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after)
  const [begins, ends] = [dayBegins(from), dayBegins(until)]
  const rows: ListedAct[] = []
  let looked = 0
  const last = after === undefined ? undefined : ports.ledger.entry(before - 1)
  const goesOn = last?.bookedAt ?? ends
  const days = { from, until: nextDay(chinaDate(Math.min(goesOn + ASTRAY_MS, ends - 1))) }
  for await (const act of inOrder(sourcesOf(ports, subject, days), begins - ASTRAY_MS)) {
    if (rows.length === ROWS_MAX || looked >= LOOKED_MAX) {
      return { rows, next: String(act.position + 1) }
    }
    if (act.position >= before) continue
    looked += 1
    if (looked % AT_ONCE === 0) await ports.pause()
    const isAsked =
      begins <= act.at &&
      act.at < ends &&
      (by === undefined || act.by.id === by) &&
      (subject === undefined || act.subject === subject)
    if (isAsked) rows.push(act)
  }
  return { rows }
}

function nextDay(day: CivilDate): CivilDate {
  return daysLater(day, 1)
}

/** Of all sources the last act first; a source ends before an act of earlier than `begins`. */
async function* inOrder(sources: readonly Source[], begins: number): AsyncGenerator<ListedAct> {
  const next = async (source: Source) => {
    const { value, done } = await source.next()
    return done === true || value.at < begins ? undefined : { source, act: value as ListedAct }
  }
  const heads = (await Promise.all(sources.map(next))).filter((head) => head !== undefined)
  while (heads.length > 0) {
    heads.sort((one, other) => one.act.position - other.act.position)
    const { source, act } = heads.pop()!
    yield act
    const following = await next(source)
    if (following !== undefined) heads.push(following)
  }
}

function sourcesOf(
  ports: ListPorts,
  subject: Subject | undefined,
  days: { readonly from: CivilDate; readonly until: CivilDate },
): Source[] {
  if (subject === undefined) {
    return [allActs(ports), activations(ports), imports(ports), recordsChanged(ports, days)]
  }
  return [actsOn(ports, subject), activations(ports), imports(ports), changesOf(ports, subject)]
}

async function* allActs({ ledger }: ListPorts): AsyncGenerator<ListedAct> {
  const { state } = await ledger.load(ACTS_SUBJECT)
  yield* shown(actsBackFrom(ledger, state.version, 'previousOfAll'))
}

async function* actsOn({ ledger }: ListPorts, subject: Subject): AsyncGenerator<ListedAct> {
  const { state } = await ledger.load(subject)
  if (ledger.entry(state.record)?.kind !== 'administrative-act') return
  yield* shown(actsBackFrom(ledger, state.record, 'previous'))
}

/** Of each act what anybody may see: not what is kept of secrets. */
function* shown(acts: Iterable<Act>): Generator<ListedAct> {
  for (const { position, at, by, act, subject, details } of acts) {
    yield { position, at, by, act, subject, details }
  }
}

async function* activations({ ledger }: ListPorts): AsyncGenerator<ListedAct> {
  const { state } = await ledger.load(POLICY_SUBJECT)
  let found = activationAt(ledger, state.version)
  while (found !== undefined) {
    const { position, at, by, cause, before, inForce, proposal } = found
    yield {
      position,
      at,
      by: { id: by },
      act: 'policy-activated',
      subject: POLICY_SUBJECT,
      details: { cause, ...(proposal && { proposal: proposal.id }), ...inForce },
    }
    found = activationAt(ledger, before)
  }
}

/** Of records; balances are booked without being chained, so that an act stands beside them. */
async function* imports({ ledger }: ListPorts): AsyncGenerator<ListedAct> {
  const { state } = await ledger.load(REGISTRY_SUBJECT)
  for (let position = state.record; position > 0; ) {
    const entry = ledger.entry(position)!
    const { kind, hash, records, previous } = unpackImport(entry)
    yield {
      position,
      at: entry.bookedAt,
      by: { id: entry.source },
      act: 'import-applied',
      subject: `import/${kind}`,
      details: { hash, records },
    }
    position = previous
  }
}

async function* recordsChanged(
  { ledger }: ListPorts,
  { from, until }: { readonly from: CivilDate; readonly until: CivilDate },
): AsyncGenerator<ListedAct> {
  let waiting: ListedAct[] = []
  for await (const minute of minutesBackFrom(ledger, from, until)) {
    const due = waiting.length
    const changed = await changedIn(ledger, minute)
    // Threads stamp before they append: of two minutes beside each other the earlier may come later.
    waiting.push(...changed.map((at) => recordChange({ ledger }, at)))
    waiting.sort((one, other) => other.position - one.position)
    yield* waiting.slice(0, due)
    waiting = waiting.slice(due)
  }
  yield* waiting
}

async function* changesOf({ ledger }: ListPorts, subject: Subject): AsyncGenerator<ListedAct> {
  const { state } = await ledger.load(subject)
  for (let position = state.record; position > 0; ) {
    const entry = ledger.entry(position)!
    if (entry.kind !== 'registry-change') return
    yield recordChange({ ledger }, position)
    position = unpackRecord(entry).previous
  }
}

function recordChange({ ledger }: Pick<ListPorts, 'ledger'>, position: number): ListedAct {
  const entry = ledger.entry(position)!
  const { kind, replaces } = unpackRecord(entry)
  return {
    position,
    at: entry.bookedAt,
    by: { id: entry.source },
    act: 'record-changed',
    subject: entry.subjects[0]!,
    details: { kind, replaces },
  }
}
