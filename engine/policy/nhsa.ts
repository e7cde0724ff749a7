import type { CareType, CivilDate } from '../claim/claim.ts'
import type { Facts } from './facts.ts'
import {
  CODE_NAMES,
  type CodeName,
  type NhsaFundSource,
  type NhsaSource,
  type PackSource,
  type TableSource,
} from './pack.ts'
import { compileTable, findRow, type Table, type TableFault } from './table.ts'

/** `NhsaSource` with its codes compiled for look-up. */
export interface Nhsa extends Omit<NhsaSource, 'codes'> {
  readonly codes: Readonly<Record<CodeName, Table>>
}

/** The codes of a dictionary as a table of one period; `code` is the column. */
export function codeTable(
  { nhsa, covers }: Pick<PackSource, 'nhsa' | 'covers'>,
  name: CodeName,
): TableSource {
  const { standing, reference, note, codes } = nhsa!
  const { dimensions, rows } = codes[name]
  const mark = { standing, ...(reference && { reference }), ...(note && { note }) }
  return {
    table: `nhsa/${name}`,
    title: name,
    anchor: 'discharge',
    dimensions,
    results: { code: [...new Set(rows.map(({ code }) => String(code)))] },
    periods: [{ ...covers, ...mark, rows }],
  }
}

/** Compiles the codes; `checkNhsa` tells the faults with their places when a pack is loaded. */
export function compileCodes(
  pack: Pick<PackSource, 'nhsa' | 'covers'>,
  name: CodeName,
): { table: Table; faults: TableFault[] } {
  return compileTable(codeTable(pack, name), -1, pack.covers, () => undefined)
}

export function compileNhsa(pack: PackSource): Nhsa | undefined {
  if (pack.nhsa === undefined) return undefined
  const codes = CODE_NAMES.map((name) => [name, compileCodes(pack, name).table])
  return { ...pack.nhsa, codes: Object.fromEntries(codes) }
}

/** The column and the type of a fund. Throws where a pack that was not checked has none. */
export function nhsaFund({ funds }: Nhsa, fund: string, scheme: string): NhsaFundSource {
  const found = funds.find((one) => one.fund === fund && appliesTo(one, scheme))
  if (found === undefined) throw new Error(`no column of setlinfo for the fund ${fund} (${scheme})`)
  return found
}

export function appliesTo({ schemes }: NhsaFundSource, scheme: string): boolean {
  return schemes === undefined || schemes.includes(scheme)
}

/** The code that a dictionary has for these facts. Throws where a pack that was not checked has none. */
export function nhsaCode({ codes }: Nhsa, name: CodeName, facts: Facts): string {
  const table = codes[name]
  const from: CivilDate = table.periods[0]!.from
  const found = findRow(table, from, facts)
  if (typeof found === 'string') throw new Error(`no code of ${name} for these facts`)
  return found.result['code'] as string
}

/** The `med_type` for a kind of care, where the city has one: the first that means it before all. */
export function medTypeFor({ medTypes }: Nhsa, careType: CareType): string | undefined {
  const all = Object.entries(medTypes)
  const first = all.find(([, [meant]]) => meant === careType)
  return (first ?? all.find(([, meant]) => meant.includes(careType)))?.[0]
}

/** `clr_optins`: the agency that pays, by the district codes of home and care. */
export function payingAgency(
  { agencies }: Nhsa,
  clearing: {
    readonly payer: string
    readonly homeDistrict: string
    readonly careDistrict: string
  },
): string {
  const agency = agencies[clearing.payer]
  if (agency === undefined) throw new Error(`no agency of the interface for ${clearing.payer}`)
  if (agency === 'home-district') return clearing.homeDistrict
  return agency === 'care-district' ? clearing.careDistrict : agency
}
