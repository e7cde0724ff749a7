import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import convict from 'convict'
import type { WayOfPublishing } from '../../engine/access/publishing.ts'
import { SCALES } from '../../fixtures/world.ts'
import { KEY_FILE_VARIABLE, KEYS_VARIABLE } from '../keys/key-ring.ts'
import { LOG_LEVELS } from '../telemetry/log.ts'
import { projectRoot } from './project-root.ts'
import { readSettingsFile } from './settings-file.ts'

/** Every setting: what it means, its default, and the environment variable that sets it. */
const SCHEMA = {
  host: { doc: 'Address to listen on', format: String, default: '127.0.0.1', env: 'HOST' },
  port: { doc: 'Port to listen on; 0 takes any', format: 'port0', default: 8080, env: 'PORT' },
  administration: {
    host: {
      doc: 'Address of the administration: keys, records, imports, policy, metrics, documents; in demo mode they are with everything else',
      format: String,
      default: '127.0.0.1',
      env: 'YIZHAN_ADMINISTRATION_HOST',
    },
    port: {
      doc: 'Port of the administration; 0 takes any',
      format: 'port0',
      default: 8081,
      env: 'YIZHAN_ADMINISTRATION_PORT',
    },
  },
  data: {
    doc: 'Folder of the ledger, the registries and the catalogues; `data/<scale>` in demo mode',
    format: String,
    default: '',
    env: 'YIZHAN_DATA',
  },
  rules: {
    doc: 'Folder of the policy packs',
    format: String,
    default: '',
    env: 'YIZHAN_RULES',
  },
  watch: {
    doc: 'Load the rules and catalogues anew when their files are edited: on, off, or in demo mode',
    format: ['on', 'off', 'demo'],
    default: 'demo',
    env: 'YIZHAN_WATCH',
  },
  publishing: {
    doc: 'How changed rules come into force: direct, four-eyes (another person approves), or direct in demo mode alone',
    format: ['direct', 'four-eyes', 'demo'],
    default: 'demo',
    env: 'YIZHAN_PUBLISHING',
  },
  shadowRun: {
    doc: 'With four eyes: so many of the last settlements are decided again on what is proposed',
    format: 'whole',
    default: 100_000,
    env: 'YIZHAN_SHADOW_RUN',
  },
  nhsa: {
    doc: 'YAML file of how institutions call the national interface: signatures, encryption, type of infcode',
    format: String,
    default: '',
    env: 'YIZHAN_NHSA',
  },
  tls: {
    certificate: {
      doc: 'PEM file of the certificate, with those between it and the root; plain HTTP without one',
      format: String,
      default: '',
      env: 'YIZHAN_TLS_CERTIFICATE',
    },
    privateKey: {
      doc: 'PEM file of the private key of the certificate',
      format: String,
      default: '',
      env: 'YIZHAN_TLS_PRIVATE_KEY',
    },
  },
  logLevel: {
    doc: 'The least serious log lines that are written',
    format: [...LOG_LEVELS],
    default: 'info',
    env: 'YIZHAN_LOG_LEVEL',
  },
  bodyLimit: {
    doc: 'Largest body of a request, in bytes',
    format: 'whole',
    default: 4 * 1024 * 1024,
    env: 'YIZHAN_BODY_LIMIT',
  },
  docs: {
    doc: 'Serve /docs and /openapi.json',
    format: 'yes-no',
    default: true,
    env: 'YIZHAN_DOCS',
  },
  threads: {
    doc: 'Threads that accept connections; 0 takes one for each core',
    format: 'whole',
    default: 0,
    env: 'YIZHAN_THREADS',
  },
  poolThreads: {
    doc: 'Threads for large claims; 0 decides them where they arrive',
    format: 'whole',
    default: 1,
    env: 'YIZHAN_POOL_THREADS',
  },
  largeBody: {
    doc: 'Claims with bodies over so many bytes go to the threads for large claims',
    format: 'whole',
    default: 32 * 1024,
    env: 'YIZHAN_LARGE_BODY',
  },
  cacheBytes: {
    doc: 'Memory for the states of persons, in bytes, for all threads together',
    format: 'whole',
    default: 256 * 1024 * 1024,
    env: 'YIZHAN_CACHE_BYTES',
  },
  inWorkMax: {
    doc: 'Requests that each thread has in work at once before it sheds any with 503; no sender has over two thirds',
    format: 'positive',
    default: 256,
    env: 'YIZHAN_IN_WORK_MAX',
  },
  shedToMs: {
    doc: 'While requests are shed: how long the others may be in work, in milliseconds; several commits of the disk',
    format: 'whole',
    default: 10,
    env: 'YIZHAN_SHED_TO_MS',
  },
  drainMs: {
    doc: 'How long a stopping engine still takes requests while /health/ready says no, in milliseconds, so that balancers turn away first',
    format: 'whole',
    default: 0,
    env: 'YIZHAN_DRAIN_MS',
  },
  foldLagMax: {
    doc: 'Journal entries that may wait for the fold before bookings are shed',
    format: 'whole',
    default: 200_000,
    env: 'YIZHAN_FOLD_LAG_MAX',
  },
  encryption: {
    keyFile: {
      doc: `File of the keys that seal what is kept, the newest first: lines of name:32 hexadecimal digits; or the keys themselves in ${KEYS_VARIABLE}`,
      format: String,
      default: '',
      env: KEY_FILE_VARIABLE,
    },
  },
  demo: {
    scale: {
      doc: 'How much demo data: demo, or city with the sizes of a real one',
      format: [...SCALES],
      default: 'demo',
      env: 'YIZHAN_SCALE',
    },
    seed: { doc: 'Seed of the demo data', format: 'whole', default: 1, env: 'YIZHAN_SEED' },
    people: {
      doc: 'Persons in the demo data; 0 takes the number of the scale',
      format: 'whole',
      default: 0,
      env: 'YIZHAN_PEOPLE',
    },
    catalogueCodes: {
      doc: 'Codes in the catalogue of the demo data; 0 takes the number of the scale',
      format: 'whole',
      default: 0,
      env: 'YIZHAN_CATALOGUE_CODES',
    },
  },
} as const

/**
 * A format whose text, as the environment and a quoted value have it, is read as a whole or not at
 * all: convict's own would take `4 MiB` for 4, `off` for true and an empty variable for the port 0.
 */
function addFormat(
  name: string,
  { read, isOne, must }: { read: (text: string) => unknown; isOne: IsOne; must: string },
): void {
  convict.addFormat({
    name,
    validate(value: unknown) {
      if (!isOne(value)) throw new Error(must)
    },
    coerce: (value: unknown) => (typeof value === 'string' ? read(value) : value),
  })
}

type IsOne = (value: unknown) => boolean

const readNumber = (text: string) => (/^\d+$/.test(text) ? Number(text) : text)
const isFrom =
  (least: number, most = Number.MAX_SAFE_INTEGER): IsOne =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most

addFormat('port0', {
  read: readNumber,
  isOne: isFrom(0, 65_535),
  must: 'must be a port from 0 to 65535',
})
addFormat('whole', {
  read: readNumber,
  isOne: isFrom(0),
  must: 'must be a whole number, 0 or more',
})
addFormat('positive', {
  read: readNumber,
  isOne: isFrom(1),
  must: 'must be a whole number, 1 or more',
})
addFormat('yes-no', {
  read: (text) => (text === 'true' ? true : text === 'false' ? false : text),
  isOne: (value) => typeof value === 'boolean',
  must: 'must be true or false',
})

/** What the command line says goes before the environment, the file and the defaults. */
export interface Overrides {
  readonly config?: string
  readonly host?: string
  readonly port?: number
  readonly data?: string
  readonly scale?: string
  readonly threads?: number
  readonly poolThreads?: number
}

/**
 * The configuration: defaults, then the file (`--config`, `YIZHAN_CONFIG` or `yizhan.yaml` in the
 * working folder), then the environment, then the command line. Throws with every setting that is
 * wrong or unknown.
 */
export function readConfig(
  overrides: Overrides = {},
  // A copy: what is put into the environment below came from elsewhere.
  env: Readonly<Record<string, string | undefined>> = { ...process.env },
) {
  const config = convict(SCHEMA as convict.Schema<Settings>, { env: { ...env }, args: [] })
  const named = overrides.config ?? env['YIZHAN_CONFIG']
  const file = named ?? 'yizhan.yaml'
  if (named !== undefined && !existsSync(file)) {
    throw new Error(`there is no configuration file ${file}`)
  }
  const fromFile = existsSync(file) ? readSettingsFile(file) : {}
  if (valueAt(fromFile, CREDENTIALS) !== undefined) throw noCredentials(file)
  config.load(fromFile)
  if (env['YIZHAN_CREDENTIALS'] !== undefined) throw noCredentials('YIZHAN_CREDENTIALS')
  const said = Object.entries({
    host: overrides.host,
    port: overrides.port,
    data: overrides.data,
    'demo.scale': overrides.scale,
    threads: overrides.threads,
    poolThreads: overrides.poolThreads,
  }).filter(([, value]) => value !== undefined)
  for (const [name, value] of said) config.set(name as keyof Settings, value as never)
  config.validate({ allowed: 'strict' })

  const settings = resolved(config.getProperties())
  // Whoever opens the folder, in whichever thread, finds its keys there.
  const { keyFile } = settings.encryption
  if (keyFile !== '') process.env[KEY_FILE_VARIABLE] = keyFile
  const originOf = (path: string, { env: variable }: Setting): string => {
    if (said.some(([name]) => name === path)) return 'command line'
    if (env[variable] !== undefined) return 'environment'
    return valueAt(fromFile, path) === undefined ? 'default' : file
  }
  return { ...settings, describe: () => describe(settings, originOf) }
}

/** Keys were lines of a file once, with the role and the holder but without an id of their own. */
const CREDENTIALS = 'credentials'

function noCredentials(where: string): Error {
  return new Error(
    `${where}: there is no file of credentials any more, keys are kept in the data folder. Issue a ` +
      'new key for each line of it with `yizhan keys issue <role> <id>`, hand them out, and take ' +
      'this setting away',
  )
}

export interface Settings {
  host: string
  port: number
  administration: { host: string; port: number }
  data: string
  rules: string
  watch: 'on' | 'off' | 'demo'
  publishing: WayOfPublishing | 'demo'
  shadowRun: number
  nhsa: string
  tls: { certificate: string; privateKey: string }
  logLevel: (typeof LOG_LEVELS)[number]
  bodyLimit: number
  docs: boolean
  threads: number
  poolThreads: number
  largeBody: number
  cacheBytes: number
  inWorkMax: number
  shedToMs: number
  drainMs: number
  foldLagMax: number
  encryption: { keyFile: string }
  demo: {
    scale: (typeof SCALES)[number]
    seed: number
    people: number
    catalogueCodes: number
  }
}

function resolved(settings: Settings): Settings {
  const { data, rules, demo, threads, encryption } = settings
  return {
    ...settings,
    threads: threads === 0 ? availableParallelism() : threads,
    data: data === '' ? join(projectRoot(), 'data', demo.scale) : resolve(data),
    encryption: { keyFile: encryption.keyFile === '' ? '' : resolve(encryption.keyFile) },
    rules: rules === '' ? join(projectRoot(), 'rules') : resolve(rules),
  }
}

/** Every setting: its value, what it means, where it comes from and what else would set it. */
function describe(
  settings: Settings,
  originOf: (path: string, setting: Setting) => string,
): string {
  return settingsOf(SCHEMA)
    .map(([path, setting]) => {
      const value = JSON.stringify(valueAt(settings, path))
      const origin = originOf(path, setting)
      return `${path}: ${value}\n  # ${setting.doc} (${origin}; environment: ${setting.env})`
    })
    .join('\n')
}

function valueAt(object: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((value, name) => (value as Record<string, unknown> | undefined)?.[name], object)
}

type Setting = { readonly doc: string; readonly env: string }

function settingsOf(schema: object, prefix = ''): [string, Setting][] {
  return Object.entries(schema).flatMap(([name, item]): [string, Setting][] =>
    'doc' in item ? [[prefix + name, item]] : settingsOf(item, `${prefix}${name}.`),
  )
}
