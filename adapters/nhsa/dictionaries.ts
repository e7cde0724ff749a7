import { readFileSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import { lineOf } from '../packs/rules-file.ts'
import { faultsOf, newAjv } from '../packs/shape.ts'
import provincial from './spec/dictionaries.json' with { type: 'json' }

/** The codes of one field and what each is called. */
export interface Dictionary {
  readonly name: string
  readonly codes: Readonly<Record<string, string>>
}

/**
 * A city's own dictionaries. Codes differ from province to province, so no list of ours could tell
 * a wrong code from another province's right one: only where the city has a dictionary, and says
 * that unknown codes are refused, is one refused.
 */
export interface CityDictionaries {
  /** What becomes of a code that the city's dictionary does not hold. */
  readonly unknownCodes: 'accept' | 'refuse'
  /** By the name that fields know a dictionary by, such as `med_type`. */
  readonly dictionaries: Readonly<Record<string, Dictionary>>
}

/** The codes that a city knows, and what codes are called. */
export class Dictionaries {
  readonly #city: CityDictionaries

  constructor(city: CityDictionaries = { unknownCodes: 'accept', dictionaries: {} }) {
    this.#city = city
  }

  refuses(dictionary: string, code: string): boolean {
    if (this.#city.unknownCodes === 'accept') return false
    const own = ownMember(this.#city.dictionaries, dictionary)
    return own !== undefined && ownMember(own.codes, code) === undefined
  }

  /** What a code is called: in the city, or else in a province's published list. */
  nameOf(dictionary: string, code: string): string | undefined {
    const own = ownMember(this.#city.dictionaries, dictionary)
    const published = ownMember<Dictionary>(PUBLISHED, dictionary)
    return (own && ownMember(own.codes, code)) ?? (published && ownMember(published.codes, code))
  }
}

/** One province's published dictionaries: names for codes, and no ground to refuse any. */
const PUBLISHED: Readonly<Record<string, Dictionary>> = provincial

function ownMember<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

const TEXTS = { type: 'object', additionalProperties: { type: 'string' } }
const SCHEMA = {
  type: 'object',
  required: ['unknownCodes', 'dictionaries'],
  additionalProperties: false,
  properties: {
    unknownCodes: { enum: ['accept', 'refuse'] },
    dictionaries: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['name', 'codes'],
        additionalProperties: false,
        properties: { name: { type: 'string' }, codes: TEXTS },
      },
    },
  },
}
const validate = newAjv().compile(SCHEMA)

/** The dictionaries of a city's file, or all that is wrong with it, each with its line. */
export type ReadDictionaries =
  | { readonly ok: true; readonly city: CityDictionaries }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Reads the YAML file of a city's dictionaries. Throws only when the file cannot be opened. */
export function readDictionaries(file: string): ReadDictionaries {
  const lines = new LineCounter()
  const document = parseDocument(readFileSync(file, 'utf8'), {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  })
  const flaws = [...document.errors, ...document.warnings].map(
    ({ message, pos }) => `${file}:${lines.linePos(pos[0]).line}: not YAML: ${message}`,
  )
  if (flaws.length > 0) return { ok: false, problems: flaws }
  const value: unknown = document.toJS()
  const problems = faultsOf(validate, value).map(
    ({ path, message }) => `${file}:${lineOf(document, lines, path) ?? 1}: ${message}`,
  )
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, city: value as CityDictionaries }
}
