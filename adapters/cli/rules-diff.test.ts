import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { rulesDiff } from './rules-diff.ts'

/** Pairs of rules folders, the second with one edit, and every line that says what it changed. */
const root = mkdtempSync(join(tmpdir(), 'yizhan-diff-'))
t.teardown(() => rmSync(root, { recursive: true, force: true }))

const BEFORE = join(root, 'before')
const options = { data: join(root, 'no-ledger'), json: false }
cpSync('fixtures/bad-packs/base', BEFORE, { recursive: true })
cpSync('rules/calendar.yaml', join(BEFORE, 'calendar.yaml'))
cpSync('fixtures/packs/monthly-credits', join(BEFORE, 'monthly-credits'), { recursive: true })

type Edit = readonly [file: string, from: string | RegExp, to: string]

let folders = 0
function diffAfter(edits: readonly Edit[], json = false): string {
  folders += 1
  const after = join(root, `after-${folders}`)
  cpSync(BEFORE, after, { recursive: true })
  for (const [file, from, to] of edits) {
    const path = join(after, file)
    const text = readFileSync(path, 'utf8')
    const says = typeof from === 'string' ? text.includes(from) : from.test(text)
    if (!says) throw new Error(`${file} does not say ${from}`)
    writeFileSync(path, text.replace(from, to))
  }
  return rulesDiff(BEFORE, after, { ...options, json })
}

/** The lines below the headings that name pack, section and table, in order. */
function linesOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^ {4}/.test(line))
    .map((line) => line.trim())
}

const RATE = 'sample/resident/rate.yaml'
const FOR = "for residents' basic medical insurance (inpatient)"
const RATE_IS = `resident/rate 报销比例, ${FOR}`

const LONG_LIST = Array.from({ length: 12 }, (_, at) => `supported-household-${at}`)

const CASES: readonly (readonly [
  title: string,
  edits: readonly Edit[],
  lines: readonly string[],
])[] = [
  ['nothing', [], []],
  ['layout and comments', [[RATE, 'title:', '# a comment\ntitle:']], []],
  [
    'an attribute that is called as the order of a list is',
    [['sample/pack.yaml', 'zones:', 'attributes: { person: { order: [a, b] } }\nzones:']],
    ['attribute of a person order: new: [a, b]'],
  ],
  [
    'a figure from a day on, for some',
    [[RATE, 'age: { from: 18 }, ratePermyriad: 6500', 'age: { from: 18 }, ratePermyriad: 6600']],
    [
      RATE_IS,
      'care ended from 2013-01-01, contribution tier 2, age in full years 18 and over: rate 65 % → 66 %; assumed',
    ],
  ],
  [
    'a figure from a day within a period on, with another standing',
    [
      [RATE, 'until: 2014-01-01', 'until: 2013-07-01'],
      [
        RATE,
        /$/,
        `  - from: 2013-07-01
    until: 2014-01-01
    standing: published
    reference: { document: notice, clause: 三 }
    rows:
      - { grade: 1, ratePermyriad: 6100 }
      - { grade: 2, age: { below: 18 }, ratePermyriad: 7000 }
      - { grade: 2, age: { from: 18 }, ratePermyriad: 6500 }
`,
      ],
    ],
    [
      RATE_IS,
      'care ended from 2013-07-01, contribution tier 1: rate 60 % → 61 %; assumed → published, 样办发〔2011〕1号 三',
      'the same figures from another source:',
      'care ended from 2013-07-01, contribution tier 2: assumed → published, 样办发〔2011〕1号 三',
    ],
  ],
  [
    'an age moved by a year',
    [
      [RATE, 'age: { below: 18 }', 'age: { below: 19 }'],
      [RATE, 'age: { from: 18 }', 'age: { from: 19 }'],
    ],
    [
      RATE_IS,
      'care ended from 2013-01-01, contribution tier 2, age in full years 18: rate 65 % → 70 %; assumed',
    ],
  ],
  [
    'a value that the table no longer knows',
    [
      [RATE, 'grade: [1, 2]', 'grade: [2]'],
      [RATE, /.*grade: 1, .*\n/, ''],
      [RATE, /.*grade: 1, .*\n/, ''],
    ],
    [
      RATE_IS,
      'care ended until 2013-01-01, contribution tier 1: no rule any more, before rate 60 %',
      'care ended from 2013-01-01, contribution tier 1: no rule any more, before rate 60 %',
    ],
  ],
  [
    'another note only',
    [[RATE, 'Carried forward from', 'Carried on from']],
    [
      RATE_IS,
      'the same figures from another source:',
      'care ended from 2013-01-01: assumed; another note: Carried on from 样办发〔2011〕1号.',
    ],
  ],
  [
    'dates covered',
    [
      ['sample/pack.yaml', 'until: 2014-01-01', 'until: 2015-01-01'],
      ...[
        'rate',
        'participation',
        'clearing',
        'deductible',
        'account',
        'area-case',
        'settlement',
      ].map(
        (table): Edit => [
          `sample/resident/${table}.yaml`,
          'until: 2014-01-01',
          'until: 2015-01-01',
        ],
      ),
    ],
    [
      'dates of care covered until: 2014-01-01 → 2015-01-01',
      `resident/account 样表, ${FOR}`,
      'care begun from 2014-01-01, newly covered: 1 rule',
      `resident/area-case 样表, ${FOR}`,
      'care begun from 2014-01-01, newly covered: 1 rule',
      `resident/clearing 样表, ${FOR}`,
      'care begun from 2014-01-01, newly covered: 1 rule',
      `resident/deductible 样表, ${FOR}`,
      'care begun from 2014-01-01, newly covered: 1 rule',
      `resident/participation 样表, ${FOR}`,
      'care begun from 2014-01-01, newly covered: 1 rule',
      RATE_IS,
      'care ended from 2014-01-01, newly covered: 3 rules',
      `resident/settlement 样表, ${FOR}`,
      'care begun from 2014-01-01, newly covered: 1 rule',
    ],
  ],
  [
    'the pack itself',
    [
      ['sample/pack.yaml', '"990102": 西区', '"990102": 西城区\n  "990103": 南区'],
      ['sample/pack.yaml', 'categories: [low-income]', 'categories: [destitute, low-income]'],
      ['sample/pack.yaml', 'title: 样市通知', 'title: 样市的通知'],
    ],
    [
      'document notice title: 样市通知 → 样市的通知',
      'district 990102: 西区 → 西城区',
      'district 990103: new: 南区',
      'categories, the first decides: [low-income] → [destitute, low-income]',
    ],
  ],
  [
    'a long list says what went and what came, and is not called reworded',
    [['sample/pack.yaml', 'categories: [low-income]', `categories: [${LONG_LIST.join(', ')}]`]],
    [`categories, the first decides: gone: low-income; new: ${LONG_LIST.join(', ')}`],
  ],
  [
    'plans and layers',
    [
      ['sample/plans.yaml', 'per: stay', 'per: year'],
      ['sample/plans.yaml', 'careTypes: [inpatient]', 'careTypes: [inpatient, maternity]'],
      [
        'sample/plans.yaml',
        '        caps: []',
        `        caps: []
      - id: aid
        title: 救助
        fund: aid
        base: [deductible]
        benefit: aid
        rate: { table: resident/rate }
        caps: []`,
      ],
    ],
    [
      "residents' basic medical insurance (inpatient): a new layer aid (救助)",
      "residents' basic medical insurance (inpatient): layer basic, deductible, per: stay → year",
      "residents' basic medical insurance (maternity): a new plan, with the layers [basic, aid]",
    ],
  ],
  [
    'what a plan leaves to the usual meaning, said',
    [
      ['sample/plans.yaml', 'per: stay }', 'per: stay, benefits: [inpatient], taken: from-base }'],
      ['sample/plans.yaml', 'id: basic', 'id: basic\n        kind: share'],
    ],
    [],
  ],
  [
    'the monthly credits of accounts',
    [['monthly-credits/employee/credit.yaml', /ofPermyriad: 280/g, 'ofPermyriad: 300']],
    [
      "employee/credit 个人账户按月划入, for accounts of employees' basic medical insurance",
      'months begun until 2020-09-01, contribution tier 2, active or retired active, ageGroup below-45: share 2.8 % → 3 %; assumed',
    ],
  ],
  [
    'the calendar',
    [['calendar.yaml', /makeUpDays: \["?(\d{4}-\d\d-\d\d)"?, /, 'makeUpDays: [']],
    [],
  ],
]

for (const [title, edits, lines] of CASES) {
  t.test(title, async (t) => {
    const text = diffAfter(edits)
    t.strictSame(linesOf(text), lines)
    const isCalendar = edits[0]?.[0] === 'calendar.yaml'
    t.equal(text === 'no difference', lines.length === 0 && !isCalendar)
    if (isCalendar) t.match(text, /^calendar of working days\n {2}\d{4}: no longer worked: [\d-]+$/)
  })
}

t.test('as JSON', async (t) => {
  const json = diffAfter(
    [[RATE, 'grade: 1, ratePermyriad: 6000', 'grade: 1, ratePermyriad: 1']],
    true,
  )
  const [pack] = JSON.parse(json).packs
  t.match(pack.difference.tables[0].figures, [
    {
      dates: [{ from: '2012-01-01', until: '2013-01-01' }],
      who: [{ fact: 'grade', values: [{ value: 1 }], others: [{ value: 2 }] }],
      columns: [{ column: 'ratePermyriad', before: 6000, after: 1 }],
    },
  ])
})

t.test('versions that cannot be read', async (t) => {
  const diff = (one: string) => () => rulesDiff(one, BEFORE, options)
  t.throws(diff('nowhere'), /neither live, nor a folder, nor 12 or more digits of a hash/)
  t.throws(diff('live'), /there is no ledger in/)
  t.throws(diff('0123456789ab'), /there is no ledger in/)
})
