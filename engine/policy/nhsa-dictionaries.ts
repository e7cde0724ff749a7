import { CODE_NAMES, type DictionarySource, type NhsaSource } from './pack-nhsa.ts'

/** As those of references.ts, within nhsa.yaml. */
interface DictionaryFault {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/**
 * A city's own dictionaries hold whatever code the same file writes or understands, and to refuse
 * unknown codes there has to be one.
 */
export function checkDictionaries(nhsa: NhsaSource): DictionaryFault[] {
  const { dictionaries, unknownCodes } = nhsa
  if (dictionaries === undefined) {
    const message = 'without dictionaries there is nothing that could be refused'
    return unknownCodes === 'refuse' ? [{ path: ['unknownCodes'], message }] : []
  }
  const funds = [...nhsa.funds, nhsa.account, nhsa.hospital].map(({ type }) => type)
  return [
    ...CODE_NAMES.flatMap((name) => {
      const codes = nhsa.codes[name].rows.flatMap(({ code }) =>
        code === undefined ? [] : String(code),
      )
      return lacking(dictionaries, name, codes, ['codes', name])
    }),
    ...lacking(dictionaries, 'med_type', Object.keys(nhsa.medTypes), ['medTypes']),
    ...lacking(dictionaries, 'fund_pay_type', funds, ['funds']),
  ]
}

function lacking(
  dictionaries: Readonly<Record<string, DictionarySource>>,
  name: string,
  codes: readonly string[],
  path: DictionaryFault['path'],
): DictionaryFault[] {
  const own = Object.hasOwn(dictionaries, name) ? dictionaries[name]! : undefined
  if (own === undefined) return []
  return [...new Set(codes)]
    .filter((code) => !Object.hasOwn(own.codes, code))
    .map((code) => ({ path, message: `the city's own dictionary ${name} has no code ${code}` }))
}
