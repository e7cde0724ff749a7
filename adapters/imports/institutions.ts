import { checkInstitution } from '../../engine/registry/check-record.ts'
import type { InstitutionRecord } from '../../engine/registry/records.ts'
import type { Cells, FaultSink } from './cells.ts'
import { attributeOf, careTypesOf, type Layout, Places, spanOf } from './layout.ts'

const STRETCHES = {
  level: ['from', 'until', 'level', 'deductibleLevel'],
  agreement: ['from', 'until', 'careTypes', 'status'],
  attribute: ['from', 'until', 'attribute', 'value'],
} as const
const NAMES = ['level', 'agreement', 'attribute'] as const

const OF_INSTITUTION = ['institutionId', 'name', 'kind', 'district'] as const
const OF_STRETCHES = [...new Set(Object.values(STRETCHES).flat())]
const KINDS = ['hospital', 'community-centre', 'tcm-hospital', 'pharmacy'] as const

/** One row per level, agreement or attribute; the institution's own columns as in the first row. */
export const INSTITUTIONS: Layout<InstitutionRecord> = {
  columns: [...OF_INSTITUTION, 'stretch', ...OF_STRETCHES],
  idColumn: 'institutionId',
  read: readInstitution,
}

function readInstitution(rows: readonly Cells[], fault: FaultSink): InstitutionRecord | undefined {
  const [first] = rows as [Cells, ...Cells[]]
  const institutionId = first.id('institutionId')
  const name = first.needed('name', first.text('name', 120))
  const kind = first.needed('kind', first.oneOf('kind', KINDS))
  const district = first.needed('district', first.district('district'))
  const levels: InstitutionRecord['levels'][number][] = []
  const agreements: InstitutionRecord['agreements'][number][] = []
  const attributes: NonNullable<InstitutionRecord['attributes']>[number][] = []
  const places = new Places(first.row)
  for (const cells of rows) {
    if (cells !== first) cells.repeats(first, OF_INSTITUTION)
    const stretch = cells.needed('stretch', cells.oneOf('stretch', NAMES))
    if (stretch === undefined) continue
    cells.onlyOf(STRETCHES[stretch], OF_STRETCHES, `a row of ${stretch}`)
    const span = spanOf(cells)
    if (stretch === 'level') {
      const level = cells.needed('level', cells.integer('level', 1, 3))
      const deductibleLevel = cells.integer('deductibleLevel', 1, 3)
      if (span === undefined || level === undefined) continue
      places.set(`/levels/${levels.length}`, cells.row)
      levels.push({ ...span, level, ...(deductibleLevel === undefined ? {} : { deductibleLevel }) })
    } else if (stretch === 'agreement') {
      const careTypes = cells.needed('careTypes', careTypesOf(cells))
      const states = ['in-force', 'suspended'] as const
      const status = cells.needed('status', cells.oneOf('status', states))
      if (span === undefined || careTypes === undefined || status === undefined) continue
      places.set(`/agreements/${agreements.length}`, cells.row)
      agreements.push({ ...span, careTypes, status })
    } else {
      const attribute = attributeOf(cells, span)
      if (attribute === undefined) continue
      places.set(`/attributes/${attributes.length}`, cells.row)
      attributes.push(attribute)
    }
  }
  if (institutionId === undefined || name === undefined) return undefined
  if (kind === undefined || district === undefined) return undefined
  const institution: InstitutionRecord = {
    institutionId,
    version: 0,
    name,
    kind,
    district,
    levels,
    agreements,
    ...(attributes.length === 0 ? {} : { attributes }),
  }
  for (const found of checkInstitution(institution)) places.tell(found, fault)
  return institution
}
