import { CARE_TYPES, type CareType } from '../claim/claim.ts'
import { type Domain, FACTS } from './facts.ts'
import { appliesTo, compileCodes } from './nhsa.ts'
import { checkDictionaries } from './nhsa-dictionaries.ts'
import {
  CODE_NAMES,
  type CodeName,
  type DimensionSource,
  type FundTypeSource,
  type NhsaSource,
  type PackSource,
  PERSON_CODES,
} from './pack.ts'
import { attributesOf } from './pack-attributes.ts'
import { OTHER } from './table.ts'

type Path = readonly (string | number)[]
type WithNhsa = PackSource & { readonly nhsa: NhsaSource }

/** As those of references.ts. */
interface PackFault {
  readonly path: Path
  readonly message: string
}

/**
 * Holds nhsa.yaml against the pack: every fund that pays has one column, every dictionary has one
 * code for whatever may come, every payer of the clearing has an agency. What its rows and
 * dimensions are in themselves is checked like those of tables.
 */
export function checkNhsa(pack: WithNhsa, domains: ReadonlyMap<string, Domain>): PackFault[] {
  return [
    ...checkFunds(pack),
    ...checkTypes(pack.nhsa),
    ...CODE_NAMES.flatMap((name) => checkCodes(pack, name, domains)),
    ...checkMedTypes(pack.nhsa),
    ...checkAgencies(pack),
    ...checkFilings(pack.nhsa),
    ...checkIdentities(pack),
    ...checkCumulated(pack),
    ...checkDictionaries(pack.nhsa).map(({ path, message }) => fault(path, message)),
  ]
}

/** Funds by what pays in the plans: none without a column, none with two, none that pays nothing. */
function checkFunds({ plans, nhsa }: WithNhsa): PackFault[] {
  const faults: PackFault[] = []
  const used = new Set<number>()
  const seen = new Set<string>()
  for (const { scheme, layers } of plans) {
    for (const { fund, bearer } of layers) {
      const key = JSON.stringify([scheme, fund])
      if (bearer === 'institution' || seen.has(key)) continue
      seen.add(key)
      const found = [...nhsa.funds.keys()].filter(
        (at) => nhsa.funds[at]!.fund === fund && appliesTo(nhsa.funds[at]!, scheme),
      )
      for (const at of found) used.add(at)
      if (found.length === 1) continue
      const message =
        found.length === 0
          ? `the fund ${fund} pays in the scheme ${scheme}, but has no column of setlinfo`
          : `the fund ${fund} has ${found.length} columns of setlinfo in the scheme ${scheme}`
      faults.push(fault(found.length === 0 ? ['funds'] : ['funds', found[1]!], message))
    }
  }
  nhsa.funds.forEach(({ fund, schemes }, at) => {
    if (used.has(at)) return
    const where = schemes === undefined ? 'no plan' : `no plan of ${schemes.join(', ')}`
    faults.push(fault(['funds', at, 'fund'], `${where} is paid by a fund ${fund}`))
  })
  return faults
}

/** One type is one row of setldetail, so it has one name and one column. */
function checkTypes({ funds, account, hospital }: NhsaSource): PackFault[] {
  const known = new Map<string, string>()
  const all: [Path, FundTypeSource, string][] = [
    [['account'], account, 'acct_pay'],
    [['hospital'], hospital, 'hosp_part_amt'],
    ...funds.map((one, at): [Path, FundTypeSource, string] => [['funds', at], one, one.column]),
  ]
  return all.flatMap(([path, { type, name }, column]) => {
    const meaning = `${name} (${column})`
    const before = known.get(type) ?? meaning
    known.set(type, before)
    if (before === meaning) return []
    return [fault([...path, 'type'], `the type ${type} is ${before} already, not ${meaning}`)]
  })
}

function checkCodes(
  pack: WithNhsa,
  name: CodeName,
  domains: ReadonlyMap<string, Domain>,
): PackFault[] {
  const at: Path = ['codes', name]
  const { dimensions, rows } = pack.nhsa.codes[name]
  const faults = Object.entries(dimensions).flatMap(([fact, values]) => {
    const path = [...at, 'dimensions', fact]
    const why = whyUnknown(pack, name, fact)
    if (why !== undefined) return [fault(path, why)]
    const missing = missingIn(pack, fact, values, domains.get(fact))
    if (missing === undefined) return []
    return [fault(path, `${name} has no code for the ${fact} ${missing}`)]
  })
  rows.forEach(({ code }, row) => {
    if (code === undefined) faults.push(fault([...at, 'rows', row], 'the row has no code'))
  })
  if (faults.length > 0) return faults
  return compileCodes(pack, name).faults.map(({ row, path = [], message }) =>
    fault(row === undefined ? at : [...at, 'rows', row, ...path], message),
  )
}

/** Why a fact cannot be asked for, or nothing. */
function whyUnknown(pack: PackSource, name: CodeName, fact: string): string | undefined {
  const forPerson = (PERSON_CODES as readonly string[]).includes(name)
  const own = attributesOf(pack)
  if (Object.hasOwn(own, fact)) {
    const ofPerson = Object.hasOwn(pack.attributes?.person ?? {}, fact)
    return forPerson && !ofPerson ? `${name} may ask for facts of the person only` : undefined
  }
  const stage = (FACTS as Readonly<Record<string, { stage: string }>>)[fact]?.stage
  if (stage === undefined) return undefined
  const withoutCare = stage === 'person' && !['careType', 'channel', 'diseaseCode'].includes(fact)
  if (forPerson && !withoutCare) return `${name} may ask for facts of the person only`
  if (stage === 'person' || stage === 'place') return undefined
  return `${name} may ask for facts of the person and of the place only`
}

/** A value of the fact that the dimension does not know, or nothing. */
function missingIn(
  { plans }: PackSource,
  fact: string,
  values: DimensionSource,
  domain: Domain | undefined,
): string | undefined {
  if ('integersFrom' in values) return values.integersFrom > 0 ? '0' : undefined
  if (values.includes(OTHER) || domain === undefined) return undefined
  const all =
    fact === 'careType'
      ? CARE_TYPES.filter((careType) => plans.some(({ careTypes }) => careTypes.includes(careType)))
      : domain === 'flag'
        ? [true, false]
        : typeof domain === 'string'
          ? [OTHER]
          : domain
  const missing = all.find((value) => !values.includes(value))
  return missing === undefined ? undefined : String(missing)
}

function checkMedTypes({ medTypes }: NhsaSource): PackFault[] {
  return Object.entries(medTypes).flatMap(([code, meant]) => checkCare(['medTypes', code], meant))
}

function checkCare(path: Path, careTypes: readonly CareType[]): PackFault[] {
  return careTypes.flatMap((careType, at) => {
    if (CARE_TYPES.includes(careType)) return []
    const known = CARE_TYPES.join(', ')
    return [fault([...path, at], `${careType} is no kind of care; known are ${known}`)]
  })
}

function checkFilings({ filings = {} }: NhsaSource): PackFault[] {
  const seen = new Map<string, string>()
  const twice = Object.entries(filings.disease?.kinds ?? {}).flatMap(([kind, codes]) =>
    codes.flatMap((code, at) => {
      const before = seen.get(code)
      seen.set(code, kind)
      if (before === undefined) return []
      return [fault(['filings', 'disease', 'kinds', kind, at], `${code} is ${before} already`)]
    }),
  )
  const chosen = Object.entries(filings.chosenInstitution?.types ?? {}).flatMap(([code, care]) =>
    care === 'all' ? [] : checkCare(['filings', 'chosenInstitution', 'types', code], care),
  )
  return [...twice, ...chosen]
}

/** Either no category has a code or each has: nobody's would be left out unseen. */
function checkIdentities({ categories, nhsa }: WithNhsa): PackFault[] {
  const { identities } = nhsa
  if (identities === undefined) return []
  const unknown = Object.keys(identities).filter((category) => !categories.includes(category))
  const without = categories.filter((category) => !Object.hasOwn(identities, category))
  return [
    ...unknown.map((category) =>
      fault(['identities', category], `${category} is no category of the pack`),
    ),
    ...without.map((category) =>
      fault(['identities'], `the category ${category} has no psn_idet_type`),
    ),
  ]
}

function checkCumulated({ plans, nhsa }: WithNhsa): PackFault[] {
  const all = new Set(plans.flatMap(({ layers }) => layers.map(({ fund }) => fund)))
  const seen = new Set<string>()
  return (nhsa.cumulated ?? []).flatMap(({ code, sum, funds = [] }, at) => {
    const path: Path = ['cumulated', at]
    const faults = funds.flatMap((fund, nth) =>
      all.has(fund) ? [] : [fault([...path, 'funds', nth], `no plan is paid by a fund ${fund}`)],
    )
    if (funds.length > 0 && (sum === 'stays' || sum === 'in-scope')) {
      faults.push(fault([...path, 'funds'], `${sum} are no fund's`))
    }
    if (seen.has(code)) faults.push(fault([...path, 'code'], `the code ${code} is there already`))
    seen.add(code)
    return faults
  })
}

/** Who pays where a plan has no clearing table. */
const PAYER_WITHOUT_TABLE = 'home-district'

function checkAgencies({ plans, tables, nhsa }: WithNhsa): PackFault[] {
  const payers = new Set(
    plans.flatMap(({ clearing }) => {
      if (clearing === undefined) return [PAYER_WITHOUT_TABLE]
      const rows = tables
        .filter(({ table }) => table === clearing)
        .flatMap(({ periods }) => periods.flatMap((period) => period.rows))
      return rows.flatMap(({ payer }) => (typeof payer === 'string' ? [payer] : []))
    }),
  )
  return [...payers]
    .filter((payer) => !Object.hasOwn(nhsa.agencies, payer))
    .map((payer) =>
      fault(['agencies'], `the clearing names the payer ${payer}, which has no agency`),
    )
}

function fault(path: Path, message: string): PackFault {
  return { path: ['nhsa', ...path], message }
}
