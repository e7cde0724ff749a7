import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { runCli } from '../../fixtures/torture/server-process.ts'

/** The commands that check rules and cases, from a folder that is not the project's. */
const BASE = resolve('fixtures/bad-packs/base/sample')

/** Each starts programs. */
const SLOW = { timeout: 120_000 }

async function yizhan(cwd: string, ...args: string[]) {
  const { end, stdout, stderr } = await runCli(args, {}, cwd)
  return { code: end, stdout, stderr }
}

/** Everything that the case needs is its own: nothing of the demo's but class A items. */
const CASE = `title: Two persons in the east
source: made up
standing: assumed
pack: sample
persons:
  - personId: LI
    insurances: [{ scheme: resident, grade: 1 }]
  - personId: WANG
    bornOn: 2000-05-01
    insurances:
      - { scheme: resident, grade: 1, until: 2012-07-01 }
      - { scheme: resident, grade: 2, from: 2012-07-01, homeDistrict: "990102" }
    categories: [{ category: low-income }]
institutions:
  - { institutionId: EAST, district: "990101", level: 2 }
catalogue:
  - { code: X-RAY, kind: service, class: B, firstSelfPayPermyriad: 1000 }
  - { code: DEMO-A, class: C }
openings:
  - person: LI
    year: 2012
    stays: 1
    used: [{ fund: resident-pool, benefit: inpatient, paid: 100.10 }]
steps:
  - settle: first
    why: 60 % of 9,700
    claim: { person: LI, at: EAST, care: inpatient, from: 2012-06-01, to: 2012-06-10, lines: [{ code: DEMO-LIM, amount: 100.10 }] }
    expect: { deductible: 100, overLimit: 0.10, fund: 0 }
  - settle: second
    claim: { person: WANG, at: EAST, care: inpatient, from: 2012-08-01, to: 2012-08-10, lines: [{ code: X-RAY, amount: 1000.00 }] }
    expect:
      firstSelfPay: 100
      rate: 6500.00
      funds:
        - fund: resident-pool
          segments: [{ from: 300, to: null, base: 600, rate: 6500.00, pay: 390 }]
  - quote: the demo's DEMO-A is class A, this one's C
    claim: { person: LI, at: EAST, care: inpatient, from: 2012-06-01, to: 2012-06-10, bill: 100 }
    expect: { ownPay: 100 }
  - quote: in mid-chain
    claim: { person: LI, at: EAST, care: inpatient, from: 2012-06-01, to: 2012-06-10, given: { parts: { in-scope: 10300 } } }
    expect: { total: 10300, fund: 6000, patient: 4300, hospital: 0 }
`

const INLINE = `title: A pack of its own
source: made up
standing: assumed
pack:
  id: inline
  title: 样县
  covers: { from: 2012-01-01, until: 2013-01-01 }
  documents: {}
  districts: { "990101": 东区 }
  zones: []
  categories: []
  catalogue: any
  tables:
    - table: t/rate
      title: 比例
      anchor: discharge
      dimensions: {}
      results: { ratePermyriad: permyriad }
      periods:
        - { from: 2012-01-01, until: 2013-01-01, standing: assumed, note: made up, rows: [{ ratePermyriad: 5000 }] }
  plans:
    - scheme: resident
      careTypes: [inpatient]
      layers: [{ id: a, title: 甲, fund: pool, base: in-scope, benefit: b, rate: { table: t/rate }, caps: [] }]
persons: [{ personId: LI, insurances: [{ scheme: resident }] }]
institutions: [{ institutionId: EAST, district: "990101", level: 2 }]
steps:
  - settle: one
    claim: { person: LI, at: EAST, care: inpatient, from: 2012-06-01, to: 2012-06-10, bill: 10000 }
    expect: { fund: 5000 }
`

/** File → what is changed in it, and what is said about it; nothing when it passes. */
const CASES: [file: string, text: string, said: RegExp[]][] = [
  ['01-own', CASE, []],
  [
    '02-other-amounts',
    CASE.replace('fund: 0', 'fund: 0.01, scheme: employee').replace('pay: 390', 'pay: 391'),
    [
      /FAILED 02-other-amounts.yaml: Two persons in the east\n {2}step 1 settle first\n/,
      /scheme: expected employee, got resident\n {4}fund: expected 0.01, got 0.00\n {4}\| total 100.10,/,
      /resident-pool basic: pays 0.00 of 0.00/,
      /why: 60 % of 9,700\n {2}step 2 settle second\n {4}fund 1 segment 1 pay: expected 391.00, got 390.00\n/,
    ],
  ],
  [
    '03-unknown-keys',
    CASE.replace('ownPay:', 'ownpay:').replace('grade: 2', 'grad: 2').replace('08-01', '08-32'),
    [
      /03-unknown-keys.yaml\n {2}cannot be run: line 12: persons: 2: insurances: 2: grad is not a key/,
      /line 30: steps: 2: claim: from must be a day, YYYY-MM-DD, not "2012-08-32"/,
      /line 39: steps: 3: expect: ownpay is not a key that is known here; known are refused,/,
    ],
  ],
  [
    '04-unknown-step',
    CASE.replace('settle: second', 'setle: second').replace('year: 2012\n    stays', 'stays'),
    [
      /line 28: steps: 2: the item must be settle or quote with a claim, reverse, credit, or benefits with on\n/,
      /line 20: openings: 1: stays needs year beside it/,
    ],
  ],
  [
    '05-unknown-pack',
    CASE.replace('pack: sample', 'pack: nowhere'),
    [/cannot be run: there is no pack nowhere in .*rules\n/],
  ],
  [
    '06-faulty-pack',
    CASE.replace('pack: sample', 'pack: broken'),
    [
      /rules: broken\/resident\/rate.yaml:22: table resident\/rate, .* row 2: ratePermyriad must be/,
    ],
  ],
  [
    '07-not-yaml',
    'title: [',
    [/07-not-yaml.yaml\n {2}cannot be run: line 1:9: not YAML: a ] is missing/],
  ],
  ['08-empty', '', [/08-empty.yaml\n {2}cannot be run: line 1: the file says nothing/]],
  [
    '09-nobody',
    CASE.replace('person: WANG', 'person: ZHAO'),
    [/refused: expected an answer, got person-unknown \(No such person is registered.\)/],
  ],
  [
    '10-place-unknown',
    CASE.replace('district: "990101", ', ''),
    [/institution EAST: its id does not hold its district, so give district/],
  ],
  ['11-inline', INLINE, []],
  [
    '12-inline-shape',
    INLINE.replace('zones: []', 'zone: []').replace('caps: []', 'cap: []'),
    [/line 10: pack: zone is not a key/, /pack: plans: 1: layers: 1: caps is missing/],
  ],
  [
    '13-inline-gap',
    INLINE.replace('until: 2013-01-01, st', 'until: 2012-07-01, st').replace('5000 }', '0.5 }'),
    [
      /pack inline: tables\/0\/periods\/0\/rows\/0\/ratePermyriad: .* not "0.5"/,
      /pack inline: table t\/rate, period from 2012-07-01: gap: no period/,
    ],
  ],
  [
    '14-known-fault',
    INLINE.replace('title: A', 'todo: The engine cannot do this\ntitle: A').replace(
      'fund: 5000',
      'fund: 1',
    ),
    [/14-known-fault.*\n {2}known fault: The engine cannot do this\n {2}step 1/],
  ],
]

t.test('cases and packs from anywhere', SLOW, async (t) => {
  const folder = t.testdir({ rules: {}, cases: { within: {} }, empty: {} })
  cpSync(BASE, join(folder, 'rules/sample'), { recursive: true })
  cpSync(BASE, join(folder, 'rules/broken'), { recursive: true })
  edit(join(folder, 'rules/broken/pack.yaml'), 'id: sample', 'id: broken')
  edit(join(folder, 'rules/broken/resident/rate.yaml'), ': 7000', ': 70000')
  for (const [file, content] of CASES) {
    writeFileSync(join(folder, 'cases', `${file}.yaml`), content)
  }
  writeFileSync(join(folder, 'cases/within/also.yml'), CASE)

  const run = (...args: string[]) => yizhan(folder, 'conformance', ...args)
  const [all, good, none, pack] = await Promise.all([
    run('--rules', 'rules', '--cases', 'cases'),
    run('--rules', 'rules', '--cases', 'cases/within'),
    run('--cases', 'empty'),
    run('--rules', 'rules/sample'),
  ])
  const { code, stdout, stderr } = all
  for (const [file, , said] of CASES) {
    const text = stdout.split('\n\n').find((part) => part.startsWith(`FAILED ${file}`)) ?? ''
    if (said.length === 0) t.equal(text, '', file)
    for (const words of said) t.match(`${text}\n`, words, file)
  }
  const failed = CASES.filter(([, , said]) => said.length > 0).length
  const passed = CASES.length - failed + 1
  t.match(stdout, new RegExp(`\\n${passed} passed, ${failed} failed\\n$`))
  t.match(stderr, /cases: 100 %/)
  t.equal(code, 1)

  t.match(good, { code: 0, stdout: /^1 passed, 0 failed\n$/ })
  t.match(none, { code: 1, stdout: /^$/, stderr: /no case \(\*.yaml\) in .*empty/ })
  t.match(pack, { code: 1, stderr: /sample is a pack; --rules is the folder in which packs lie/ })
})

t.test('all faults of a rules folder, in order', SLOW, async (t) => {
  const folder = t.testdir({ rules: {} })
  cpSync(BASE, join(folder, 'rules/sample'), { recursive: true })
  const file = (name: string) => join(folder, 'rules/sample/resident', name)
  const clean = await yizhan(folder, 'rules', 'check', 'rules', '--assumed')
  t.equal(clean.code, 0)
  for (const words of [
    /^sample\/resident\/rate.yaml:21: assumed: table resident\/rate, 2013-01-01 until 2014-01-01, row 1: Carried/m,
    /^sample\/plans.yaml: note: the plan resident \(inpatient\) says nothing about year: the benefit year is/m,
    /^sample 样市, .*: 11 rows in 7 tables: 8 seed, 0 published, 3 assumed$/m,
    /^sample: no nhsa.yaml, so hospitals on the national interface are refused for its people$/m,
  ]) {
    t.match(clean.stdout, words)
  }
  t.equal(clean.stdout.match(/: assumed: /g)?.length, 3, 'as many as the summary counts')
  t.notMatch(clean.stdout, /says nothing about participation|integrators do not know/)

  const plans = join(folder, 'rules/sample/plans.yaml')
  edit(plans, 'fund: resident-pool', 'fund: resident-poool')
  const misspelt = await yizhan(folder, 'rules', 'check', 'rules')
  t.equal(misspelt.code, 0)
  t.match(
    misspelt.stdout,
    /^sample: the fund resident-poool is a name that integrators do not know/m,
  )
  edit(plans, 'fund: resident-poool', 'fund: resident-pool')

  edit(file('rate.yaml'), '      - { grade: 2, ratePermyriad: 6500 }\n', '')
  edit(file('rate.yaml'), 'grade: 2, age: { below: 18 }', 'grade: [1, 2], age: { below: 18 }')
  edit(file('deductible.yaml'), '{ deductibleFen: fen }', '{ deductibleFen: fen, spare: fen }')
  edit(file('deductible.yaml'), 'until: 2014-01-01', 'until: 2013-07-01')
  const { code, stdout } = await yizhan(folder, 'rules', 'check', 'rules')
  t.equal(code, 1)
  t.same(
    stdout.split('\n').map((line) => line.slice(0, line.indexOf(' '))),
    [
      'sample/resident/deductible.yaml:5:',
      'sample/resident/deductible.yaml:6:',
      'sample/resident/rate.yaml:9:',
      'sample/resident/rate.yaml:21:',
      '4',
      '',
    ],
    stdout,
  )
  t.match(stdout, /\n4 errors in rules\n$/)
})

function edit(path: string, from: string, to: string): void {
  const before = readFileSync(path, 'utf8')
  if (!before.includes(from)) throw new Error(`${path} does not say ${from}`)
  writeFileSync(path, before.replace(from, to))
}
