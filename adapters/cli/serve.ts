import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { type Access, loadAccess } from '../../engine/access/access.ts'
import { standingOf } from '../../engine/access/keys.ts'
import { IN_WORK_SLOTS } from '../../engine/counter/in-work.ts'
import type { RecordBook } from '../../engine/counter/record-book.ts'
import { REGISTRY_SUBJECT } from '../../engine/counter/record-entry.ts'
import { type MadeData, makeData } from '../../fixtures/make-data.ts'
import { AccessDesk } from '../access/access-desk.ts'
import { DatedAhead } from '../access/dated-ahead.ts'
import { KeyDesk } from '../access/key-desk.ts'
import { NoncesSinceStart } from '../access/nonces-since-start.ts'
import { SeenNonces } from '../access/seen-nonces.ts'
import { sessionTokens } from '../access/session-tokens.ts'
import { SESSION_USE_BYTES, SessionUse } from '../access/session-use.ts'
import { StaffDesk } from '../access/staff-desk.ts'
import { CreditDesk } from '../accounts/credit-desk.ts'
import {
  BACKLOG,
  OPEN_TO_OTHERS,
  sharedPortOf,
  type TlsFiles,
  tlsOptions,
} from '../http/shared-port.ts'
import { ImportDesk } from '../imports/import-desk.ts'
import { keyLiesWithData, keyRingOf } from '../keys/key-ring.ts'
import { dataSecret, SERVER_KEY, staffKeys } from '../keys/secret.ts'
import { readInterfaceSettings } from '../nhsa/read-settings.ts'
import { UNSIGNED } from '../nhsa/settings.ts'
import { openServing, type ServingSettings } from '../serving/open-serving.ts'
import { whyNotReady } from '../serving/readiness.ts'
import { holdsImports } from '../sqlite/registry-staging.ts'
import { readyRegistry } from '../sqlite/registry-store.ts'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { startAcceptors } from '../workers/acceptor-threads.ts'
import { AccessPublisher } from '../workers/access-publisher.ts'
import { startCredits } from '../workers/credit-host.ts'
import { exitProcess, haltBeforeExit } from '../workers/exit-process.ts'
import { exportPerson } from '../workers/export-host.ts'
import { letHeapsGrow } from '../workers/heap-growth.ts'
import { startImport } from '../workers/import-host.ts'
import { openLargeBodyPool } from '../workers/large-body-pool.ts'
import { type OpenLedger, openLedger } from '../workers/ledger-host.ts'
import { passwordPool } from '../workers/password-pool.ts'
import { PolicyPublisher } from '../workers/policy-publisher.ts'
import { type OwnerCalls, ownerCalls } from '../workers/serving-thread.ts'
import { ServingThreads } from '../workers/serving-threads.ts'
import { bookDemo } from './book-demo.ts'
import type { readConfig } from './config.ts'
import { printWelcome } from './demo-welcome.ts'
import { openPolicy } from './open-policy.ts'
import { findingsAtStart } from './start-report.ts'

export interface ServeOptions {
  readonly config: ReturnType<typeof readConfig>
  /** Demo data, demo keys, loopback only. */
  readonly demo: boolean
}

const KEY_WITH_DATA =
  'no encryption key is configured: the key lies in the data folder, with what it seals; see docs/privacy.md'
/** Signed requests of five minutes, of a whole country's busiest time; up to 200 MB of memory. */
const NONCES_MAX = 1_000_000
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])
const NO_KEY =
  'no key is good and nobody is enrolled, so that nobody is let in: stop this server, enrol the first operator with `yizhan staff enrol <name> operator` or make a key with `yizhan keys issue operator <name>`, and start it again'
const ALREADY_STOPPING_EXIT = 1
/** EX_SOFTWARE of sysexits.h. */
const THREAD_FAILED_EXIT = 70

/** Opens the ledger, serves until a signal comes, finishes what was accepted, and returns. */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, demo } = options
  if (demo && !LOOPBACK.has(config.host)) {
    throw new Error(`demo mode listens on loopback only, not on ${config.host}`)
  }
  const log = createLog(config.logLevel)
  let exiting: Promise<never> | undefined
  const onFatal = (error: Error) => {
    // Nothing more can be promised: what is durable is found at the next start.
    log.fatal({ err: error }, 'a thread of the engine failed; exiting')
    exiting ??= exitProcess(THREAD_FAILED_EXIT)
  }
  // Of this thread, and of pools whose threads end while nobody waits for them.
  process.on('uncaughtException', onFatal)
  letHeapsGrow()
  const ledger = await openLedger({
    folder: config.data,
    cacheBytes: Math.floor(config.cacheBytes / (config.threads + config.poolThreads)),
    foldLagMax: config.foldLagMax,
    onFatal,
  })
  const { startReport } = ledger
  log.info({ ...startReport }, 'the ledger is open')
  try {
    await serveLedger(options, ledger, log, onFatal)
  } finally {
    // What has failed on the way may be the first to be told: the exit code is then that of the thread.
    await ledger.close().finally(() => exiting)
  }
  log.info('stopped')
}

async function serveLedger(
  { config, demo }: ServeOptions,
  ledger: OpenLedger,
  log: ReturnType<typeof createLog>,
  onFatal: (error: Error) => void,
): Promise<void> {
  const secret = dataSecret(config.data)
  const { passwordKey, codes, sessionKey } = staffKeys(secret)
  const sessions = { key: sessionKey, use: new SharedArrayBuffer(SESSION_USE_BYTES) }
  const settings: ServingSettings = {
    folder: config.data,
    demo,
    serverKey: secret.derive(SERVER_KEY),
    sessions,
    quoteKey: secret.derive('quotes'),
    logLevel: config.logLevel,
    bodyLimit: config.bodyLimit,
    admission: { inWorkMax: config.inWorkMax, shedToMs: config.shedToMs },
    docs: config.docs,
    ...readTls(config.tls),
    nhsa: config.nhsa === '' ? UNSIGNED : readInterfaceSettings(config.nhsa, process.env),
    threads: config.threads + config.poolThreads,
  }
  // Only the owner of the folder may make data in it.
  if (demo) await bookDemo(ledger, demoData(config))
  readyRegistry(config.data)
  if (!demo && keyLiesWithData(keyRingOf(config.data))) log.warn(KEY_WITH_DATA)
  const policy = new PolicyPublisher()
  const access = new AccessPublisher(await loadAccess(ledger))
  const inWork = new SharedArrayBuffer(4 * IN_WORK_SLOTS)
  const stopping = new SharedArrayBuffer(4)
  const datedAhead = new DatedAhead(config.data)
  const nonces = new NoncesSinceStart(new SeenNonces(NONCES_MAX), datedAhead, Date.now())
  const shared = { settings, ledger, policy, access, inWork, stopping }
  const acceptors = new ServingThreads(shared)
  const poolThreads = new ServingThreads(shared)
  haltBeforeExit(() => Promise.all([acceptors.halt(), poolThreads.halt()]))
  const metrics = createMetrics({
    ledger: () => ledger.status(),
    policy: () => host.policy,
    ready: () =>
      whyNotReady(ledger.status(), Atomics.load(new Int32Array(stopping), 0) !== 0, Date.now()) ===
      undefined,
    folder: config.data,
    otherThreads: () => acceptors.countRequests(),
  })
  const count = metrics.policyChange
  const options = { config, demo, ledger, log, count, publisher: policy }
  const { host, publishing, close: closePolicy } = await openPolicy(options)
  const desk = new ImportDesk({
    folder: config.data,
    ledger,
    start: (job, onProgress) => startImport(ledger, config.data, job, onProgress),
    onFailure: (error) =>
      log.error({ err: error }, 'an import ended without a result; announce its file again'),
  })
  const credits = new CreditDesk({
    now: Date.now,
    start: (request, onProgress) => startCredits(ledger, config.data, request, onProgress),
    onFailure: (error) =>
      log.error({ err: error }, 'credits of accounts ended without a result; ask for them again'),
  })
  const acts = new AccessDesk({
    ledger,
    now: Date.now,
    access: () => access.access,
    publish: (act) => {
      metrics.accessAct(act.act)
      return access.publish(act)
    },
  })
  const keys = new KeyDesk(acts, { serverKey: settings.serverKey, now: Date.now })
  const passwords = passwordPool(passwordKey)
  const staff = new StaffDesk(acts, {
    passwords,
    sealing: codes,
    tokens: sessionTokens(sessions.key),
    use: new SessionUse(sessions.use),
    now: Date.now,
    count: metrics.signIn,
  })
  const services = { imports: desk, credits, keys, staff, publishing }
  const calls: OwnerCalls = ownerCalls(services, {
    metricsText: () => metrics.text(),
    answerLarge: async (...large) => pool?.answer(...large),
    noteNonce: (...noted) => nonces.note(...noted),
  })
  const { threads, poolThreads: size, largeBody: over } = config
  const pool =
    size === 0 ? undefined : openLargeBodyPool(poolThreads, { threads: size, over, calls })
  const serving = await openServing(settings, {
    ...services,
    thread: 0,
    ledger,
    policy: () => host.policy,
    access: () => access.access,
    addresses: demo ? 'one' : 'both',
    packByHash: (hash) => host.packByHash(hash),
    inWork,
    stopping,
    nonces,
    exportPerson: (...asked) => exportPerson(config.data, ...asked),
    metrics,
    ...(pool === undefined ? {} : { largeBodies: pool }),
  })
  const lastImport = await checkImports(config.data, ledger, serving.records)
  const findings = findingsAtStart(config.data, ledger, lastImport, {
    now: Date.now(),
    ...(settings.tls === undefined ? {} : { certificate: settings.tls.certificate }),
  })
  if (findings.length > 0) log.warn({ findings }, 'found at the start')
  const { app, administration } = serving
  const stop = stopSignal()
  // Signed requests count in seconds: nobody with a right clock is told that theirs is from before.
  if (config.nhsa !== '' || somebodySigns(access.access)) {
    await sleep(Math.min(1_000, nonces.since - Date.now()))
  }
  // First, so that whoever is told that the engine is ready can operate it, too.
  const administrationAt = await administration?.listen(config.administration)
  const several = threads > 1
  const open = { backlog: BACKLOG, ...(several ? OPEN_TO_OTHERS : {}) }
  const address = await app.listen({ host: config.host, port: config.port, ...open })
  if (several) {
    await startAcceptors(acceptors, {
      count: threads - 1,
      listenOn: sharedPortOf(app.server),
      largeOver: pool?.over,
      calls,
      onFatal,
    })
  }
  const packs = host.policy.packs.length
  log.info(
    {
      address,
      administration: administrationAt,
      data: config.data,
      packs,
      threads,
      poolThreads: size,
    },
    'serving',
  )
  if (demo) printWelcome(address, findings)
  else if (letsNobodyIn(access.access, Date.now())) log.warn(NO_KEY)

  const signal = await stop
  Atomics.store(new Int32Array(stopping), 0, 1)
  if (config.drainMs > 0) {
    log.info({ signal, drainMs: config.drainMs }, 'stopping: no longer ready, still serving')
    await sleep(config.drainMs)
  }
  log.info({ signal }, 'stopping: finishing what was accepted')
  await closePolicy()
  await Promise.all([serving.close(), acceptors.finish()])
  await pool?.open()
  await poolThreads.finish()
  await pool?.close()
  await passwords.close()
  await desk.close()
  await credits.close()
  await datedAhead.close(Date.now())
}

function letsNobodyIn({ keys, staff }: Access, now: number): boolean {
  const holders = [...keys.values()].some((key) => standingOf(key, now) === 'good')
  return !holders && [...staff.values()].every(({ suspended }) => suspended)
}

function somebodySigns({ keys }: Access): boolean {
  return [...keys.values()].some(({ proof }) => proof.kind === 'signs')
}

function demoData({ data, demo }: ServeOptions['config']): MadeData {
  const { scale, seed, people, catalogueCodes } = demo
  return makeData({
    folder: data,
    scale,
    seed,
    ...(people === 0 ? {} : { people }),
    ...(catalogueCodes === 0 ? {} : { catalogueCodes }),
  })
}

/** The last live import; throws when the registry's file lacks one that the journal has made live. */
async function checkImports(
  folder: string,
  ledger: OpenLedger,
  records: RecordBook,
): Promise<number> {
  const { state } = await ledger.load(REGISTRY_SUBJECT)
  const { last } = records.liveImports(state)
  if (holdsImports(folder, last)) return last
  throw new Error(
    `${folder}/registry.sqlite is not the one of this journal: it lacks imports up to ${last}`,
  )
}

/** Read once, at the start: a renewed certificate is taken up by a restart. */
function readTls({ certificate, privateKey }: ServeOptions['config']['tls']): {
  readonly tls?: TlsFiles
} {
  if (certificate === '' && privateKey === '') return {}
  if (certificate === '' || privateKey === '') {
    throw new Error('TLS needs both, tls.certificate and tls.privateKey; see `yizhan config`')
  }
  const tls = {
    certificate: readFileSync(certificate, 'utf8'),
    privateKey: readFileSync(privateKey, 'utf8'),
  }
  try {
    createSecureContext(tlsOptions(tls))
  } catch (error) {
    throw new Error(`${certificate} and ${privateKey} are no certificate and its key: ${error}`)
  }
  return { tls }
}

/**
 * Signals of the same moment are one: `timeout` and terminals send them to a process and to its
 * group, npm hands its own on, and nobody means "at once" by that.
 */
const SAME_MOMENT_MS = 500

/** Resolves with the first SIGTERM or SIGINT; a later one does not wait any longer. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        const now = performance.now()
        first ??= now
        if (now - first > SAME_MOMENT_MS) void exitProcess(ALREADY_STOPPING_EXIT)
        resolve(signal)
      })
    }
  })
}
