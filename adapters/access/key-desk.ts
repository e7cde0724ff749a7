import {
  issueKey,
  type Key,
  type NewKey,
  revokeKey,
  rotateKey,
  standingOf,
} from '../../engine/access/keys.ts'
import type { Role } from '../../engine/access/roles.ts'
import { isRefusal, type Refusal } from '../../engine/claim/outcomes.ts'
import type { Requester } from '../../engine/counter/ports.ts'
import type { AccessDesk } from './access-desk.ts'
import { makeShownKey, makeSigningKey } from './key-secrets.ts'

export interface KeyRequest {
  readonly role: Role
  /** The institution, or the name of the system. */
  readonly holder: string
  /** Whether it is never sent and signs requests instead. */
  readonly signed?: boolean
  /** Ms since 1970; without it the key is good until it is revoked or replaced. */
  readonly until?: number
}

export interface RotationRequest {
  /** How long the old key stays good beside the new one, in hours; 0: not at all. */
  readonly overlapHours?: number
  /** When the new one ends, ms since 1970. */
  readonly until?: number
}

/** A key as its keeper sees it; instants in ms since 1970. */
export interface KeyView extends Omit<Key, 'proof' | 'position'> {
  readonly standing: ReturnType<typeof standingOf>
  /** Requests are signed with it; otherwise it is shown. */
  readonly signed: boolean
}

/** A new key and, this once, the key itself. */
export interface HandedOut extends KeyView {
  readonly key: string
}

const HOUR_MS = 3_600_000
/** A week: long enough for somebody to change a setting in every system of a hospital. */
const OVERLAP_HOURS = 168

/** Issuing, replacing and revoking keys. */
export class KeyDesk {
  readonly #desk: AccessDesk
  readonly #serverKey: Uint8Array
  readonly #now: () => number

  constructor(desk: AccessDesk, { serverKey, now }: { serverKey: Uint8Array; now: () => number }) {
    this.#desk = desk
    this.#serverKey = serverKey
    this.#now = now
  }

  async issue(
    { role, holder, signed = false, until }: KeyRequest,
    by: Requester,
  ): Promise<HandedOut | Refusal> {
    const { id, proof, text } = this.#make(signed)
    const asked: NewKey = {
      id,
      proof,
      holder: { role, id: holder },
      ...(until === undefined ? {} : { until }),
    }
    const done = await this.#desk.act(({ staff }, now) => issueKey(asked, { by, now, staff }))
    return isRefusal(done) ? done : { ...this.#view(id), key: text }
  }

  async rotate(
    oldId: Key['id'],
    { overlapHours = OVERLAP_HOURS, until }: RotationRequest,
    by: Requester,
  ): Promise<HandedOut | Refusal> {
    const isSigning = this.#desk.access.keys.get(oldId)?.proof.kind === 'signs'
    const { id, proof, text } = this.#make(isSigning)
    const done = await this.#desk.act(({ keys }, now) => {
      const oldUntil = now + overlapHours * HOUR_MS
      const asked = { id, proof, oldUntil, ...(until === undefined ? {} : { until }) }
      return rotateKey(keys.get(oldId), asked, { by, now })
    })
    return isRefusal(done) ? done : { ...this.#view(id), key: text }
  }

  /** No thread lets the key in any more when this resolves; what it had in work ends as it would. */
  async revoke(id: Key['id'], by: Requester): Promise<KeyView | Refusal> {
    const done = await this.#desk.act(({ keys }) => revokeKey(keys.get(id), { by }))
    return isRefusal(done) ? done : this.#view(id)
  }

  /** All that ever were issued, the oldest first. */
  list(): readonly KeyView[] {
    return [...this.#desk.access.keys.keys()].map((id) => this.#view(id))
  }

  #make(signed: boolean) {
    return signed ? makeSigningKey(this.#serverKey) : makeShownKey(this.#serverKey)
  }

  #view(id: Key['id']): KeyView {
    const { proof, position, ...key } = this.#desk.access.keys.get(id)!
    return {
      ...key,
      standing: standingOf({ ...key, proof, position }, this.#now()),
      signed: proof.kind === 'signs',
    }
  }
}
