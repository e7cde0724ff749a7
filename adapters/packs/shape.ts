import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import calendarSchema from '../../rules/schema/calendar.schema.json' with { type: 'json' }
import nhsaSchema from '../../rules/schema/nhsa.schema.json' with { type: 'json' }
import packSchema from '../../rules/schema/pack.schema.json' with { type: 'json' }
import plansSchema from '../../rules/schema/plans.schema.json' with { type: 'json' }
import tableSchema from '../../rules/schema/table.schema.json' with { type: 'json' }

/** The kinds of YAML files in the rules folder, each with its schema in rules/schema. */
export type Shape = 'calendar' | 'nhsa' | 'pack' | 'plans' | 'table'

/** What in a file is not as its schema says; `path` leads to it, key by key. */
export interface ShapeFault {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** What schemas say to editors alone. */
const EDITOR_KEYWORDS = ['defaultSnippets']

const ajv = newAjv()

const SCHEMAS = {
  calendar: calendarSchema,
  nhsa: nhsaSchema,
  pack: packSchema,
  plans: plansSchema,
  table: tableSchema,
} as const

/** For schemas whose faults `faultsOf` says in words; `date` is a day that there is. */
export function newAjv(): Ajv {
  const made = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true })
  made.addVocabulary(EDITOR_KEYWORDS)
  return made.addFormat('date', isCivilDate)
}

/** Holds a file's content against its schema and says in words what does not fit. */
export function checkShape(shape: Shape, value: unknown): ShapeFault[] {
  // Compiled when first needed, and kept by ajv: a start on rules that were read before needs none.
  return faultsOf(ajv.compile(SCHEMAS[shape]), value)
}

/** Holds a value against a schema and says in words what does not fit. */
export function faultsOf(validate: ValidateFunction, value: unknown): ShapeFault[] {
  if (validate(value)) return []
  // Of alternatives that exclude each other, the one sentence about all of them is said.
  const errors = (validate.errors ?? []).filter(({ schemaPath }) => !/\/oneOf\/\d/.test(schemaPath))
  // Where none of several forms fits, the sentence about the whole says more than one about each.
  const unions = errors
    .filter(({ keyword }) => keyword === 'anyOf')
    .map((error) => error.instancePath)
  const said = new Set<string>()
  const faults: ShapeFault[] = []
  for (const error of errors) {
    if (error.keyword !== 'anyOf' && unions.some((path) => liesIn(error.instancePath, path)))
      continue
    if (error.keyword === 'propertyNames') continue
    const path = pathOf(error, value)
    const message = error.data === null ? ofNothing(path.at(-1)) : sentence(error)
    const key = JSON.stringify([path, message])
    if (!said.has(key)) faults.push({ path, message })
    said.add(key)
  }
  return faults
}

function liesIn(path: string, whole: string): boolean {
  return path === whole || path.startsWith(`${whole}/`)
}

function pathOf(error: ErrorObject, value: unknown): (string | number)[] {
  const path: (string | number)[] = []
  let node: unknown = value
  for (const part of error.instancePath.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(node) ? Number(key) : key)
    node = (node as Record<string, unknown> | undefined)?.[key]
  }
  if (error.keyword === 'additionalProperties') path.push(error.params['additionalProperty'])
  if (error.propertyName !== undefined) path.push(error.propertyName)
  return path
}

function sentence(error: ErrorObject): string {
  const { keyword, params, instancePath, data } = error
  const schema = error.parentSchema as { title?: string; properties?: object }
  const name = error.propertyName ?? instancePath.split('/').at(-1) ?? ''
  const subject =
    name === '' ? 'the file' : /^\d+$/.test(name) && !error.propertyName ? 'the item' : name
  const said = error.propertyName === undefined ? `, not ${show(data)}` : ''
  switch (keyword) {
    case 'required':
      return `${params['missingProperty']} is missing`
    case 'additionalProperties': {
      const known = Object.keys(schema.properties ?? {}).join(', ')
      return `${params['additionalProperty']} is not a key that is known here; known are ${known}`
    }
    case 'type':
      return `${subject} must be ${nameOfType(params['type'])}${said}`
    case 'enum':
      return `${subject} must be one of ${params['allowedValues'].join(', ')}${said}`
    case 'oneOf':
    case 'not':
      return `${subject} must be ${schema.title ?? 'of another form'}`
    case 'pattern':
    case 'format':
    case 'anyOf':
      return `${subject} must be ${schema.title ?? 'of another form'}${said}`
    case 'minItems':
    case 'minLength':
    case 'minProperties':
      return `${subject} needs at least ${params['limit']}${keyword === 'minLength' ? ' character' : ''}`
    case 'dependencies':
      return `${params['property']} needs ${params['missingProperty']} beside it`
    case 'uniqueItems':
      return `${subject} lists ${show((data as unknown[])[params['i']])} twice`
    default:
      return `${subject} ${error.message ?? 'is not as the schema says'}`
  }
}

/** A name without a value is mostly one that was cut in two, by a comma or for want of a blank. */
function ofNothing(name: string | number | undefined): string {
  if (name === undefined) return 'the file says nothing'
  if (typeof name === 'number') return 'the item says nothing'
  const none = `${name} has no value`
  if (/^\d/.test(name)) return `${none}: a number is written without a comma`
  return /[:：]/.test(name) ? `${none}: between name and value stand a colon and a blank` : none
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'text (in quotes, where it looks like a number)',
  integer: 'a whole number',
  boolean: 'true or false',
}

function nameOfType(type: string | string[]): string {
  return [type]
    .flat()
    .map((one) => TYPE_NAMES[one] ?? one)
    .join(' or ')
}

const SHOWN_MAX = 60

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text
}

function isCivilDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)?.map(Number) ?? []
  if (year === undefined || month === undefined || day === undefined) return false
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && day > 0
}
