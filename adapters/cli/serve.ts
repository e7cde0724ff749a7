import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { isRefusal } from '../../engine/claim/outcomes.ts'
import { systemEntry } from '../../engine/counter/activate.ts'
import { InWork } from '../../engine/counter/in-work.ts'
import { bookOpenings } from '../../engine/counter/openings.ts'
import type { CounterPorts } from '../../engine/counter/ports.ts'
import { RecordBook } from '../../engine/counter/record-book.ts'
import { REGISTRY_SUBJECT } from '../../engine/counter/record-entry.ts'
import { findRecord } from '../../engine/counter/records.ts'
import { type MadeData, makeData } from '../../fixtures/make-data.ts'
import { readOpenings } from '../../fixtures/openings-file.ts'
import { CreditDesk } from '../accounts/credit-desk.ts'
import { quoteSeal } from '../codec/quote-seal.ts'
import { buildApp } from '../http/app.ts'
import { demoKeys, type StoredKey, storedKeys } from '../http/credentials.ts'
import { ImportDesk } from '../imports/import-desk.ts'
import { createRegistry } from '../sqlite/registry-import.ts'
import { holdsImports } from '../sqlite/registry-staging.ts'
import { openRegistry } from '../sqlite/registry-store.ts'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { startCredits } from '../workers/credit-host.ts'
import { startImport } from '../workers/import-host.ts'
import { type OpenLedger, openLedger } from '../workers/ledger-host.ts'
import type { readConfig } from './config.ts'
import { printWelcome } from './demo-welcome.ts'
import { openPolicy } from './open-policy.ts'
import { ROLES } from './roles.ts'
import { dataSecret } from './secret.ts'

export interface ServeOptions {
  readonly config: ReturnType<typeof readConfig>
  /** Demo data, demo keys, loopback only. */
  readonly demo: boolean
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])
const ALREADY_STOPPING_EXIT = 1
/** EX_SOFTWARE of sysexits.h. */
const LEDGER_FAILED_EXIT = 70

/** Opens the ledger, serves until a signal comes, finishes what was accepted, and returns. */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, demo } = options
  if (demo && !LOOPBACK.has(config.host)) {
    throw new Error(`demo mode listens on loopback only, not on ${config.host}`)
  }
  const log = createLog(config.logLevel)
  const ledger = await openLedger({
    folder: config.data,
    cacheBytes: config.cacheBytes,
    foldLagMax: config.foldLagMax,
    onFatal: (error) => {
      // Nothing more can be promised: what is durable is found at the next start.
      log.fatal({ err: error }, 'the ledger failed; exiting')
      process.exit(LEDGER_FAILED_EXIT)
    },
  })
  const { startReport } = ledger
  if (startReport.action === 'rebuilt') {
    log.warn({ ...startReport }, 'the states did not match the journal and were rebuilt from it')
  } else log.info({ ...startReport }, 'the ledger is open')
  try {
    await serveLedger(options, ledger, log)
  } finally {
    await ledger.close()
  }
  log.info('stopped')
}

async function serveLedger(
  { config, demo }: ServeOptions,
  ledger: OpenLedger,
  log: ReturnType<typeof createLog>,
): Promise<void> {
  const secret = dataSecret(config.data)
  const credentialKey = secret.derive('credentials')
  // Only the owner of the folder may make data in it.
  if (demo) await bookDemo(ledger, demoData(config, credentialKey))
  const metrics = createMetrics({ ledger: () => ledger.status(), policy: () => host.policy })
  const count = metrics.policyChange
  const { host, close: closePolicy } = await openPolicy({ config, demo, ledger, log, count })

  createRegistry(config.data)
  const registry = openRegistry(config.data, { credentialKey })
  const records = new RecordBook(ledger, registry)
  await checkImports(config.data, ledger, records)
  const ports: CounterPorts = {
    ledger,
    registry,
    records,
    policy: () => host.policy,
    packByHash: (hash) => host.packByHash(hash),
    now: Date.now,
    quotes: quoteSeal(secret.derive('quotes')),
    inWork: new InWork(),
  }
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
  const app = await buildApp({
    ports,
    metrics,
    authenticate: demo ? demoKeys(isRegistered(ports)) : storedKeys(readKeys(config.credentials)),
    imports: desk,
    credits,
    policyAdmin: host,
    logger: log,
    bodyLimit: config.bodyLimit,
    docs: config.docs,
    notReady: () => (ledger.status().writable ? undefined : 'the ledger takes no bookings'),
  })
  const stop = stopSignal()
  const address = await app.listen({ host: config.host, port: config.port })
  log.info({ address, data: config.data, packs: host.policy.packs.length }, 'serving')
  if (demo) printWelcome(address)

  const signal = await stop
  log.info({ signal }, 'stopping: finishing what was accepted')
  await closePolicy()
  await app.close()
  await desk.close()
  await credits.close()
  registry.close()
}

function demoData({ data, demo }: ServeOptions['config'], credentialKey: Uint8Array): MadeData {
  const { scale, seed, people, catalogueCodes } = demo
  return makeData({
    folder: data,
    scale,
    seed,
    credentialKey,
    ...(people === 0 ? {} : { people }),
    ...(catalogueCodes === 0 ? {} : { catalogueCodes }),
  })
}

/** The demo's opening balances and the import that they came with; each is booked once. */
async function bookDemo(ledger: OpenLedger, made: MadeData): Promise<void> {
  const { hash, ...counts } = made.registry
  const now = Date.now()
  const key = `import/${hash}`
  if ((await ledger.findKey(key)) !== undefined) return
  const pause = () => sleep(50)
  await bookOpenings(ledger, hash.slice(0, 16), readOpenings(made.openingsFile), now, { pause })
  // Last, so that a start which was cut short books the rest the next time.
  await ledger.append({
    entries: [systemEntry('import-activation', now, key, { hash, ...counts })],
    guards: [],
  })
}

/** Throws when the registry's file lacks an import that the journal has made live. */
async function checkImports(
  folder: string,
  ledger: OpenLedger,
  records: RecordBook,
): Promise<void> {
  const { state } = await ledger.load(REGISTRY_SUBJECT)
  const { last } = records.liveImports(state)
  if (holdsImports(folder, last)) return
  throw new Error(
    `${folder}/registry.sqlite is not the one of this journal: it lacks imports up to ${last}`,
  )
}

function isRegistered(ports: CounterPorts) {
  return async (institutionId: string) =>
    !isRefusal(await findRecord(ports, 'institution', institutionId))
}

function readKeys(file: string): StoredKey[] {
  if (file === '') {
    throw new Error('outside demo mode a credentials file is needed; see `yizhan config`')
  }
  const keys = parse(readFileSync(file, 'utf8')) as StoredKey[]
  const sound =
    Array.isArray(keys) &&
    keys.every(
      ({ sha256, role, id }) =>
        /^[0-9a-f]{64}$/.test(sha256) && ROLES.includes(role) && typeof id === 'string',
    )
  if (!sound) throw new Error(`${file} must be a list of {sha256, role, id}`)
  return keys
}

/** Resolves with the first SIGTERM or SIGINT; a second one does not wait any longer. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stopping = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (stopping) process.exit(ALREADY_STOPPING_EXIT)
        stopping = true
        resolve(signal)
      })
    }
  })
}
