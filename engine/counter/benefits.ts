import { BALANCE, yearName } from '../adjudicate/accumulators.ts'
import { benefitYears } from '../adjudicate/benefit-year.ts'
import { capsLeft } from '../adjudicate/caps.ts'
import { gradeInForce } from '../adjudicate/grade.ts'
import { runBeforeCare } from '../adjudicate/layer-run.ts'
import { insuranceForCare, personFacts } from '../adjudicate/person-facts.ts'
import { addDerivedFacts } from '../adjudicate/place-facts.ts'
import { accountSubject, personSubject } from '../adjudicate/snapshot.ts'
import { inYear, usageTime, type Workings } from '../adjudicate/workings.ts'
import type { CivilDate } from '../claim/claim.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import { accumulated, type SubjectState } from '../ledger/entry.ts'
import { ZERO_FEN } from '../money/fen.ts'
import type { Pack, Plan } from '../policy/compile.ts'
import { isLasting, isOnCost } from '../policy/compile-plan.ts'
import { packFor } from '../policy/policy.ts'
import type { Insurance, PersonRecord } from '../registry/records.ts'
import { amountName } from './answer.ts'
import { settlementAt } from './booked.ts'
import type { CounterPorts } from './ports.ts'
import { REGISTRY_SUBJECT } from './record-entry.ts'

/** A person's year: what was used, and what the caps still leave. */
export interface BenefitsAnswer {
  readonly personId: string
  readonly year: number
  readonly scheme: string
  readonly personVersion: number
  /** Cap → what it leaves, and `accountBalanceFen`. */
  readonly remaining: Readonly<Record<string, number>>
  /** The year's accumulators that count where the person is insured, by name, in fen or counts. */
  readonly used: Readonly<Record<string, number>>
}

export async function benefits(
  ports: CounterPorts,
  personId: string,
  on: CivilDate,
): Promise<BenefitsAnswer | Refusal> {
  const found = await yearOf(ports, personId, on)
  if (isRefusal(found)) return found
  const { state, insurance, pack, plans, years, year } = found
  const account = await ports.ledger.load(accountSubject(personId))
  return {
    personId,
    year,
    scheme: insurance.scheme,
    personVersion: state.version,
    remaining: {
      ...Object.assign({}, ...plans.map((plan, at) => remainingOf(plan, years[at]!))),
      accountBalanceFen: accumulated(account.state, BALANCE),
    },
    used: usedIn(state.accumulators, pack, yearName(year, years[0]?.startsInMonth)),
  }
}

/** What was used of a person's benefit year by the end of a day. */
export interface UsedUntil {
  readonly year: number
  readonly insurance: Insurance
  /** The year's accumulators by name, in fen or counts, as `BenefitsAnswer` has them. */
  readonly used: Readonly<Record<string, number>>
}

/** The year of `on` without the settlements that stand of care that ended later. */
export async function usedUntil(
  ports: CounterPorts,
  personId: string,
  on: CivilDate,
): Promise<UsedUntil | Refusal> {
  const found = await yearOf(ports, personId, on)
  if (isRefusal(found)) return found
  const { state, insurance, pack, years, year } = found
  const subject = personSubject(personId)
  const sums = new Map(state.accumulators)
  for (const position of state.live) {
    const { record } = settlementAt(ports, position)
    if (record.decision.discharge <= on) continue
    for (const delta of record.decision.deltas) {
      if (delta.subject !== subject) continue
      sums.set(delta.accumulator, (sums.get(delta.accumulator) ?? 0) - delta.amount)
    }
  }
  return { year, insurance, used: usedIn(sums, pack, yearName(year, years[0]?.startsInMonth)) }
}

interface PersonYear {
  readonly state: SubjectState
  readonly insurance: Insurance
  readonly pack: Pack
  readonly plans: readonly Plan[]
  /** By plan. */
  readonly years: readonly Workings[]
  readonly year: number
}

async function yearOf(
  ports: CounterPorts,
  personId: string,
  on: CivilDate,
): Promise<PersonYear | Refusal> {
  const { state } = await ports.ledger.load(personSubject(personId))
  const registry = await ports.ledger.load(REGISTRY_SUBJECT)
  const person = ports.records.find('person', personId, state, registry.state)
  if (person === undefined) return refuse('person-not-found', 'No such person is registered.')
  const insurance = insuranceForCare(person, on)
  if (insurance === undefined) return refuse('not-insured', `Not insured in any scheme on ${on}.`)
  const live = packFor(ports.policy(), insurance.homeDistrict, on)
  if (live === undefined) {
    return refuse('no-pack', `No policy pack covers the district ${insurance.homeDistrict}.`)
  }
  const { covers } = live.pack
  if (on < covers.from || on >= covers.until) {
    return refuse('no-rule-for-date', `The pack ${live.pack.id} has no values for ${on}.`)
  }
  const plans = live.pack.plans.filter((plan) => plan.scheme === insurance.scheme)
  const years = plans.map((plan) => beforeCare(person, insurance, live.pack, plan, on, state))
  const year = years[0]?.benefitYear ?? Number(on.slice(0, 4))
  return { state, insurance, pack: live.pack, plans, years, year }
}

/** What is known of a person and a day when there is no care yet. */
function beforeCare(
  person: PersonRecord,
  insurance: Insurance,
  pack: Pack,
  plan: Plan,
  on: CivilDate,
  state: SubjectState,
): Workings {
  const careType = plan.careTypes[0]!
  const claim = { personId: person.personId, institutionId: '', careType, lines: [] }
  const dates = { admission: on, discharge: on }
  const facts = personFacts(person, insurance, pack, dates, claim)
  const subject = personSubject(person.personId)
  const benefitYear = Number(on.slice(0, 4))
  const workings: Workings = {
    claim,
    dates,
    pack,
    facts,
    trace: [],
    snapshot: { person, states: new Map([[subject, state]]) },
    benefitYear,
    startsInMonth: 1,
    time: usageTime(pack, benefitYear, 1, dates, facts),
    subject,
    reads: [],
  }
  const grade = gradeInForce(workings, plan, insurance)
  if (!isRefusal(grade)) workings.facts.grade = grade
  addDerivedFacts(workings, plan, 'person')
  const years = benefitYears(workings, plan)
  return isRefusal(years) ? workings : inYear(workings, years.year, years.startsInMonth)
}

/** Caps that depend on the place of care have no one answer before there is care: left out. */
function remainingOf(plan: Plan, workings: Workings): Record<string, number> {
  const remaining: Record<string, number> = {}
  for (const layer of plan.layers) {
    for (const cap of layer.caps) {
      if (isOnCost(cap) || !isLasting(cap)) continue
      const uses = capsLeft(runBeforeCare(workings), layer, [cap], ZERO_FEN)
      if (isRefusal(uses)) continue
      for (const { leftFen } of uses) remaining[amountName(cap.id)] = leftFen
    }
  }
  return remaining
}

/** The sums that count for the pack, those of both forms together (see `otherName`). */
function usedIn(
  sums: ReadonlyMap<string, number>,
  { id }: Pack,
  year: string,
): Record<string, number> {
  const used = new Map<string, number>()
  for (const [name, amount] of sums) {
    for (const prefix of [`${year}/`, `${id}:${year}/`]) {
      if (!name.startsWith(prefix)) continue
      const short = name.slice(prefix.length)
      used.set(short, (used.get(short) ?? 0) + amount)
    }
  }
  return Object.fromEntries([...used].sort())
}
