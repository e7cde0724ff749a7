import { isRefusal } from '../../engine/claim/outcomes.ts'
import { withStanding } from '../../engine/counter/filed-records.ts'
import { FILINGS_SUBJECT, filingsOf, personsWithFilings } from '../../engine/counter/filings-of.ts'
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

  constructor(ports: Pick<CounterPorts, 'ledger' | 'records' | 'now'>, staging: Staging) {
    this.#ports = ports
    this.#staging = staging
  }

  /** Puts all that stands now; the guard holds as long as nothing more is filed or withdrawn. */
  async keep(): Promise<Guard> {
    const { asOf } = await this.#ports.ledger.load(FILINGS_SUBJECT)
    for await (const personId of personsWithFilings(this.#ports)) {
      const brought = this.#brought.get(personId) ?? this.#staging.person(personId)
      if (brought === undefined) continue
      this.#brought.set(personId, brought)
      const now = await findRecord(this.#ports, 'person', personId)
      const { standing } = await filingsOf(this.#ports, personId)
      const kept = isRefusal(now) ? brought : withStanding(brought, now, standing)
      this.#staging.replace(kept)
    }
    return { subject: FILINGS_SUBJECT, position: asOf }
  }
}
