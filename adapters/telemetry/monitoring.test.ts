import { spawnSync } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parser } from '@prometheus-io/lezer-promql'
import t from 'tap'
import { parse } from 'yaml'
import { projectRoot } from '../../adapters/cli/project-root.ts'
import { OUTCOMES } from '../../engine/claim/outcomes.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { DONE_HERE } from '../nhsa/transactions/transactions.ts'
import { createMetrics } from './metrics.ts'

/**
 * The alert rules and the dashboard ask for metrics, labels and routes that the engine has, and
 * docs/operations.md says of each alert and metric what it means.
 */

const operations = (file: string) =>
  readFileSync(join(projectRoot(), 'setup', 'operations', file), 'utf8')
const manual = readFileSync(join(projectRoot(), 'docs', 'operations.md'), 'utf8')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations?: { readonly summary?: string }
}
const rules = (parse(operations('alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
)
interface Panel {
  readonly title: string
  readonly targets: readonly { readonly expr: string }[]
}
const { panels } = JSON.parse(operations('dashboard.json')) as { panels: Panel[] }

/** What an expression asks for: names of metrics, and label matchers; throws on a fault of syntax. */
function askedBy(expr: string) {
  const names: string[] = []
  const matchers: { label: string; operator: string; value: string }[] = []
  const text = (node: { from: number; to: number }) => expr.slice(node.from, node.to)
  parser.parse(expr).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${expr}`)
      if (node.name === 'VectorSelector') {
        const name = node.node.getChild('Identifier')
        if (name !== null) names.push(text(name))
      }
      if (node.name === 'UnquotedLabelMatcher') {
        const [label, operator, value] = ['LabelName', 'MatchOp', 'StringLiteral'].map((kind) =>
          text(node.node.getChild(kind)!),
        )
        matchers.push({ label: label!, operator: operator!, value: JSON.parse(value!) as string })
      }
    },
  })
  return { names, matchers }
}

/** What an engine that has just started says. */
function metricsText(): Promise<string> {
  return createMetrics({
    ledger: () => ({ head: 1, folded: 1 }),
    policy: () => ({ packs: [] }) as never,
    ready: () => true,
    folder: tmpdir(),
  }).text()
}

/** Metric → whether it is a histogram, whose series have other names. */
async function metricsThatExist(): Promise<Set<string>> {
  const types = (await metricsText()).matchAll(/^# TYPE (\S+) (\w+)$/gm)
  return new Set(
    [...types].flatMap(([, name, type]) =>
      type === 'histogram' ? ['_bucket', '_count', '_sum'].map((end) => name! + end) : [name!],
    ),
  )
}

const asked = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
]

t.test('every expression asks for what there is', async (t) => {
  const exist = await metricsThatExist()
  const metrics = await metricsText()
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const messages = new Set([...DONE_HERE.keys()].map((infno) => `/fsi/api/${infno}`))
  const routes = counter.app.printRoutes({ commonPrefix: false })
  /** What a label may be held against; other labels are Prometheus' own. */
  const values: Record<string, (value: string) => boolean> = {
    code: (value) => value in OUTCOMES,
    route: (value) => routes.includes(value) || messages.has(value),
    status: (value) => /^\d{3}$/.test(value),
    outcome: (value) => ['swapped', 'unchanged', 'rolled-back', 'refused'].includes(value),
    act: (value) => metrics.includes(`{act="${value}"}`),
    file: (value) => /^(journal|state|registry)\.sqlite(-wal)?$/.test(value),
  }
  t.ok(asked.length > 20)
  for (const [where, expr] of asked) {
    const { names, matchers } = askedBy(expr)
    t.ok(names.length > 0, `${where} asks for something`)
    for (const name of names) t.ok(name === 'up' || exist.has(name), `${where}: ${name}`)
    for (const { label, operator, value } of matchers) {
      const isOne = values[label]
      if (isOne === undefined) {
        t.ok(['job', 'instance'].includes(label), `${where}: ${label}`)
        continue
      }
      // Of patterns those are lists of names that ask for codes or acts, or for routes from their /.
      const isList =
        operator === '=~' &&
        (label !== 'route' || value.startsWith('/')) &&
        ['code', 'act', 'route'].includes(label)
      const named = operator === '=' ? [value] : isList ? value.split('|') : []
      for (const one of named) t.ok(isOne(one), `${where}: ${label} ${one}`)
    }
  }
})

t.test('no alert goes by the status, which is 200 for all of the national interface', async (t) => {
  for (const { alert, expr } of rules) {
    t.notOk(
      askedBy(expr).matchers.some(({ label }) => label === 'status'),
      alert,
    )
  }
})

/**
 * `increase` of a series that begins with 1 is 0, so what an alert asks by name has to be there
 * before it happens.
 */
t.test('what an alert counts by one label is there from the start, with 0', async (t) => {
  const text = await metricsText()
  const counted = rules.flatMap(({ alert, expr }) => {
    const { names, matchers } = askedBy(expr)
    return names
      .filter((name) => /_(changes|sign_ins|acts)_total$/.test(name))
      .flatMap((name) => {
        const [{ label, value } = { label: '', value: '' }] = matchers
        return value.split('|').map((one) => [alert, `${name}{${label}="${one}"} 0`] as const)
      })
  })
  t.ok(counted.length > 5)
  for (const [alert, series] of counted) t.ok(text.includes(series), `${alert}: ${series}`)
})

const UNITS: [string, RegExp, string][] = [
  ['yizhan', /^RestrictAddressFamilies=.*AF_NETLINK/m, 'or it ends where it listens on 0.0.0.0'],
  ...['yizhan', 'yizhan-backup', 'yizhan-head', 'yizhan-verify'].flatMap(
    (unit): [string, RegExp, string][] => [
      [unit, /^CapabilityBoundingSet=$/m, 'it has no capability'],
      [unit, /^SystemCallFilter=@system-service @pkey$/m, 'it calls what V8 needs and no more'],
      [unit, /^UMask=0077$/m, 'nobody else reads what it writes'],
    ],
  ),
  ...['yizhan-backup', 'yizhan-head', 'yizhan-verify'].map((unit): [string, RegExp, string] => [
    unit,
    /^PrivateNetwork=yes$/m,
    'it asks nobody',
  ]),
]
for (const [unit, line, because] of UNITS) {
  t.test(`the unit ${unit} has ${line}: ${because}`, async (t) => {
    t.match(operations(`${unit}.service`), line)
  })
}

t.test('the manual says what each means', async (t) => {
  for (const { alert, annotations } of rules) {
    t.ok(annotations?.summary, `${alert} has a summary`)
    t.match(manual, `\`${alert}\``, `${alert} stands in docs/operations.md`)
  }
  for (const name of await metricsThatExist()) {
    const metric = name.replace(/_(bucket|count|sum)$/, '')
    if (/^yizhan_(nodejs|process)_/.test(metric)) continue
    t.match(manual, `\`${metric}\``, `${metric} stands in docs/operations.md`)
  }
})

t.test('a log that finds no space ends nothing', async (t) => {
  const module = join(projectRoot(), 'dist', 'adapters', 'telemetry', 'log.js')
  const script = `import { createLog } from '${module}'
    const log = createLog('info')
    for (let n = 0; n < 3; n++) log.error('words')
    console.log('alive')`
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', openSync('/dev/full', 'w')],
    encoding: 'utf8',
  })
  t.strictSame({ status, stdout }, { status: 0, stdout: 'alive\n' })
})
