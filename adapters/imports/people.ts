import { checkPerson } from '../../engine/registry/check-record.ts'
import type {
  Attribute,
  CareAssessment,
  ChosenInstitution,
  Dated,
  DiseaseRegistration,
  GradeChange,
  Insurance,
  PersonRecord,
} from '../../engine/registry/records.ts'
import { type Cells, type FaultSink, given } from './cells.ts'
import { attributeOf, careTypesOf, type Layout, Places, spanOf } from './layout.ts'

/** What a row of each kind of stretch uses besides the columns of the person. */
const STRETCHES = {
  insurance: [
    'from',
    'until',
    'scheme',
    'grade',
    'employment',
    'homeDistrict',
    'status',
    'entry',
    'registeredOn',
    'brokenYears',
    'boughtBackYears',
    'yearsBefore',
  ],
  'grade-change': ['from', 'grade', 'condition'],
  category: ['from', 'until', 'category'],
  'account-sharing': ['from', 'until', 'sharedWith'],
  registration: ['from', 'until', 'diseaseKind', 'diseaseCode'],
  'care-assessment': ['from', 'until', 'careGrade'],
  'chosen-institution': ['from', 'until', 'institutionId', 'careTypes'],
  attribute: ['from', 'until', 'attribute', 'value'],
} as const
type Stretch = keyof typeof STRETCHES

const OF_PERSON = ['personId', 'sex', 'bornOn', 'householdId'] as const
const OF_STRETCHES = [...new Set(Object.values(STRETCHES).flat())]
const NAMES = Object.keys(STRETCHES) as Stretch[]

/** One row per dated stretch; the person's own columns may be left out after the first row. */
export const PEOPLE: Layout<PersonRecord> = {
  columns: [...OF_PERSON, 'stretch', ...OF_STRETCHES],
  idColumn: 'personId',
  read: readPerson,
}

function readPerson(rows: readonly Cells[], fault: FaultSink): PersonRecord | undefined {
  const [first] = rows as [Cells, ...Cells[]]
  const personId = first.id('personId')
  const sex = first.needed('sex', first.oneOf('sex', ['female', 'male'] as const))
  const bornOn = first.needed('bornOn', first.date('bornOn'))
  const householdId = first.id('householdId', 64)
  const places = new Places(first.row)
  const histories = new Histories()
  for (const cells of rows) {
    if (cells !== first) cells.repeats(first, OF_PERSON)
    const stretch = cells.needed('stretch', cells.oneOf('stretch', NAMES))
    if (stretch === undefined) continue
    cells.onlyOf(STRETCHES[stretch], OF_STRETCHES, `a row of ${stretch}`)
    const pointer = READERS[stretch](cells, spanOf(cells), histories)
    if (pointer !== undefined) places.set(pointer, cells.row)
  }
  if (personId === undefined || sex === undefined || bornOn === undefined) return undefined
  const person: PersonRecord = {
    personId,
    version: 0,
    sex,
    bornOn,
    ...(householdId === undefined ? {} : { householdId }),
    ...histories.members(),
  }
  for (const found of checkPerson(person)) places.tell(found, fault)
  return person
}

type Insured = Insurance & { gradeChanges: GradeChange[] }

/** The histories of one person as they come together row by row. */
class Histories {
  readonly insurances: Insured[] = []
  readonly categories: PersonRecord['categories'][number][] = []
  readonly accountSharedWith: PersonRecord['accountSharedWith'][number][] = []
  readonly registrations: DiseaseRegistration[] = []
  readonly careAssessments: CareAssessment[] = []
  readonly chosenInstitutions: ChosenInstitution[] = []
  readonly attributes: Attribute[] = []

  members() {
    const { insurances, categories, accountSharedWith } = this
    const { registrations, careAssessments, chosenInstitutions, attributes } = this
    return {
      insurances: insurances.map(({ gradeChanges, ...insurance }) =>
        gradeChanges.length === 0 ? insurance : { ...insurance, gradeChanges },
      ),
      categories,
      accountSharedWith,
      ...(registrations.length === 0 ? {} : { registrations }),
      ...(careAssessments.length === 0 ? {} : { careAssessments }),
      ...(chosenInstitutions.length === 0 ? {} : { chosenInstitutions }),
      ...(attributes.length === 0 ? {} : { attributes }),
    }
  }
}

/** Reads a row into the histories; says where it stands in the record, unless it is at fault. */
type Reader = (cells: Cells, span: Dated | undefined, into: Histories) => string | undefined

const READERS: Readonly<Record<Stretch, Reader>> = {
  insurance: (cells, span, { insurances }) => {
    const insurance = insuranceOf(cells)
    if (span === undefined || insurance === undefined) return undefined
    insurances.push({ ...span, ...insurance, gradeChanges: [] })
    return `/insurances/${insurances.length - 1}`
  },
  'grade-change': (cells, span, { insurances }) => {
    const to = cells.needed('grade', cells.integer('grade', 0, 99))
    const condition = cells.id('condition')
    const insured = insurances.at(-1)
    if (insured === undefined) return cells.fault('stretch', 'an insurance row before it')
    if (span === undefined || to === undefined) return undefined
    const changed = condition === undefined ? {} : { condition }
    insured.gradeChanges.push({ handledOn: span.from, to, ...changed })
    return `/insurances/${insurances.length - 1}/gradeChanges/${insured.gradeChanges.length - 1}`
  },
  category: (cells, span, { categories }) => {
    const category = cells.needed('category', cells.id('category'))
    if (span === undefined || category === undefined) return undefined
    categories.push({ ...span, category })
    return `/categories/${categories.length - 1}`
  },
  'account-sharing': (cells, span, { accountSharedWith }) => {
    const personId = cells.needed('sharedWith', cells.id('sharedWith'))
    if (span === undefined || personId === undefined) return undefined
    accountSharedWith.push({ ...span, personId })
    return `/accountSharedWith/${accountSharedWith.length - 1}`
  },
  registration: (cells, span, { registrations }) => {
    const kinds = ['chronic', 'special', 'two-diseases'] as const
    const kind = cells.needed('diseaseKind', cells.oneOf('diseaseKind', kinds))
    const diseaseCode = cells.needed('diseaseCode', cells.id('diseaseCode', 32))
    if (span === undefined || kind === undefined || diseaseCode === undefined) return undefined
    registrations.push({ ...span, kind, diseaseCode })
    return `/registrations/${registrations.length - 1}`
  },
  'care-assessment': (cells, span, { careAssessments }) => {
    const careGrade = cells.needed('careGrade', cells.integer('careGrade', 0, 99))
    if (span === undefined || careGrade === undefined) return undefined
    careAssessments.push({ ...span, careGrade })
    return `/careAssessments/${careAssessments.length - 1}`
  },
  'chosen-institution': (cells, span, { chosenInstitutions }) => {
    const institutionId = cells.needed('institutionId', cells.id('institutionId'))
    const careTypes = careTypesOf(cells)
    if (span === undefined || institutionId === undefined) return undefined
    chosenInstitutions.push({ ...span, institutionId, ...given({ careTypes }) })
    return `/chosenInstitutions/${chosenInstitutions.length - 1}`
  },
  attribute: (cells, span, { attributes }) => {
    const attribute = attributeOf(cells, span)
    if (attribute === undefined) return undefined
    attributes.push(attribute)
    return `/attributes/${attributes.length - 1}`
  },
}

function insuranceOf(cells: Cells): Omit<Insurance, 'from'> | undefined {
  const scheme = cells.needed('scheme', cells.id('scheme'))
  const homeDistrict = cells.needed('homeDistrict', cells.district('homeDistrict'))
  const states = ['paid-up', 'in-arrears', 'suspended'] as const
  const status = cells.needed('status', cells.oneOf('status', states))
  const entries = ['continued', 'first', 'interrupted', 'late', 'newborn'] as const
  const rest = given({
    grade: cells.integer('grade', 0, 99),
    employment: cells.oneOf('employment', ['active', 'retired'] as const),
    entry: cells.oneOf('entry', entries),
    registeredOn: cells.date('registeredOn'),
    brokenYears: cells.integer('brokenYears', 0, 100),
    boughtBackYears: cells.integer('boughtBackYears', 0, 100),
    yearsBefore: cells.integer('yearsBefore', 0, 100),
  })
  if (scheme === undefined || homeDistrict === undefined || status === undefined) return undefined
  return { scheme, homeDistrict, status, ...rest }
}
