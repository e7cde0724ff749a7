import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import convict from 'convict'
import { parse } from 'yaml'
import { SCALES } from '../../fixtures/world.ts'
import { LOG_LEVELS } from '../telemetry/log.ts'
import { projectRoot } from './project-root.ts'

convict.addParser({ extension: ['yaml', 'yml'], parse: (text: string) => parse(text) ?? {} })

/** Every setting: what it means, its default, and the environment variable that sets it. */
const SCHEMA = {
  host: { doc: 'Address to listen on', format: String, default: '127.0.0.1', env: 'HOST' },
  port: { doc: 'Port to listen on; 0 takes any', format: 'port0', default: 8080, env: 'PORT' },
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
  credentials: {
    doc: 'YAML file of the keys: a list of {sha256, role, id}; not used in demo mode',
    format: String,
    default: '',
    env: 'YIZHAN_CREDENTIALS',
  },
  logLevel: {
    doc: 'The least serious log lines that are written',
    format: [...LOG_LEVELS],
    default: 'info',
    env: 'YIZHAN_LOG_LEVEL',
  },
  bodyLimit: {
    doc: 'Largest body of a request, in bytes',
    format: 'nat',
    default: 4 * 1024 * 1024,
    env: 'YIZHAN_BODY_LIMIT',
  },
  docs: {
    doc: 'Serve /docs and /openapi.json',
    format: Boolean,
    default: true,
    env: 'YIZHAN_DOCS',
  },
  cacheBytes: {
    doc: 'Memory for the states of persons, in bytes',
    format: 'nat',
    default: 256 * 1024 * 1024,
    env: 'YIZHAN_CACHE_BYTES',
  },
  foldLagMax: {
    doc: 'Journal entries that may wait for the fold before bookings are shed',
    format: 'nat',
    default: 200_000,
    env: 'YIZHAN_FOLD_LAG_MAX',
  },
  demo: {
    scale: {
      doc: 'How much demo data: demo, or city with the sizes of a real one',
      format: [...SCALES],
      default: 'demo',
      env: 'YIZHAN_SCALE',
    },
    seed: { doc: 'Seed of the demo data', format: 'nat', default: 1, env: 'YIZHAN_SEED' },
    people: {
      doc: 'Persons in the demo data; 0 takes the number of the scale',
      format: 'nat',
      default: 0,
      env: 'YIZHAN_PEOPLE',
    },
  },
} as const

convict.addFormat({
  name: 'port0',
  validate: (value: unknown) => {
    const port = Number(value)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new Error('must be a port from 0 to 65535')
    }
  },
  coerce: Number,
})

/** What the command line says goes before the environment, the file and the defaults. */
export interface Overrides {
  readonly config?: string
  readonly host?: string
  readonly port?: number
  readonly data?: string
  readonly scale?: string
}

/**
 * The configuration: defaults, then the file (`--config`, `YIZHAN_CONFIG` or `yizhan.yaml` in the
 * working folder), then the environment, then the command line. Throws with every setting that is
 * wrong or unknown.
 */
export function readConfig(overrides: Overrides = {}) {
  const config = convict(SCHEMA as convict.Schema<Settings>)
  const file = overrides.config ?? process.env['YIZHAN_CONFIG'] ?? 'yizhan.yaml'
  const wanted = overrides.config !== undefined || process.env['YIZHAN_CONFIG'] !== undefined
  if (wanted && !existsSync(file)) throw new Error(`there is no configuration file ${file}`)
  if (existsSync(file)) config.loadFile(file)
  for (const [name, value] of Object.entries({
    host: overrides.host,
    port: overrides.port,
    data: overrides.data,
    'demo.scale': overrides.scale,
  })) {
    if (value !== undefined) config.set(name as keyof Settings, value as never)
  }
  config.validate({ allowed: 'strict' })
  return { ...withFolders(config.getProperties()), describe: () => describe(config) }
}

export interface Settings {
  host: string
  port: number
  data: string
  rules: string
  credentials: string
  logLevel: (typeof LOG_LEVELS)[number]
  bodyLimit: number
  docs: boolean
  cacheBytes: number
  foldLagMax: number
  demo: { scale: (typeof SCALES)[number]; seed: number; people: number }
}

function withFolders(settings: Settings): Settings {
  const { data, rules, demo } = settings
  return {
    ...settings,
    data: data === '' ? join(projectRoot(), 'data', demo.scale) : resolve(data),
    rules: rules === '' ? join(projectRoot(), 'rules') : resolve(rules),
  }
}

/** One line a setting: its value, where it comes from and what it means. */
function describe(config: convict.Config<Settings>): string {
  const lines: string[] = []
  for (const [path, { doc, env }] of settingsOf(SCHEMA)) {
    const value = JSON.stringify(config.get(path as keyof Settings))
    // convict has getOrigin, its types do not.
    const origin = (config as unknown as { getOrigin(name: string): string }).getOrigin(path)
    lines.push(`${path}: ${value}`, `  # ${doc} (${origin}; environment: ${env})`)
  }
  return lines.join('\n')
}

type Setting = { readonly doc: string; readonly env: string }

function settingsOf(schema: object, prefix = ''): [string, Setting][] {
  return Object.entries(schema).flatMap(([name, item]): [string, Setting][] =>
    'doc' in item ? [[prefix + name, item]] : settingsOf(item, `${prefix}${name}.`),
  )
}
