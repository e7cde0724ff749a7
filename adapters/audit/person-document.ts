import { PersonTrail } from '../../engine/audit/person-trail.ts'
import { REGISTRY_SUBJECT, unpackImport } from '../../engine/counter/record-entry.ts'
import type { ReplayPorts } from '../../engine/replay/ports.ts'
import type { RegistryStore } from '../sqlite/registry-store.ts'

const FORMAT = 'yizhan-person-1'

/** Where everything about a person is read from. */
export interface PersonSources extends Pick<RegistryStore, 'credentials' | 'versions'> {
  readonly journal: Pick<ReplayPorts, 'entries' | 'packByHash'>
  /** The last position of the journal that is read. */
  readonly head: number
}

/** How much was kept of a person. */
export interface PersonKept {
  /** Entries of the journal. */
  readonly entries: number
  /** Whether there was anything at all, in the journal or in the registry. */
  readonly isKnown: boolean
}

/**
 * Everything that is kept about one person as one JSON document, piece by piece: what the registry
 * has, what the journal has, entry by entry, and what it adds up to. Of the registry that is what an
 * import brought that the journal made live: a process that died may have left more there. Credentials
 * are opened for whoever may see them; the others see of which kind they are.
 */
export function* personDocument(
  personId: string,
  { journal, head, credentials, versions }: PersonSources,
  opensCredentials: boolean,
): Generator<string, PersonKept> {
  const begin = { format: FORMAT, personId, upTo: head }
  yield `${JSON.stringify(begin).slice(0, -1)},"entries":[`
  const trail = new PersonTrail(personId, (hash) => journal.packByHash(hash))
  let [entries, lastLive] = [0, 0]
  for (const placed of journal.entries()) {
    const { kind, subjects } = placed.entry
    // What a demo begins with, and balances, bring no records.
    if (kind === 'import-activation' && subjects.includes(REGISTRY_SUBJECT)) {
      lastLive = unpackImport(placed.entry).importNumber
    }
    const trace = trail.follow(placed)
    if (trace === undefined) continue
    yield `${entries === 0 ? '' : ','}\n${JSON.stringify(trace)}`
    entries += 1
  }
  const accumulated = Object.fromEntries(
    [...trail.states].map(([subject, state]) => [
      subject.split('/')[0],
      Object.fromEntries(state.accumulators),
    ]),
  )
  const kept = credentials(personId, lastLive).map(({ kept: one, ...from }) => {
    if (one === 'hash-only') return one
    return { ...(opensCredentials ? one : { kind: one.kind }), ...from }
  })
  const imported = versions(personId, lastLive)
  const end = { accumulated, credentials: kept, imported }
  yield `],\n${JSON.stringify(end).slice(1)}\n`
  return { entries, isKnown: entries + kept.length + imported.length > 0 }
}
