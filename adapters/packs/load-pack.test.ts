import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { serialize } from 'node:v8'
import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { CARE_TYPES } from '../../engine/claim/claim.ts'
import { compilePack, type Pack } from '../../engine/policy/compile.ts'
import { FACTS } from '../../engine/policy/facts.ts'
import {
  ANCHORS,
  type ColumnType,
  PARTS_OF_SHARE,
  type PackSource,
  STANDINGS,
} from '../../engine/policy/pack.ts'
import { PARTS, type Part } from '../../engine/policy/parts.ts'
import { checkReferences } from '../../engine/policy/references.ts'
import { PLAN_PARTS } from '../../engine/policy/table-names.ts'
import plansSchema from '../../rules/schema/plans.schema.json' with { type: 'json' }
import tableSchema from '../../rules/schema/table.schema.json' with { type: 'json' }
import { loadPacks } from './load-pack.ts'
import { readRules, sharedDistricts } from './read-rules.ts'
import { rulesKey } from './rules-snapshot.ts'
import { checkShape, type Shape } from './shape.ts'

const RULES = 'rules'
const BAD = 'fixtures/bad-packs'
const BASE = join(BAD, 'base')

t.test('the shipped packs load without a problem and leave no gap', async (t) => {
  const { packs, problems } = loadPacks(RULES)
  t.same(problems, [])
  t.ok(packs.some(({ source }) => source.id === 'chongqing'))
  for (const { source, hash } of packs) t.same(compilePack(source, hash).faults, [], source.id)
})

t.test('dates take a byte a character beside Chinese text', async (t) => {
  const dates: string[] = []
  const look = (value: unknown): void => {
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) dates.push(value)
    if (typeof value === 'object' && value !== null) Object.values(value).forEach(look)
  }
  look(loadPacks(RULES).packs.map(({ source }) => source))
  t.ok(dates.length > 100)
  t.same(dates.filter(isWide), [])
})

/** Whether the engine keeps a text with two bytes to a character; its own serializer tells. */
function isWide(text: string): boolean {
  return serialize(text)[2] === 'c'.charCodeAt(0)
}

t.test('every value of the shipped packs says where it comes from', async (t) => {
  for (const { source } of loadPacks(RULES).packs) {
    for (const { table, periods } of source.tables) {
      for (const period of periods) {
        const marks = [period, ...period.rows.flatMap(({ mark }) => mark ?? [])]
        for (const { standing, reference, note } of marks) {
          const where = `${source.id}/${table} from ${period.from}`
          if (standing === 'assumed') t.ok(note !== undefined && reference === undefined, where)
          else t.ok(reference !== undefined, where)
        }
      }
    }
  }
})

t.test('Chongqing in 2012 is the seed’s, and later figures are not called so', async (t) => {
  const pack = loadPacks(RULES).packs.find(({ source }) => source.id === 'chongqing')!.source
  const periods = (name: string) => pack.tables.find(({ table }) => table === name)!.periods
  const [seed, carried, published] = periods('resident/inpatient-rate')
  t.equal(seed!.standing, 'seed')
  t.same(seed!.reference, { document: 'cq-2011-293', clause: '居民办法 四(二)' })
  t.same(
    seed!.rows.map(({ ratePermyriad }) => ratePermyriad),
    [8000, 6000, 4000, 8500, 6500, 4500],
  )
  t.same([carried!.standing, carried!.rows], ['assumed', seed!.rows])
  t.same([published!.from, published!.standing], ['2022-01-01', 'published'])
  const seedAfter2012 = pack.tables
    .filter((table) => table.periods.some((p) => p.standing === 'seed' && p.until > '2013-01-01'))
    .map(({ table }) => table)
  t.same(
    seedAfter2012.sort(),
    ['resident/area-case', 'resident/penalty'],
    'only the rule whose end was published',
  )
})

t.test(
  'a repeated stay costs a tenth of the full deductible less, down to the floor',
  async (t) => {
    const pack = loadPacks(RULES).packs.find(({ source }) => source.id === 'chongqing')!.source
    const { periods } = pack.tables.find(({ table }) => table === 'employee/inpatient-deductible')!
    const hospital = { 1: 20_000, 2: 44_000, 3: 88_000 }
    const community = { 1: 16_000, 2: 40_000, 3: 88_000 }
    const floor = { 1: 10_000, 2: 26_000, 3: 62_000 }
    for (const { rows } of periods) {
      for (const row of rows) {
        const level = row['deductibleLevel'] as 1 | 2 | 3
        const full = row['institutionKind'] === 'community-centre' ? community : hospital
        if (row['per'] === 'year') {
          t.equal(row['deductibleFen'], full[level], `level ${level}, with a card`)
          continue
        }
        const number = row['admissionNumber'] as number | { from: number }
        const stay = typeof number === 'number' ? number : number.from
        const linear = full[level] - ((stay - 1) * full[level]) / 10
        t.equal(
          row['deductibleFen'],
          Math.max(linear, floor[level]),
          `level ${level}, stay ${stay}`,
        )
        if (typeof number === 'object') t.equal(row['deductibleFen'], floor[level])
      }
    }
  },
)

t.test('a row’s own mark stands in the place of its period’s', async (t) => {
  const { source, hash } = loadPacks(RULES).packs.find(({ source: { id } }) => id === 'chongqing')!
  const marks = (name: string, date: string) => {
    const table = compilePack(source, hash).pack.tables.find((one) => one.name === name)!
    return table.periods.find(({ from, until }) => from <= date && date < until)!.marks
  }
  const rate = marks('employee/inpatient-rate', '2023-06-01')
  t.same(
    rate.map(({ standing }) => standing),
    ['published', 'assumed', 'published', 'published'],
  )
  t.match(rate[0], { reference: 'toubaow.com/licai/84643.html', note: /at every level/ })
  t.same([rate[1]!.reference, /one unreliable page/.test(rate[1]!.note!)], [undefined, true])

  const minors = marks('resident/inpatient-rate', '2024-06-01')
  t.same(
    minors.map(({ standing }) => standing),
    [...Array(6).fill('published'), ...Array(6).fill('assumed')],
  )
  t.match(minors[0], { reference: 'zhifou.net.cn/c/20240424/369695.html' })
  for (const { note } of minors.slice(6)) t.match(note, /readke.*zuomama/s)

  const deductible = marks('employee/inpatient-deductible', '2023-06-01')
  const attested = deductible.filter(({ standing }) => standing === 'published')
  const hospitals = 16 + 3
  const communityCentres = 2 + 2
  t.equal(attested.length, hospitals + communityCentres, 'with and without a special-disease card')
})

t.test('the schemas list what the engine knows', async (t) => {
  const { definitions, properties } = tableSchema
  const { dimensions, anchor } = properties
  t.same(Object.keys(dimensions.properties).sort(), Object.keys(FACTS).sort())
  t.same(anchor.enum, ANCHORS)
  t.same(definitions.standing.enum, STANDINGS)
  t.same(plansSchema.definitions.plan.properties.careTypes.items.enum, CARE_TYPES)
  t.same(plansSchema.definitions.part.enum, PARTS_OF_SHARE)
  for (const [fact, { description }] of Object.entries(dimensions.properties)) {
    t.ok(description.length > 0, `${fact} is explained`)
  }
  for (const part of [...PLAN_PARTS, 'gradeChange', 'penalty', 'countsAsStay', 'layers']) {
    t.ok(part in plansSchema.definitions.plan.properties, part)
  }
})

t.test(
  'the schema of tables takes the columns that the engine reads, and no other unit',
  async (t) => {
    const columns = Object.values(PARTS as Record<string, Part>).flatMap(({ required, optional }) =>
      Object.entries({ ...required, ...optional }),
    )
    const { properties } = tableSchema.properties.results
    t.same(Object.keys(properties).sort(), [...new Set(columns.map(([name]) => name))].sort())
    const takes = (name: string, type: ColumnType) => {
      const table = { table: 'a/b', title: 'x', anchor: 'discharge', dimensions: {}, periods: [] }
      const period = { from: '2024-01-01', until: '2025-01-01', standing: 'assumed', rows: [{}] }
      const value = { ...table, results: { [name]: type }, periods: [period] }
      return checkShape('table', value).length === 0
    }
    for (const [name, expected] of columns) {
      const codes =
        typeof expected !== 'string' ||
        ['code', 'sums', 'sums-without-care', 'unit'].includes(expected)
      const good = typeof expected === 'string' ? (codes ? ['age'] : expected) : expected
      t.ok(takes(name, good === 'any' ? 'count' : (good as ColumnType)), `${name}: ${good}`)
      if (expected === 'any') continue
      t.notOk(takes(name, codes ? 'fen' : ['age']), `${name} is not of another form`)
      if (!codes) t.notOk(takes(name, expected === 'days' ? 'fen' : 'days'), `${name} has one unit`)
      if (typeof expected !== 'string')
        t.notOk(takes(name, ['elsewhere']), `${name} lists its codes`)
    }
  },
)

t.test('every pack that is shipped names its schemas and keeps to them', async (t) => {
  const folders = [RULES, 'fixtures/packs']
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.yaml'))
      .map((path) => join(folder, path)),
  )
  t.ok(files.length > 300, 'the files were found')
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    const [, named = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? []
    const schema = relative('rules/schema', join(dirname(file), named))
    const shape = /^(pack|plans|nhsa|calendar)\.yaml$/.exec(basename(file))?.[1] ?? 'table'
    t.equal(schema, `${shape}.schema.json`, file)
    t.same(checkShape(shape as Shape, parse(text, { schema: 'core' })), [], file)
  }
})

t.test('the sample pack that the broken ones are made of is sound', async (t) => {
  t.same(readRules(BASE).errors, [])
})

const CASES = readdirSync(BAD).filter((name) => /^\d\d-/.test(name))

for (const name of CASES) {
  t.test(`broken pack ${name}`, async (t) => {
    const rules = overlaid(t.testdir(), join(BAD, name))
    const expected = readFileSync(join(BAD, name, 'expect.txt'), 'utf8')
      .trim()
      .split('\n')
    const messages = readRules(rules).errors
    for (const words of expected) {
      t.ok(
        messages.some((message) => message.includes(words)),
        words,
        { messages },
      )
    }
    t.equal(messages.length, expected.length, 'and nothing else is reported', { messages })
  })
}

t.test('two packs that a district would find at the same time', async (t) => {
  const covers = { from: '2012-01-01', until: '2014-01-01' }
  const pack = (id: string, district: string, alias: string, covered = covers) =>
    ({
      id,
      covers: covered,
      districts: new Map([[district, 'district']]),
      districtAliases: new Map([[alias, district]]),
    }) as unknown as Pack
  const later = { from: '2014-01-01', until: '2016-01-01' }
  const cases: [what: string, other: Pack, shared?: string][] = [
    ['other districts', pack('other', '990201', '990202')],
    ['the same district', pack('other', '990101', '990202'), '990101'],
    ['a district whose code the other takes over', pack('other', '990201', '990101'), '990101'],
    ['a code that both take over', pack('other', '990201', '990102'), '990102'],
    ['the same later', pack('other', '990101', '990102', later)],
  ]
  for (const [what, other, shared] of cases) {
    const said = `the packs one and other both pool the district ${shared} at the same time`
    const errors = sharedDistricts([pack('one', '990101', '990102'), other])
    t.same(errors, shared === undefined ? [] : [said], what)
  }
})

t.test('a problem has its place as data too', async (t) => {
  const rules = overlaid(t.testdir(), join(BAD, '09-not-whole-permyriad'))
  t.match(loadPacks(rules).problems[0], {
    file: 'sample/resident/rate.yaml',
    line: 14,
    table: 'resident/rate',
    from: '2012-01-01',
    row: 1,
  })
})

t.test('a table, a period and a row can be found again in the files', async (t) => {
  const { locate } = loadPacks(BASE).packs[0]!
  const file = 'sample/resident/rate.yaml'
  t.same(locate('resident/rate'), { file, line: 1 })
  t.same(locate('resident/rate', '2013-01-01'), { file, line: 16 })
  t.same(locate('resident/rate', '2013-01-01', 2), { file, line: 23 })
  t.same(locate('plans'), { file: 'sample/plans.yaml' })
})

t.test('comments, layout and the order of keys and files do not change the hash', async (t) => {
  const before = loadPacks(BASE).packs[0]!.hash
  t.match(before, /^[0-9a-f]{64}$/)
  const rules = overlaid(t.testdir(), BASE)
  edit(
    rules,
    'sample/pack.yaml',
    (text) =>
      `# a remark\n${text.replace('{ from: 2012-01-01, until: 2014-01-01 }', '\n  until: "2014-01-01" # its end\n  from: 2012-01-01')}`,
  )
  edit(rules, 'sample/resident/rate.yaml', (text) => {
    const [first, ...rest] = text.split('\n')
    return `${rest.join('\n')}\n${first}\n`
  })
  t.equal(loadPacks(rules).packs[0]?.hash, before)
  edit(rules, 'sample/resident/rate.yaml', (text) => text.replace('6500', '6501'))
  t.not(loadPacks(rules).packs[0]?.hash, before, 'a value does')
})

/** A line of resident/rate.yaml, and what is told of it when it is written otherwise. */
const ROW = '      - { grade: 1, ratePermyriad: 6000 }'
const SLIPS: readonly (readonly [what: string, written: string, told: string])[] = [
  ['indented otherwise', ROW.slice(1), '15:7: not YAML: it begins at another column'],
  ['a tab', ROW.replace('      ', '\t'), '14:1: not YAML: a tab stands at the beginning'],
  ['no comma', ROW.replace(',', ''), '14:18: not YAML: a comma is missing between two values'],
  ['a wide comma', ROW.replace(',', '，'), 'write ,)'],
  ['wide braces', ROW.replace('{', '｛'), '(column 9 has ｛: write {)'],
  ['a wide blank', ROW.replace('      ', '　'), '(column 1 has a wide or unbreakable blank'],
  ['a brace not closed', ROW.replace(' }', ''), '15:7: not YAML: a } is missing before this'],
  ['a name twice', ROW.replace('1,', '1, grade: 1,'), '14:21: not YAML: grade stands twice'],
  ['words behind a row', `${ROW} （一档）`, '14:43: not YAML: something follows where'],
  ['two documents', `---\n${ROW}`, '14:1: not YAML: the line --- begins a second document'],
  ['a decimal comma', ROW.replace('6000', '0,6'), 'row 1: 6 has no value: a number is written'],
  ['no blank', ROW.replace(': 6000', ':6000'), 'row 1: ratePermyriad:6000 has no value: between'],
  ['a wide colon', ROW.replace(': 6000', '： 6000'), 'a colon and a blank'],
  ['no value', ROW.replace(' 6000', ''), 'row 1: ratePermyriad has no value'],
  [
    'a value in quotes',
    ROW.replace('1,', '"1",'),
    'none of the values that the table declares (1, ',
  ],
  [
    'a blank in a name',
    ROW.replace('grade', '\u00a0grade'),
    '"\u00a0grade" is neither a dimension',
  ],
]

for (const [what, written, told] of SLIPS) {
  t.test(`a slip of the pen, ${what}, is told in words and once`, async (t) => {
    const rules = overlaid(t.testdir(), BASE)
    edit(rules, 'sample/resident/rate.yaml', (text) => text.replace(ROW, written))
    const messages = readRules(rules).errors
    t.match(messages.at(-1), told)
    const alone = messages.filter((message) => !message.includes('gap: no row applies'))
    t.equal(alone.length, 1, 'but for what the row leaves open', { messages })
  })
}

t.test('a folder that would silently be no pack is told', async (t) => {
  const link = (rules: string) => {
    rmSync(join(rules, 'other'), { recursive: true })
    symlinkSync(join(rules, 'sample'), join(rules, 'linked'))
  }
  const rename = (to: string) => (rules: string) =>
    renameSync(join(rules, 'other/pack.yaml'), join(rules, 'other', to))
  const cases: readonly [what: string, change: (rules: string) => void, told: string][] = [
    ['a link', link, 'linked is a link, and links are not followed'],
    ['another ending', rename('pack.yml'), 'other has YAML files and no pack.yaml'],
    ['a copy put aside', rename('pack.yaml.bak'), 'other has YAML files and no pack.yaml'],
    [
      'files beside, none of them YAML',
      (rules) => rmSync(join(rules, 'other'), { recursive: true }),
      '',
    ],
  ]
  for (const [what, change, told] of cases) {
    const rules = overlaid(t.testdir(), BASE)
    cpSync(join(BASE, 'sample'), join(rules, 'other'), { recursive: true })
    mkdirSync(join(rules, 'papers'))
    writeFileSync(join(rules, 'papers/notice.txt'), 'a notice')
    change(rules)
    const messages = loadPacks(rules).problems.map(({ message }) => message)
    t.same(
      messages.map((message) => message.slice(0, told.length)),
      told === '' ? [] : [told],
      what,
    )
  }
})

t.test('a table behind a link is told apart by what it holds', async (t) => {
  const folder = t.testdir({ rules: {} })
  const rules = overlaid(join(folder, 'rules'), BASE)
  const [table, outside] = [join(rules, 'sample/resident/rate.yaml'), join(folder, 'rate.yaml')]
  renameSync(table, outside)
  symlinkSync(outside, table)
  const before = rulesKey(rules)
  t.equal(rulesKey(rules), before)
  edit(folder, 'rate.yaml', (text) => text.replace('6500', '6501'))
  t.not(rulesKey(rules), before)
})

t.test('folders and files that cannot be read are told, not thrown', async (t) => {
  t.match(loadPacks(join(t.testdir(), 'nowhere')).problems, [{ message: /cannot be read/ }])
  t.match(loadPacks(t.testdir({ empty: {} })).problems, [{ message: /has no pack/ }])
  const rules = overlaid(t.testdir(), BASE)
  writeFileSync(join(rules, 'sample/resident/rate.yaml'), Buffer.from([0xff, 0xfe, 0x00]))
  t.match(loadPacks(rules).problems, [
    { message: 'sample/resident/rate.yaml: the file is not UTF-8' },
  ])
  rmSync(join(rules, 'sample/pack.yaml'))
  t.match(loadPacks(rules).problems, [{ message: /^sample has YAML files and no pack\.yaml/ }])
})

t.test('whatever is done to a file, the loader answers with problems or a pack', async (t) => {
  const rules = overlaid(t.testdir(), BASE)
  const files = ['sample/pack.yaml', 'sample/plans.yaml', 'sample/resident/rate.yaml']
  const damage = fc.record({
    file: fc.constantFrom(...files),
    at: fc.nat(800),
    length: fc.nat(40),
    text: fc.oneof(
      fc.constantFrom(
        '',
        '- ',
        '{',
        ']',
        ': ',
        'null',
        '&a ',
        '*a',
        '[]',
        '1e999',
        '__proto__: 1\n',
      ),
      fc.string(),
    ),
  })
  fc.assert(
    fc.property(damage, ({ file, at, length, text }) => {
      const sound = readFileSync(join(BASE, file), 'utf8')
      writeFileSync(join(rules, file), sound.slice(0, at) + text + sound.slice(at + length))
      const { packs, problems } = loadPacks(rules)
      writeFileSync(join(rules, file), sound)
      return problems.length > 0 ? packs.length === 0 : packs.length === 1
    }),
    { numRuns: 150 },
  )
})

t.test('a pack that was not read from files is checked by the same words', async (t) => {
  const source = loadPacks(BASE).packs[0]!.source
  const twice: PackSource = { ...source, tables: [...source.tables, source.tables[0]!] }
  t.match(checkReferences(twice), [{ message: `a second table named ${source.tables[0]!.table}` }])
  const dimensions = { tier: [1] } as PackSource['tables'][number]['dimensions']
  const unknown: PackSource = { ...source, tables: [{ ...source.tables[0]!, dimensions }] }
  t.match(checkReferences(unknown).at(-1)?.message, /^tier is not a fact/)
})

/** Copies the sound sample and lays a case over it; `<file>.removed` takes a file away. */
function overlaid(folder: string, overlay: string): string {
  cpSync(BASE, folder, { recursive: true })
  if (existsSync(join(overlay, 'sample'))) cpSync(overlay, folder, { recursive: true })
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (path.endsWith('.removed')) rmSync(join(folder, path.slice(0, -'.removed'.length)))
  }
  return folder
}

function edit(folder: string, file: string, change: (text: string) => string): void {
  const path = join(folder, file)
  writeFileSync(path, change(readFileSync(path, 'utf8')))
}
