import type { YearDifference } from '../../engine/difference/calendar-difference.ts'
import type { FieldDifference, FieldValue } from '../../engine/difference/fields.ts'
import type { PackSide, TableDifference } from '../../engine/difference/pack-difference.ts'
import type { Care, PlanDifference } from '../../engine/difference/plan-difference.ts'
import type { RowDifference } from '../../engine/difference/table-difference.ts'
import type { Anchor, PackSource } from '../../engine/policy/pack.ts'
import type { Mark } from '../../engine/policy/table.ts'
import { schemesCreditedBy, tablesNamedIn } from '../../engine/policy/table-names.ts'
import type { ChangedPack, RulesDifference } from '../packs/compare-versions.ts'
import { codeText } from './codes.ts'
import { columnLabel } from './notes.ts'
import { figureText, valuesText, whoText } from './who.ts'

type Packs = ReadonlyMap<string, PackSide>

/** A difference in words, for a policy officer. */
export function diffText(
  { packs, calendar }: RulesDifference,
  before: Packs,
  after: Packs,
): string {
  const blocks = [
    ...packs.map((one) => packText(one, before.get(one.id)?.source, after.get(one.id)?.source)),
    ...(calendar.length === 0 ? [] : [calendarText(calendar)]),
  ]
  return blocks.length === 0 ? 'no difference' : blocks.join('\n\n')
}

const HASH_SHOWN = 12

function packText(
  { id, what, before: was, after: is, difference }: ChangedPack,
  before: PackSource | undefined,
  after: PackSource | undefined,
): string {
  const hashes = [was, is].map((hash) => hash?.slice(0, HASH_SHOWN))
  const title = `${id} ${(after ?? before)!.title}`
  if (difference === undefined || before === undefined || after === undefined) {
    return `${title}: the pack was ${what}, ${hashes.join('')}`
  }
  const blocks = [
    section('the pack', difference.fields.map(fieldText)),
    section(
      'plans',
      difference.plans.map((one) => planText(one, before, after)),
    ),
    section(
      'tables',
      difference.tables.flatMap((table) => tableLines(table, before, after)),
    ),
  ]
  return [`${title}: ${hashes[0]} → ${hashes[1]}`, ...blocks.flat()].join('\n')
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `  ${title}`, ...lines.map((line) => `    ${line}`)]
}

const FIELDS: Readonly<Record<string, string>> = {
  covers: 'dates of care covered',
  districts: 'district',
  districtAliases: 'earlier code of a district,',
  zones: 'zone',
  categories: 'categories, the first decides',
  attributes: 'attribute of a',
  derived: 'derived facts',
  sums: 'reference sum',
  yearSums: "whose the year's sums are:",
  gradeRanking: 'tiers from the best down',
  documents: 'document',
  coverage: 'words on the coverage:',
}

function fieldText({ path: [first = '', ...rest], before, after }: FieldDifference): string {
  const name = [FIELDS[first] ?? first, ...rest].join(' ')
  return `${name}: ${became(before, after)}`
}

/** What became of what; of longer texts only the later one is said, of longer lists what differs. */
function became(before: FieldValue | undefined, after: FieldValue | undefined): string {
  if (before === undefined) return `new: ${fieldValue(after!)}`
  if (after === undefined) return `gone (was ${fieldValue(before)})`
  const [was, is] = [fieldValue(before), fieldValue(after)]
  if (was.length + is.length <= LONG) return `${was} → ${is}`
  return Array.isArray(before) && Array.isArray(after)
    ? listBecame(before, after)
    : `reworded: ${is}`
}

/** Of a long list what went and what came; where it is neither, the order. */
function listBecame(before: ListValue, after: ListValue): string {
  const gone = before.filter((one) => !after.includes(one))
  const come = after.filter((one) => !before.includes(one))
  if (gone.length + come.length === 0) return `in another order: ${fieldValue(after)}`
  const said = [
    ...(gone.length === 0 ? [] : [`gone: ${gone.join(', ')}`]),
    ...(come.length === 0 ? [] : [`new: ${come.join(', ')}`]),
  ]
  return said.join('; ')
}

type ListValue = Extract<FieldValue, readonly unknown[]>

const LONG = 160

function fieldValue(value: FieldValue): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value)
}

function careText(care: readonly Care[]): string {
  return care
    .map(({ scheme, careTypes }) => {
      const kinds = careTypes.map((one) => codeText('careType', one, 'en')).join(', ')
      return `${codeText('scheme', scheme, 'en')} (${kinds})`
    })
    .join('; ')
}

function planText(
  { care, what, path, before, after }: PlanDifference,
  was: PackSource,
  is: PackSource,
): string {
  const name = `${careText(care)}:`
  if (what === 'plan') {
    return after === undefined
      ? `${name} no plan any more, so that claims are refused`
      : `${name} a new plan, with the layers ${fieldValue(after)}`
  }
  if (what === 'layer') {
    const [, id] = path
    return after === undefined
      ? `${name} the layer ${id} (${before}) is gone`
      : `${name} a new layer ${id} (${after})`
  }
  const titled = (value: FieldValue | undefined) =>
    value === undefined ? value : withTitle(value, was, is)
  return `${name} ${pathText(path)}: ${became(titled(before), titled(after))}`
}

/** `layer basic, cap pool, table`. */
function pathText(path: readonly string[]): string {
  const words: string[] = []
  for (let at = 0; at < path.length; at++) {
    const key = path[at]!
    const isList = (key === 'layers' || key === 'caps') && at + 1 < path.length
    words.push(isList ? `${key.slice(0, -1)} ${path[++at]}` : spaced(key))
  }
  return words.join(', ')
}

/** `yearlyLimit` → `yearly limit`. */
function spaced(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** A table's name with its title beside it. */
function withTitle(value: FieldValue, ...packs: readonly PackSource[]): FieldValue {
  if (typeof value !== 'string') return value
  const tables = packs.flatMap(({ tables }) => tables)
  const title = tables.find(({ table }) => table === value)?.title
  return title === undefined ? value : `${value} (${title})`
}

function tableLines(difference: TableDifference, before: PackSource, after: PackSource): string[] {
  const { table, title, what, head, figures, sources, units, anchor } = difference
  const name = `${table} ${title}`
  if (what !== 'changed') return [`${name}: the table was ${what}`]
  const isCredit = [before, after].some((pack) => schemesCreditedBy(table, pack).length > 0)
  const picked = isCredit ? 'months begun' : ANCHORS[anchor]
  const sentence = (row: RowDifference) =>
    [
      ...[dateText(row, picked, before, after)],
      ...row.who.map((who) => peopleText(who, { ...before.districts, ...after.districts })),
    ].join(', ')
  // Where the packs cover other dates, each rule has come or gone: the number says enough.
  const [shown, beyond] = [false, true].map((isBeyond) =>
    figures.filter((row) => isBeyondOf(row, before, after) === isBeyond),
  )
  return [
    `${name}${readersText(table, after)}`,
    ...head.map(({ path, ...rest }) => `  ${path.join(' ')}: ${became(rest.before, rest.after)}`),
    ...beyondLines(beyond!, picked, before, after),
    ...shown!.map((row) => `  ${sentence(row)}: ${figuresText(row, units)}`),
    ...(sources.length === 0 ? [] : ['  the same figures from another source:']),
    ...sources.map((row) => `    ${sentence(row)}: ${sourceText(row.before!, row.after!)}`),
  ]
}

/** Whether all of it lies on dates that one of the packs does not cover. */
function isBeyondOf(row: RowDifference, before: PackSource, after: PackSource): boolean {
  const { covers } = row.before === undefined ? before : after
  const isOneSided = row.before === undefined || row.after === undefined
  return (
    isOneSided && row.dates.every(({ from, until }) => until <= covers.from || covers.until <= from)
  )
}

function beyondLines(
  rows: readonly RowDifference[],
  picked: string,
  before: PackSource,
  after: PackSource,
): string[] {
  const counts = new Map<string, number>()
  for (const row of rows) {
    const what = row.before === undefined ? 'newly covered' : 'no longer covered'
    const key = `${dateText(row, picked, before, after)}, ${what}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts].map(([key, count]) => `  ${key}: ${count} ${count === 1 ? 'rule' : 'rules'}`)
}

/** Who is touched: the care of whose plans the table is a part, or what it works out for others. */
function readersText(table: string, pack: PackSource): string {
  const { plans, derived = [], sums = {} } = pack
  const care = new Map<string, Care>()
  for (const { scheme, careTypes, ...plan } of plans) {
    const named = tablesNamedIn({ scheme, careTypes, ...plan })
    if (!named.some(([, name]) => name === table)) continue
    const known = care.get(scheme)?.careTypes ?? []
    care.set(scheme, { scheme, careTypes: [...new Set([...known, ...careTypes])] })
  }
  const facts = derived.filter((one) => one.table === table).map(({ fact }) => `the fact ${fact}`)
  const ofSums = Object.entries(sums).filter(([, name]) => name === table)
  const credited = schemesCreditedBy(table, pack)
  const all = [
    ...(care.size === 0 ? [] : [careText([...care.values()])]),
    ...facts,
    ...ofSums.map(([name]) => `the reference sum ${name}`),
    ...credited.map((scheme) => `accounts of ${codeText('scheme', scheme, 'en')}`),
  ]
  return all.length === 0 ? '' : `, for ${all.join('; ')}`
}

const ANCHORS: Readonly<Record<Anchor, string>> = {
  admission: 'care begun',
  discharge: 'care ended',
  line: 'items dated',
}

/** Bounds that are those of the packs themselves go without saying. */
function dateText(
  { dates }: RowDifference,
  picked: string,
  before: PackSource,
  after: PackSource,
): string {
  const [first] = [before.covers.from, after.covers.from].sort()
  const last = [before.covers.until, after.covers.until].sort().at(-1)
  const stretches = dates.map(({ from, until }) => {
    const begins = from === first ? '' : ` from ${from}`
    const ends = until === last ? '' : ` until ${until}`
    return `${begins}${ends}`
  })
  const said = stretches.join(' and').trim()
  return said === '' ? 'on all dates' : `${picked} ${said}`
}

/** Few values are named; of many the few that are left out. */
function peopleText(
  { fact, values, others }: RowDifference['who'][number],
  districts: Readonly<Record<string, string>>,
): string {
  const isMost = values.length > 3 && others.length * 2 < values.length
  if (!isMost) return whoText(fact, values, 'en', districts)
  return `${whoText(fact, [], 'en')}all but ${valuesText(fact, others, 'en', districts)}`
}

function figuresText({ columns, before, after }: RowDifference, units: TableDifference['units']) {
  const value = (column: string, one: string | number | boolean | undefined) =>
    one === undefined ? 'not said' : figureText(column, one, units[column], 'en')
  const figures = columns.map(({ column, before: was, after: is }) => {
    if (before === undefined) return `${columnLabel(column, 'en')} ${value(column, is)}`
    if (after === undefined) return `${columnLabel(column, 'en')} ${value(column, was)}`
    return `${columnLabel(column, 'en')} ${value(column, was)} → ${value(column, is)}`
  })
  const said = figures.join(', ')
  if (before === undefined) return `no rule before, now ${said}; ${markText(after!)}`
  if (after === undefined) return `no rule any more, before ${said}`
  return `${said}; ${sourceText(before, after)}`
}

function markText({ standing, reference }: Mark): string {
  return reference === undefined ? standing : `${standing}, ${reference}`
}

/** What a figure rested on and rests on now. */
function sourceText(before: Mark, after: Mark): string {
  const [was, is] = [markText(before), markText(after)]
  if (was !== is)
    return before.reference === after.reference || before.standing !== after.standing
      ? `${before.standing} → ${markText(after)}`
      : `${was} → ${is}`
  return before.note === after.note ? is : `${is}; another note: ${after.note ?? 'none'}`
}

function calendarText(years: readonly YearDifference[]): string {
  const lines = years.map((one) => {
    if (one.what !== 'changed') return `  ${one.year}: the year was ${one.what}`
    const days = [
      ['new days off', one.newlyOff],
      ['no longer days off', one.noLongerOff],
      ['new working weekend days', one.newlyWorked],
      ['no longer worked', one.noLongerWorked],
    ] as const
    const said = days.flatMap(([name, list]) =>
      list.length === 0 ? [] : [`${name}: ${list.join(', ')}`],
    )
    return `  ${one.year}: ${[...said, ...one.sources.map(fieldText)].join('; ')}`
  })
  return ['calendar of working days', ...lines].join('\n')
}
