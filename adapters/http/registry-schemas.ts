import { Type } from 'typebox'
import { CARE_TYPES } from '../../engine/claim/claim.ts'
import { IMPORT_KINDS } from '../../engine/counter/record-entry.ts'
import { civilDate, name, strict } from './schemas.ts'

/** The shapes of the registries: records as they are put and read, and imports. */

const dated = {
  from: civilDate('First day'),
  until: Type.Optional(civilDate('The day after the last one; open when absent')),
}
const district = (description: string) => Type.String({ pattern: '^[0-9]{6}$', description })
const years = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description }))
const version = Type.Integer({
  minimum: 0,
  description: 'Of the record that was read; 0, which may be left out, for a new one',
})

const Attribute = Type.Object(
  {
    ...dated,
    name: name('As a pack declares it'),
    value: Type.Union([Type.String({ maxLength: 64 }), Type.Integer()]),
  },
  strict,
)
const attributes = Type.Optional(Type.Array(Attribute, { maxItems: 200 }))
const careTypes = Type.Array(Type.Enum([...CARE_TYPES]), { minItems: 1, uniqueItems: true })

const GradeChange = Type.Object(
  {
    handledOn: civilDate('Day at the agency'),
    to: Type.Integer({ minimum: 0, maximum: 99 }),
    condition: Type.Optional(name('The ground on which it was allowed (转档条件)')),
  },
  strict,
)

const Insurance = Type.Object(
  {
    ...dated,
    scheme: name('As the packs name it'),
    grade: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 99, description: 'Contribution tier' }),
    ),
    employment: Type.Optional(Type.Enum(['active', 'retired'])),
    homeDistrict: district('District of participation (参保地)'),
    status: Type.Enum(['paid-up', 'in-arrears', 'suspended']),
    gradeChanges: Type.Optional(Type.Array(GradeChange, { maxItems: 50 })),
    entry: Type.Optional(Type.Enum(['continued', 'first', 'interrupted', 'late', 'newborn'])),
    registeredOn: Type.Optional(civilDate('Registered and paid; `from` when absent')),
    brokenYears: years('Years without contributions'),
    boughtBackYears: years('Of these, bought back since'),
    yearsBefore: years('Full years of continuous insurance before `from`'),
  },
  strict,
)

const person = {
  sex: Type.Enum(['female', 'male']),
  bornOn: civilDate('Date of birth'),
  insurances: Type.Array(Insurance, { maxItems: 200 }),
  categories: Type.Array(
    Type.Object({ ...dated, category: name('Such as low-income (低保)') }, strict),
    { maxItems: 100 },
  ),
  accountSharedWith: Type.Array(
    Type.Object({ ...dated, personId: name('Who may draw on the account') }, strict),
    { maxItems: 50 },
  ),
  householdId: Type.Optional(name('The household in which the person insures', 64)),
  registrations: Type.Optional(
    Type.Array(
      Type.Object(
        {
          ...dated,
          kind: Type.Enum(['chronic', 'special', 'two-diseases']),
          diseaseCode: name('Disease', 32),
        },
        strict,
      ),
      { maxItems: 100 },
    ),
  ),
  careAssessments: Type.Optional(
    Type.Array(
      Type.Object({ ...dated, careGrade: Type.Integer({ minimum: 0, maximum: 99 }) }, strict),
      { maxItems: 50 },
    ),
  ),
  chosenInstitutions: Type.Optional(
    Type.Array(
      Type.Object(
        { ...dated, institutionId: name('Its id'), careTypes: Type.Optional(careTypes) },
        strict,
      ),
      { maxItems: 50, description: 'Chosen for all care, or for the kinds of it that are named' },
    ),
  ),
  attributes,
}

const institution = {
  name: Type.String({ minLength: 1, maxLength: 120 }),
  kind: Type.Enum(['hospital', 'community-centre', 'tcm-hospital', 'pharmacy']),
  district: district('District of care (就医地)'),
  levels: Type.Array(
    Type.Object(
      {
        ...dated,
        level: Type.Integer({ minimum: 1, maximum: 3 }),
        deductibleLevel: Type.Optional(Type.Integer({ minimum: 1, maximum: 3 })),
      },
      strict,
    ),
    { maxItems: 50 },
  ),
  agreements: Type.Array(
    Type.Object(
      {
        ...dated,
        careTypes,
        status: Type.Enum(['in-force', 'suspended']),
      },
      strict,
    ),
    { maxItems: 100 },
  ),
  attributes,
}

const approval = {
  ...dated,
  kind: Type.Enum(['agency-consent', 'referral', 'residence', 'emergency-report']),
  personId: name('The person it is for'),
  institutionId: Type.Optional(name('The one institution it names')),
  district: Type.Optional(district('Where it names no institution')),
  registeredOn: civilDate('Day of registration or report'),
  rescue: Type.Optional(Type.Boolean({ description: 'Critical rescue, in an emergency report' })),
  withdrawn: Type.Optional(Type.Literal(true, { description: 'Taken back: it covers nothing' })),
}

/** A whole record as it is put: its id may be left to the address, empty histories out. */
export const PersonBody = Type.Object(
  {
    ...person,
    personId: Type.Optional(name('The same as in the address')),
    version: Type.Optional(version),
    categories: Type.Optional(person.categories),
    accountSharedWith: Type.Optional(person.accountSharedWith),
  },
  { ...strict, title: 'PersonRecordRequest' },
)
export const InstitutionBody = Type.Object(
  {
    ...institution,
    institutionId: Type.Optional(name('The same as in the address')),
    version: Type.Optional(version),
  },
  { ...strict, title: 'InstitutionRecordRequest' },
)
export const ApprovalBody = Type.Object(
  {
    ...approval,
    approvalId: Type.Optional(name('The same as in the address', 64)),
    version: Type.Optional(version),
  },
  { ...strict, title: 'ApprovalRecordRequest' },
)

/** A record as it is registered; where the journal has it is its version. */
export const PersonAnswerBody = Type.Object(
  { personId: Type.String(), version, ...person },
  { ...strict, title: 'PersonRecord' },
)
export const InstitutionAnswerBody = Type.Object(
  { institutionId: Type.String(), version, ...institution },
  { ...strict, title: 'InstitutionRecord' },
)
export const ApprovalAnswerBody = Type.Object(
  { approvalId: Type.String(), version, ...approval },
  { ...strict, title: 'ApprovalRecord' },
)

export const PersonId = Type.Object({ personId: name('Scheme number') })
export const InstitutionId = Type.Object({ institutionId: name('Institution') })
export const ApprovalId = Type.Object({ approvalId: name('Approval', 64) })

export const ImportBody = Type.Object(
  {
    kind: Type.Enum([...IMPORT_KINDS]),
    format: Type.Enum(['csv', 'xlsx']),
    bytes: Type.Integer({ minimum: 1, maximum: 8 * 1024 ** 3, description: 'Size of the file' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Hash of the file' }),
    dryRun: Type.Optional(Type.Boolean({ description: 'Check only, apply nothing' })),
    again: Type.Optional(
      Type.Boolean({ description: 'Apply a file once more; opening balances are booked once' }),
    ),
  },
  { ...strict, title: 'ImportRequest' },
)

export const ImportId = Type.Object({
  importId: Type.String({
    pattern: `^(${IMPORT_KINDS.join('|')})-(again-)?(check-)?[0-9a-f]{64}$`,
  }),
})
export const ImportOffset = Type.Object(
  { offset: Type.String({ pattern: '^(0|[1-9][0-9]{0,11})$', description: 'First byte sent' }) },
  strict,
)

export const ImportAnswerBody = Type.Object(
  {
    importId: Type.String(),
    kind: Type.String(),
    state: Type.String({
      description: 'receiving, checking, refused, checked (a dry run), applied or failed',
    }),
    received: Type.Integer({ description: 'Bytes of the file that are here: where to go on' }),
    rows: Type.Integer({ description: 'Rows read so far, the one of names not counted' }),
    readBytes: Type.Integer({ description: 'Bytes of the file read so far' }),
    records: Type.Integer({ description: 'Records, or persons with credentials or balances' }),
    unchanged: Type.Integer({ description: 'Records that stood as they are in the file' }),
    position: Type.Optional(Type.Integer({ description: 'Where the journal made it live' })),
    faultCount: Type.Integer(),
    faults: Type.Array(
      Type.Object({ row: Type.Integer(), column: Type.String(), expected: Type.String() }),
      { description: 'The first ones; all stand in the report' },
    ),
  },
  { title: 'Import' },
)

const Kept = Type.Unsafe<unknown>({})

export const PersonExportBody = Type.Object(
  {
    format: Type.String(),
    personId: Type.String(),
    upTo: Type.Integer({ description: 'The last position of the journal that was read' }),
    credentials: Type.Array(Kept, { description: 'By kind; for the agency with the number' }),
    imported: Type.Array(Kept, {
      description: 'Records that imports brought, the first one first',
    }),
    entries: Type.Array(Kept, { description: 'What the journal has, in order' }),
    accumulated: Type.Unsafe<unknown>({ description: 'What it adds up to: person and account' }),
  },
  { title: 'PersonExport' },
)
