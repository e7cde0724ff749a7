import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { isPrivateKey, isPublicKey } from '../codec/sm2.ts'
import { type InstitutionSettings, type InterfaceSettings, UNSIGNED } from './settings.ts'

/** A secret never stands in the file itself, so that the file may be shown and kept with others. */
const SECRET = {
  type: 'object',
  oneOf: [
    {
      required: ['env'],
      additionalProperties: false,
      properties: { env: { type: 'string', minLength: 1 } },
    },
    {
      required: ['file'],
      additionalProperties: false,
      properties: { file: { type: 'string', minLength: 1 } },
    },
  ],
}
const TEXT = { type: 'string', minLength: 1 }
/** Of 64 bytes that are no point every signature would be refused. */
const POINT = 'sm2-public-key'
const PUBLIC_KEY = { type: 'string', pattern: '^04[0-9a-fA-F]{128}$', format: POINT }
const WINDOW = { windowSeconds: { type: 'integer', minimum: 1, maximum: 86_400 } }

function family(name: string, required: readonly string[], properties: object, more = {}) {
  return {
    type: 'object',
    required: ['family', ...required],
    additionalProperties: false,
    properties: { family: { const: name }, ...properties, ...more },
  }
}

const ENTRY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    infcode: { enum: ['number', 'string'] },
    gateway: {
      type: 'object',
      required: ['family'],
      discriminator: { propertyName: 'family' },
      oneOf: [
        family('none', [], {}),
        family('api', ['accessKey', 'secret'], { accessKey: TEXT, secret: SECRET }, WINDOW),
        family('tif', ['paasId', 'token'], { paasId: TEXT, token: SECRET }, WINDOW),
        family(
          'ca',
          ['secret'],
          { secret: SECRET, signedAs: { enum: ['sent', 'gb2312'] } },
          WINDOW,
        ),
        family('sm2', ['publicKey'], { publicKey: PUBLIC_KEY }),
      ],
    },
    body: {
      type: 'object',
      required: ['clientId', 'publicKey', 'privateKey'],
      additionalProperties: false,
      properties: {
        clientId: SECRET,
        publicKey: PUBLIC_KEY,
        privateKey: SECRET,
        answers: { const: 'plain' },
      },
    },
  },
}

const SETTINGS = {
  type: 'object',
  additionalProperties: false,
  properties: {
    default: ENTRY,
    institutions: { type: 'object', additionalProperties: ENTRY },
  },
}

type Env = Readonly<Record<string, string | undefined>>
type Entry = Readonly<Record<string, unknown>>

/**
 * Reads the YAML file of how institutions call, with the secrets that it names. An entry says what
 * differs from `default`. Throws with all that is wrong; no message repeats a secret.
 */
export function readInterfaceSettings(file: string, env: Env): InterfaceSettings {
  const said: unknown = parse(readFileSync(file, 'utf8')) ?? {}
  const ajv = new Ajv({ allErrors: true, discriminator: true }).addFormat(POINT, isPublicKey)
  const validate = ajv.compile(SETTINGS)
  if (!validate(said)) {
    const faults = (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const unknown = (params as { additionalProperty?: string }).additionalProperty
      return `${instancePath || '/'} ${message}${unknown === undefined ? '' : ` (${unknown})`}`
    })
    throw new Error(`${file} is not as it should be: ${faults.join('; ')}`)
  }
  const faults: string[] = []
  const secrets = new Secrets(dirname(file), env, faults)
  const { default: usual = {}, institutions = {} } = said as {
    default?: Entry
    institutions?: Record<string, Entry>
  }
  const common = { ...UNSIGNED.default, ...entryOf(usual, '/default', secrets) }
  const entries = Object.entries(institutions).map(([id, entry]) => {
    const own = entryOf(entry, `/institutions/${id}`, secrets)
    return [id, { ...common, ...own }] as const
  })
  if (faults.length > 0) throw new Error(`${file}: ${faults.join('; ')}`)
  return { default: common, institutions: Object.fromEntries(entries) }
}

/** The same with every secret as the text that it names. */
function entryOf(entry: Entry, path: string, secrets: Secrets): Partial<InstitutionSettings> {
  const parts = Object.entries(entry).map(([part, value]) => {
    if (typeof value !== 'object' || value === null) return [part, value]
    const members = Object.entries(value).map(([name, said]) => [
      name,
      typeof said === 'object' ? secrets.read(said, `${path}/${part}/${name}`) : said,
    ])
    return [part, Object.fromEntries(members)]
  })
  return Object.fromEntries(parts) as Partial<InstitutionSettings>
}

type Form = readonly [holds: (secret: string) => boolean, words: string]

/** What a secret has to be, beyond being there. */
const FORMS: Readonly<Record<string, Form>> = {
  clientId: [(secret) => /^[\x20-\x7e]{16,}$/.test(secret), 'must have 16 characters at least'],
  // One that cannot sign would be found out by the answer to what is booked.
  privateKey: [isPrivateKey, 'must be a private key of SM2, 64 hexadecimal digits'],
}
const NOT_EMPTY: Form = [(secret) => secret !== '', 'is empty']

class Secrets {
  readonly #folder: string
  readonly #env: Env
  readonly #faults: string[]

  constructor(folder: string, env: Env, faults: string[]) {
    this.#folder = folder
    this.#env = env
    this.#faults = faults
  }

  read(source: { readonly env?: string; readonly file?: string }, path: string): string {
    const secret = this.#find(source)?.trim()
    const [holds, words] = FORMS[path.split('/').at(-1)!] ?? NOT_EMPTY
    if (secret === undefined) this.#faults.push(`${path}: there is no ${whereOf(source)}`)
    else if (!holds(secret)) this.#faults.push(`${path}: ${whereOf(source)} ${words}`)
    return secret ?? ''
  }

  #find({ env, file }: { readonly env?: string; readonly file?: string }): string | undefined {
    if (env !== undefined) return this.#env[env]
    try {
      return readFileSync(resolve(this.#folder, file!), 'utf8')
    } catch {
      return undefined
    }
  }
}

function whereOf({ env, file }: { readonly env?: string; readonly file?: string }): string {
  return env === undefined ? `file ${file}` : `environment variable ${env}`
}
