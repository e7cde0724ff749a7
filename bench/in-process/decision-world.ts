import { join } from 'node:path'
import { projectRoot } from '../../adapters/cli/project-root.ts'
import { loadCalendar } from '../../adapters/packs/load-calendar.ts'
import { loadPacks } from '../../adapters/packs/load-pack.ts'
import { adjudicate } from '../../engine/adjudicate/adjudicate.ts'
import { accountSubject, type Snapshot } from '../../engine/adjudicate/snapshot.ts'
import type { Claim } from '../../engine/claim/claim.ts'
import type { Decision } from '../../engine/claim/decision.ts'
import { isRefusal, type Refusal } from '../../engine/claim/outcomes.ts'
import { snapshotOf, subjectsOf } from '../../engine/counter/gather.ts'
import type { Records } from '../../engine/counter/record-entry.ts'
import { EMPTY_STATE, type Subject, type SubjectState } from '../../engine/ledger/entry.ts'
import { compilePack, type Pack } from '../../engine/policy/compile.ts'
import { buildCatalogue } from '../../engine/policy/open-catalogue.ts'
import type { Policy } from '../../engine/policy/policy.ts'
import type { InstitutionRecord, PersonRecord } from '../../engine/registry/records.ts'
import { catalogueRows } from '../../fixtures/catalogue.ts'
import { type ClaimOptions, claimAt } from '../../fixtures/claims.ts'
import { makeWorld, type Scale, type World } from '../../fixtures/world.ts'
import { SEED } from '../data-folders.ts'

/** A claim with everything that deciding it may read. */
export interface Decidable {
  readonly claim: Claim
  readonly snapshot: Snapshot
}

/** The generated city with the shipped packs and its catalogue, in memory. */
export class DecisionWorld {
  readonly policy: Policy
  readonly #world: World
  readonly #institutions: ReadonlyMap<string, InstitutionRecord>

  constructor(scale: Scale) {
    const rules = join(projectRoot(), 'rules')
    const { packs, problems } = loadPacks(rules)
    if (problems[0] !== undefined)
      throw new Error(`the rules cannot be read: ${problems[0].message}`)
    const live = packs.map(({ source, hash }) => {
      const { pack, faults } = compilePack(source, hash)
      if (faults[0] !== undefined) throw new Error(`${source.id}: ${faults[0].message}`)
      return { pack, knownAt: 0 }
    })
    this.#world = makeWorld({ scale, seed: SEED })
    this.#institutions = new Map(this.#world.institutions.map((at) => [at.institutionId, at]))
    const rows = [...catalogueRows(SEED, this.#world.catalogue)]
    const ids = new Set(live.map(({ pack }) => pack.catalogueId))
    this.policy = {
      packs: live,
      catalogues: new Map([...ids].map((id) => [id, buildCatalogue(id, HASH, rows).catalogue])),
      calendar: loadCalendar(rules).calendar,
    }
  }

  /** The pack of the city that the world is made for. */
  get ownPack(): Pack {
    const district = this.#world.districts[0]!.code
    return this.policy.packs.find(({ pack }) => pack.districts.has(district))!.pack
  }

  /**
   * The world's first claims that the pack pays on, `count` of them. For another city the same
   * people and hospitals are put into its districts. Throws when the pack refuses nearly all.
   */
  decidable(pack: Pack, count: number, options: ClaimOptions): Decidable[] {
    const found: Decidable[] = []
    const triesMax = 20 * count + 200
    let last: Refusal | undefined
    for (let n = 0; found.length < count && n < triesMax; n++) {
      const decidable = this.#decidableOf(received(claimAt(this.#world, n, options).claim), pack)
      const decision = this.decide(decidable)
      if (isRefusal(decision)) last = decision
      else found.push(decidable)
    }
    if (found.length < count) {
      throw new Error(
        `${pack.id}: ${found.length} of ${triesMax} claims are paid; ${last?.refused}`,
      )
    }
    return found
  }

  decide({ claim, snapshot }: Decidable): Decision | Refusal {
    return adjudicate(claim, snapshot, this.policy)
  }

  #decidableOf(claim: Claim, pack: Pack): Decidable {
    const districts = this.#districtsIn(pack)
    const person = moved(personOf(this.#world, claim.personId), districts)
    const institution = this.#institutions.get(claim.institutionId)!
    const records = {
      person: person,
      institution: { ...institution, district: districts(institution.district) },
      approval: undefined,
    }
    const find = (kind: keyof Records) => records[kind] as never
    const states = new Map<Subject, SubjectState>(
      subjectsOf(claim).map((subject) => [subject, EMPTY_STATE]),
    )
    if (claim.account !== undefined) {
      const accumulators = new Map([['balance', BALANCE_FEN]])
      states.set(accountSubject(claim.personId), { ...EMPTY_STATE, version: 1, accumulators })
    }
    return { claim, snapshot: snapshotOf({ find }, claim, states, undefined) }
  }

  #districtsIn({ districts }: Pack): (district: string) => string {
    const there = [...districts.keys()]
    const own = this.#world.districts.map(({ code }) => code)
    return (district) =>
      districts.has(district) ? district : there[own.indexOf(district) % there.length]!
  }
}

const HASH = '1'.repeat(64)
const BALANCE_FEN = 100_000

/**
 * A claim as it comes off the wire. One that was just put together lies scattered in memory, among
 * all that was made on the way, and costs several times as much to read through.
 */
function received(claim: Claim): Claim {
  return JSON.parse(JSON.stringify(claim)) as Claim
}

function moved(person: PersonRecord, districts: (district: string) => string): PersonRecord {
  const insurances = person.insurances.map((insurance) => ({
    ...insurance,
    homeDistrict: districts(insurance.homeDistrict),
  }))
  return { ...person, insurances }
}

/** Ids ascend with the number. */
function personOf({ people }: World, personId: string): PersonRecord {
  let low = 0
  let high = people.count - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (people.idAt(middle) < personId) low = middle + 1
    else high = middle
  }
  return people.at(low)
}
