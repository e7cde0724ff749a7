import { isRefusal } from '../../engine/claim/outcomes.ts'
import { withStanding } from '../../engine/counter/filed-records.ts'
import {
  FILINGS_SUBJECT,
  filingsOf,
  personsFiledForSince,
  personsWithFilings,
} from '../../engine/counter/filings-of.ts'
import type { CounterPorts } from '../../engine/counter/ports.ts'
import { findRecord } from '../../engine/counter/records.ts'
import type { Guard } from '../../engine/ledger/ports.ts'
import type { PersonRecord } from '../../engine/registry/records.ts'
import type { Staging } from '../sqlite/registry-staging.ts'

/** What institutions filed for persons, put onto the records that a file brings of them. */
export class KeptFilings {
  readonly #ports: Pick<CounterPorts, 'ledger' | 'records' | 'now'>
  readonly #staging: Staging
  /** Persons as the file has them: each round begins with these. */
  readonly #brought = new Map<string, PersonRecord>()
  /** Up to which position all filings have been put; nothing before the first round. */
  #upTo: number | undefined

  constructor(ports: Pick<CounterPorts, 'ledger' | 'records' | 'now'>, staging: Staging) {
    this.#ports = ports
    this.#staging = staging
  }

  /**
   * Puts all that stands now; the guard holds as long as nothing more is filed or withdrawn. The first
   * round looks at everybody and may take long: any later one looks at those who were filed for since, so
   * that one of them is over before the next filing.
   */
  async keep(): Promise<Guard> {
    const { asOf } = await this.#ports.ledger.load(FILINGS_SUBJECT)
    const persons =
      this.#upTo === undefined
        ? personsWithFilings(this.#ports)
        : personsFiledForSince(this.#ports, this.#upTo, asOf)
    for await (const personId of persons) await this.#keepOf(personId)
    this.#upTo = asOf
    return { subject: FILINGS_SUBJECT, position: asOf }
  }

  async #keepOf(personId: string): Promise<void> {
    const brought = this.#brought.get(personId) ?? this.#staging.person(personId)
    if (brought === undefined) return
    this.#brought.set(personId, brought)
    const now = await findRecord(this.#ports, 'person', personId)
    const { standing } = await filingsOf(this.#ports, personId)
    const kept = isRefusal(now) ? brought : withStanding(brought, now, standing)
    this.#staging.replace(kept)
  }
}
