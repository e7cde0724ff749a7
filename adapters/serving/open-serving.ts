import { join } from 'node:path'
import type { Access } from '../../engine/access/access.ts'
import { ReadKeeper } from '../../engine/access/read-keeper.ts'
import { isRefusal } from '../../engine/claim/outcomes.ts'
import { InWork } from '../../engine/counter/in-work.ts'
import type { CounterPorts, Requester } from '../../engine/counter/ports.ts'
import { RecordBook } from '../../engine/counter/record-book.ts'
import { findRecord } from '../../engine/counter/records.ts'
import { VisitBook } from '../../engine/counter/visit-book.ts'
import type { VisitPorts } from '../../engine/counter/visit-events.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import type { Policy } from '../../engine/policy/policy.ts'
import { issuedKeys } from '../access/issued-keys.ts'
import type { Nonces } from '../access/seen-nonces.ts'
import { sessionTokens } from '../access/session-tokens.ts'
import { SessionUse } from '../access/session-use.ts'
import { sessionsOr } from '../access/sessions.ts'
import { SignedRequests } from '../access/signed-requests.ts'
import { quoteSeal } from '../codec/quote-seal.ts'
import { sealing } from '../codec/sealing.ts'
import { type AppOptions, buildApp } from '../http/app.ts'
import { demoKeys } from '../http/credentials.ts'
import type { LargeBodies } from '../http/large-bodies.ts'
import { keyRingOf } from '../keys/key-ring.ts'
import { CatalogueBook } from '../nhsa/catalogue/catalogue-book.ts'
import { KeptFiles } from '../nhsa/files/kept-files.ts'
import type { InterfaceSettings } from '../nhsa/settings.ts'
import { PackLibrary } from '../packs/pack-library.ts'
import { openRegistry } from '../sqlite/registry-store.ts'
import { createLog, type LogLevel } from '../telemetry/log.ts'
import { ImpatientLedger } from './impatient-ledger.ts'
import { whyNotReady } from './readiness.ts'

/** How every thread of one engine serves; plain data, to be sent to them. */
export interface ServingSettings {
  /** The data folder. */
  readonly folder: string
  /** Whether the demo's keys are let in, too. */
  readonly demo: boolean
  /** Under which the keys that were issued are kept. */
  readonly serverKey: Uint8Array
  /** What seals the sessions of people, and the memory that says when each was used last. */
  readonly sessions: { readonly key: Uint8Array; readonly use: SharedArrayBuffer }
  readonly quoteKey: Uint8Array
  readonly logLevel: LogLevel
  /** Bodies over so many bytes are 413. */
  readonly bodyLimit: number
  /** What each thread takes on before it sheds. */
  readonly admission: AppOptions['admission']
  readonly docs: boolean
  /** The certificate and its private key, where the engine speaks TLS itself. */
  readonly tls?: AppOptions['tls']
  /** How institutions call the national interface. It holds secrets. */
  readonly nhsa: InterfaceSettings
  /** How many threads serve in all: they share the memory for records. */
  readonly threads: number
}

/** What differs from thread to thread. */
export interface ServingThreadOptions
  extends Pick<
    AppOptions,
    | 'imports'
    | 'credits'
    | 'keys'
    | 'staff'
    | 'publishing'
    | 'exportPerson'
    | 'metrics'
    | 'largeBodies'
    | 'sharedPort'
    | 'requestIds'
  > {
  /** Among the threads that serve; 0 is the owner's. */
  readonly thread: number
  readonly ledger: Ledger
  readonly policy: () => Policy
  /** Who is let in. */
  readonly access: () => Access
  /** Where this thread serves: at the cashiers' address, at that of the administration, or both at once. */
  readonly addresses: Addresses
  /** Who was let in with the request in work, where another thread has found that out already. */
  readonly letIn?: () => Requester | undefined
  readonly packByHash?: CounterPorts['packByHash']
  /** The nonces of all threads. */
  readonly nonces: Nonces
  /** Shared memory of `IN_WORK_SLOTS` cells. */
  readonly inWork: SharedArrayBuffer
  /** Shared memory of one cell: not 0 when the engine is stopping and shall get no more work. */
  readonly stopping: SharedArrayBuffer
}

/**
 * `one`: all routes at one address; `counter`: the cashiers' address; `both`: that, and the
 * administration's address beside it, with all routes.
 */
export type Addresses = 'one' | 'counter' | 'both'

type App = Awaited<ReturnType<typeof buildApp>>

export interface Serving {
  readonly app: App
  /** For the address of the administration, where this thread serves both. */
  readonly administration?: App
  readonly records: RecordBook
  /** Ends the connections, then lets go of the registry. */
  close(): Promise<void>
}

/** Notes of quotes are kept together, so often. */
const NOTES_MS = 500

/** The counter and its application in this thread, listening nowhere yet. */
export async function openServing(
  settings: ServingSettings,
  options: ServingThreadOptions,
): Promise<Serving> {
  const { folder, quoteKey, bodyLimit, admission, docs, nhsa, tls, threads } = settings
  const library = new PackLibrary(folder)
  const { ledger: patient, policy, access, addresses, letIn, ...others } = options
  const { packByHash = (hash) => library.pack(hash), ...parts } = others
  const { thread, inWork: slots, stopping, largeBodies, nonces, ...rest } = parts
  const inWork = new InWork(new Int32Array(slots))
  const isStopping = new Int32Array(stopping)
  const ledger = new ImpatientLedger(patient, inWork, Date.now)
  const registry = openRegistry(folder, { threads })
  const records = new RecordBook(ledger, registry)
  const ports: VisitPorts = {
    ledger,
    registry,
    records,
    policy,
    packByHash,
    now: Date.now,
    quotes: quoteSeal(quoteKey),
    inWork,
    visits: new VisitBook(ledger),
  }
  const logger = createLog(settings.logLevel)
  // What was noted is kept for longer than anybody waits.
  const reads = new ReadKeeper({
    ledger: patient,
    patience: ledger,
    thread,
    now: Date.now,
    soon: (task) => void setTimeout(task, NOTES_MS).unref(),
    onFault: (err) => logger.error({ err }, 'it could not be kept who was shown what'),
  })
  const issued = issuedKeys({ access, serverKey: settings.serverKey, now: Date.now })
  const { key, use } = settings.sessions
  const shown = sessionsOr(issued, {
    access,
    tokens: sessionTokens(key),
    use: new SessionUse(use),
    now: Date.now,
  })
  const keys = settings.demo ? demoKeys(isRegistered(ports), shown) : shown
  const appOptions: AppOptions = {
    ...rest,
    ...(largeBodies === undefined ? {} : { largeBodies: inWorkUnread(largeBodies, inWork) }),
    ports,
    reads,
    catalogues: new CatalogueBook((hash) => library.catalogueFile(hash)),
    files: new KeptFiles(join(folder, 'exchange'), Date.now, sealing(keyRingOf(folder))),
    signedRequests: new SignedRequests({
      access,
      serverKey: settings.serverKey,
      now: Date.now,
      nonces,
    }),
    authenticate: letIn === undefined ? keys : (key) => letIn() ?? keys(key),
    logger,
    bodyLimit,
    admission,
    docs,
    ...(tls === undefined ? {} : { tls }),
    nhsa: { settings: nhsa, nonces },
    notReady: () => whyNotReady(ledger.status(), Atomics.load(isStopping, 0) !== 0, Date.now()),
  }
  const app = await buildApp({ ...appOptions, counterOnly: addresses !== 'one' })
  const administration = addresses === 'both' ? await buildApp(appOptions) : undefined
  const close = async () => {
    await Promise.all([app.close(), administration?.close()])
    await reads.close()
    ledger.close()
    registry.close()
  }
  return { app, records, close, ...(administration === undefined ? {} : { administration }) }
}

/** Until its answer is back, a body that goes elsewhere unread counts as in work for its sender. */
function inWorkUnread(largeBodies: LargeBodies, inWork: InWork): LargeBodies {
  return {
    over: largeBodies.over,
    answer: (request, requester) =>
      inWork.runUnread(requester.id, () => largeBodies.answer(request, requester)),
  }
}

function isRegistered(ports: CounterPorts) {
  return async (institutionId: string) =>
    !isRefusal(await findRecord(ports, 'institution', institutionId))
}
