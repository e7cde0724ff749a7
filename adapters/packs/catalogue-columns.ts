import { isCivilDate } from '../../engine/calendar/civil-days.ts'
import { CARE_TYPES, type CareType } from '../../engine/claim/claim.ts'
import { parseDecimal, QUANTITY_PLACES } from '../../engine/money/decimal.ts'
import { FEN_MAX } from '../../engine/money/fen.ts'
import type { CatalogueRow, Restrictions } from '../../engine/policy/catalogue.ts'

/**
 * The columns of a catalogue file in CSV, in the order in which this project writes them; a file
 * may have them in any order and leave out the optional ones. Lists are separated by `|`; an empty
 * cell is absent.
 */
export const CATALOGUE_COLUMNS = [
  'code',
  'name',
  'kind',
  'class',
  'group',
  'from',
  'until',
  'firstSelfPayPermyriad',
  'ceilingFen',
  'ceilingFenLevel1',
  'ceilingFenLevel2',
  'ceilingFenLevel3',
  'sex',
  'ageFrom',
  'ageBelow',
  'levels',
  'careTypes',
  'schemes',
  'diagnoses',
  'supplyDaysMax',
  'dailyQuantityMax',
  'hospitalApproval',
  'chargeType',
] as const
export type CatalogueColumn = (typeof CATALOGUE_COLUMNS)[number]

/** The columns that every file must have. */
export const REQUIRED_COLUMNS = ['code', 'name', 'kind', 'class', 'from'] as const

/** A cell that is not what its column holds. `expected` says what it should have been. */
export type CellFault = (column: CatalogueColumn, expected: string, found: string) => void

const CODE = /^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$/
const INTEGER = /^(?:0|[1-9]\d{0,12})$/
const GROUP = /^[a-z][a-z0-9-]{0,39}$/
const CHARGE_TYPE = /^[A-Za-z0-9]{1,6}$/
const SCHEME = /^[a-z][a-z0-9-]*$/
const DIAGNOSIS = /^[A-Z][A-Z0-9.+*-]{0,19}$/
const AGE_MAX = 150
const DAYS_MAX = 3_650

type Cell = (column: CatalogueColumn) => string

/**
 * Reads one row after another. A faulty cell is reported and read as absent, so that one pass finds
 * every fault; a catalogue with faults is not used. Equal small values (dates, lists, restrictions)
 * are shared between rows, which halves the memory of a national catalogue.
 */
export function rowReader(): (cell: Cell, fault: CellFault) => CatalogueRow {
  const dates = new Map<string, string | undefined>()
  const restrictionsByCells = new Map<string, Restrictions>()

  const date = (cell: Cell, column: 'from' | 'until', fault: CellFault): string | undefined => {
    const text = cell(column)
    if (text === '') return undefined
    if (!dates.has(text)) dates.set(text, isCivilDate(text) ? text : undefined)
    const known = dates.get(text)
    if (known === undefined) fault(column, 'a date YYYY-MM-DD', text)
    return known
  }

  const restrictions = (cell: Cell, fault: CellFault): Restrictions | undefined => {
    if (RESTRICTION_COLUMNS.every((column) => cell(column) === '')) return undefined
    const cells = RESTRICTION_COLUMNS.map(cell).join()
    const known = restrictionsByCells.get(cells)
    if (known !== undefined) return known
    let faulty = false
    const read = readRestrictions(cell, (column, expected, found) => {
      faulty = true
      fault(column, expected, found)
    })
    if (!faulty) restrictionsByCells.set(cells, read)
    return read
  }

  return (cell, fault) => {
    const code = cell('code')
    if (!CODE.test(code)) fault('code', '1-40 letters, digits, points and hyphens', code)
    const name = cell('name')
    if (name === '' || name !== name.trim() || /\p{Cc}/u.test(name)) {
      fault('name', 'a name on one line, without spaces around it', name)
    }
    const kind = oneOf(cell, 'kind', KINDS, fault) ?? 'service'
    const itemClass = oneOf(cell, 'class', CLASSES, fault) ?? 'C'
    const group = cell('group')
    if (group !== '' && !GROUP.test(group)) {
      fault('group', '1-40 small letters, digits and hyphens', group)
    }
    const chargeType = cell('chargeType')
    if (chargeType !== '' && !CHARGE_TYPE.test(chargeType)) {
      fault('chargeType', '1-6 letters and digits', chargeType)
    }
    const from = date(cell, 'from', fault)
    if (from === undefined && cell('from') === '') fault('from', 'a date YYYY-MM-DD', '')
    const until = date(cell, 'until', fault)
    const firstSelfPayPermyriad = integer(cell, 'firstSelfPayPermyriad', 0, 10_000, fault) ?? 0
    if (itemClass !== 'B' && firstSelfPayPermyriad !== 0) {
      fault('firstSelfPayPermyriad', '0 or nothing outside class B', `${firstSelfPayPermyriad}`)
    }
    const ceiling = readCeiling(cell, fault)
    const restricted = restrictions(cell, fault)
    return {
      code,
      name,
      kind,
      class: itemClass,
      ...(group === '' ? undefined : { group }),
      ...(chargeType === '' ? undefined : { chargeType }),
      from: from ?? '',
      ...(until === undefined ? undefined : { until }),
      firstSelfPayPermyriad,
      ...(ceiling === undefined ? undefined : { ceiling }),
      ...(restricted === undefined ? undefined : { restrictions: restricted }),
    }
  }
}

const KINDS = ['drug', 'service', 'consumable'] as const
const CLASSES = ['A', 'B', 'C'] as const
const SEXES = ['female', 'male'] as const
const FLAGS = ['true', 'false'] as const

const RESTRICTION_COLUMNS = [
  'sex',
  'ageFrom',
  'ageBelow',
  'levels',
  'careTypes',
  'schemes',
  'diagnoses',
  'supplyDaysMax',
  'dailyQuantityMax',
  'hospitalApproval',
] as const

function readCeiling(cell: Cell, fault: CellFault): CatalogueRow['ceiling'] {
  const any = integer(cell, 'ceilingFen', 0, FEN_MAX, fault)
  const byLevel: Record<number, number> = {}
  for (const level of [1, 2, 3] as const) {
    const fen = integer(cell, `ceilingFenLevel${level}`, 0, FEN_MAX, fault)
    if (fen !== undefined) byLevel[level] = fen
  }
  const levelled = Object.keys(byLevel).length > 0
  if (any === undefined && !levelled) return undefined
  return { ...(any === undefined ? {} : { any }), ...(levelled ? { byLevel } : {}) }
}

function readRestrictions(cell: Cell, fault: CellFault): Restrictions {
  const sex = oneOf(cell, 'sex', SEXES, fault)
  const ageFrom = integer(cell, 'ageFrom', 0, AGE_MAX, fault)
  const ageBelow = integer(cell, 'ageBelow', 1, AGE_MAX, fault)
  if (ageFrom !== undefined && ageBelow !== undefined && ageBelow <= ageFrom) {
    fault('ageBelow', 'an age above ageFrom', cell('ageBelow'))
  }
  const levels = list(cell, 'levels', (text) => /^[0-3]$/.test(text), 'levels 0-3', fault)
  const careTypes = list(cell, 'careTypes', isCareType, `of ${CARE_TYPES.join(', ')}`, fault)
  const schemes = list(cell, 'schemes', (text) => SCHEME.test(text), 'names of schemes', fault)
  const diagnoses = list(
    cell,
    'diagnoses',
    (text) => DIAGNOSIS.test(text),
    'prefixes of diagnosis codes',
    fault,
  )
  const supplyDaysMax = integer(cell, 'supplyDaysMax', 1, DAYS_MAX, fault)
  const dailyQuantityMax = cell('dailyQuantityMax')
  if (dailyQuantityMax !== '' && !isQuantity(dailyQuantityMax)) {
    fault('dailyQuantityMax', 'a decimal above 0 with up to 4 places', dailyQuantityMax)
  }
  const hospitalApproval = oneOf(cell, 'hospitalApproval', FLAGS, fault)
  return {
    ...(sex === undefined ? {} : { sex }),
    ...(ageFrom === undefined ? {} : { ageFrom }),
    ...(ageBelow === undefined ? {} : { ageBelow }),
    ...(levels === undefined ? {} : { levels: levels.map(Number) }),
    ...(careTypes === undefined ? {} : { careTypes: careTypes as CareType[] }),
    ...(schemes === undefined ? {} : { schemes }),
    ...(diagnoses === undefined ? {} : { diagnoses }),
    ...(supplyDaysMax === undefined ? {} : { supplyDaysMax }),
    ...(dailyQuantityMax === '' ? {} : { dailyQuantityMax }),
    ...(hospitalApproval === undefined ? {} : { hospitalApproval: hospitalApproval === 'true' }),
  }
}

function oneOf<T extends string>(
  cell: Cell,
  column: CatalogueColumn,
  values: readonly T[],
  fault: CellFault,
): T | undefined {
  const text = cell(column)
  const value = values.find((one) => one === text)
  const required = column === 'kind' || column === 'class'
  if (value === undefined && (required || text !== '')) {
    fault(column, `one of ${values.join(', ')}`, text)
  }
  return value
}

function integer(
  cell: Cell,
  column: CatalogueColumn,
  least: number,
  most: number,
  fault: CellFault,
): number | undefined {
  const text = cell(column)
  if (text === '') return undefined
  const value = INTEGER.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  fault(column, `an integer of ${least} to ${most}`, text)
  return undefined
}

function list(
  cell: Cell,
  column: CatalogueColumn,
  isItem: (text: string) => boolean,
  expected: string,
  fault: CellFault,
): string[] | undefined {
  const text = cell(column)
  if (text === '') return undefined
  const items = text.split('|')
  if (items.every(isItem) && new Set(items).size === items.length) return items
  fault(column, `${expected}, each once, separated by |`, text)
  return undefined
}

function isCareType(text: string): boolean {
  return (CARE_TYPES as readonly string[]).includes(text)
}

function isQuantity(text: string): boolean {
  const scaled = parseDecimal(text, QUANTITY_PLACES)
  return scaled !== undefined && scaled > 0
}
