import { accumulatorNames, BALANCE } from '../adjudicate/accumulators.ts'
import { insuranceOn, personFacts } from '../adjudicate/eligibility.ts'
import { accountSubject, personSubject } from '../adjudicate/snapshot.ts'
import type { CivilDate } from '../claim/claim.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import { accumulated, type SubjectState } from '../ledger/entry.ts'
import type { Plan } from '../policy/compile.ts'
import type { Facts } from '../policy/facts.ts'
import { packFor } from '../policy/policy.ts'
import { findRow } from '../policy/table.ts'
import { amountName } from './answer.ts'
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
  /** The year's accumulators by name, in fen or counts. */
  readonly used: Readonly<Record<string, number>>
}

export async function benefits(
  ports: CounterPorts,
  personId: string,
  on: CivilDate,
): Promise<BenefitsAnswer | Refusal> {
  const { state } = await ports.ledger.load(personSubject(personId))
  const registry = await ports.ledger.load(REGISTRY_SUBJECT)
  const person = ports.records.find('person', personId, state, registry.state)
  if (person === undefined) return refuse('person-not-found', 'No such person is registered.')
  const insurance = insuranceOn(person, on)
  if (insurance === undefined) return refuse('not-insured', `Not insured in any scheme on ${on}.`)
  const live = packFor(ports.policy(), insurance.homeDistrict, on)
  if (live === undefined) {
    return refuse('no-pack', `No policy pack covers the district ${insurance.homeDistrict}.`)
  }
  const { covers } = live.pack
  if (on < covers.from || on >= covers.until) {
    return refuse('no-rule-for-date', `The pack ${live.pack.id} has no values for ${on}.`)
  }
  const facts = personFacts(person, insurance, live.pack, on)
  const year = Number(on.slice(0, 4))
  const account = await ports.ledger.load(accountSubject(personId))
  const plans = live.pack.plans.filter((plan) => plan.scheme === insurance.scheme)
  return {
    personId,
    year,
    scheme: insurance.scheme,
    personVersion: state.version,
    remaining: {
      ...remainingOf(plans, facts, state, year, on),
      accountBalanceFen: accumulated(account.state, BALANCE),
    },
    used: usedIn(state, year),
  }
}

/** Caps that depend on the place of care have no one answer before there is care: left out. */
function remainingOf(
  plans: readonly Plan[],
  facts: Facts,
  state: SubjectState,
  year: number,
  on: CivilDate,
): Record<string, number> {
  const remaining: Record<string, number> = {}
  for (const { layers, careTypes } of plans) {
    for (const { fund, caps } of layers) {
      for (const cap of caps) {
        const found = findRow(cap.table, on, { ...facts, careType: careTypes[0]! })
        if (typeof found === 'string') continue
        const used = cap.benefits.reduce(
          (sum, benefit) => sum + accumulated(state, accumulatorNames(year, fund, benefit).paid),
          0,
        )
        const left = (found.result['capFen'] as number) - used
        remaining[amountName(cap.id)] = Math.max(0, left)
      }
    }
  }
  return remaining
}

function usedIn(state: SubjectState, year: number): Record<string, number> {
  const prefix = `${year}/`
  const used: Record<string, number> = {}
  for (const [name, amount] of [...state.accumulators].sort()) {
    if (name.startsWith(prefix)) used[name.slice(prefix.length)] = amount
  }
  return used
}
