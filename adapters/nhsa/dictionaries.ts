import type { DictionarySource, NhsaSource } from '../../engine/policy/pack-nhsa.ts'
import provincial from './spec/dictionaries.json' with { type: 'json' }

/**
 * A city's own dictionaries, out of its nhsa.yaml. Codes differ from province to province, so no list
 * of ours could tell a wrong code from another province's right one: only where the city has a
 * dictionary, and says that unknown codes are refused, is one refused.
 */
export type CityDictionaries = Pick<NhsaSource, 'unknownCodes' | 'dictionaries'>

/** The codes that a city knows, and what codes are called. */
export class Dictionaries {
  readonly #city: CityDictionaries

  constructor(city: CityDictionaries = {}) {
    this.#city = city
  }

  refuses(dictionary: string, code: string): boolean {
    if (this.#city.unknownCodes !== 'refuse') return false
    const own = this.#own(dictionary)
    return own !== undefined && ownMember(own.codes, code) === undefined
  }

  /** What a code is called: in the city, or else in a province's published list. */
  nameOf(dictionary: string, code: string): string | undefined {
    const own = this.#own(dictionary)
    const published = ownMember(PUBLISHED, dictionary)
    return (own && ownMember(own.codes, code)) ?? (published && ownMember(published.codes, code))
  }

  #own(dictionary: string): DictionarySource | undefined {
    return ownMember(this.#city.dictionaries ?? {}, dictionary)
  }
}

/** Where no city is known, or it has no dictionaries. */
export const ANY_CODES = new Dictionaries()

const known = new WeakMap<CityDictionaries, Dictionaries>()

/** Those of a city, made once for each version of its pack. */
export function dictionariesOf(city: CityDictionaries | undefined): Dictionaries {
  if (city === undefined) return ANY_CODES
  const made = known.get(city) ?? new Dictionaries(city)
  known.set(city, made)
  return made
}

/** One province's published dictionaries: names for codes, and no ground to refuse any. */
const PUBLISHED: Readonly<Record<string, DictionarySource>> = provincial

function ownMember<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
