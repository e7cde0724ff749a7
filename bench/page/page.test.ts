import t from 'tap'
import type { BenchFile } from '../report.ts'
import type { KeyResult } from '../scenario.ts'
import { faultsOf } from './faults.ts'
import { page } from './html.ts'
import { markdown } from './markdown.ts'
import { mergeResults } from './results.ts'
import { verdictOn } from './targets.ts'

const RATIO: KeyResult = {
  floor: 100,
  ours: 90,
  ratio: 0.9,
  rounds: 3,
  spread: 0.1,
  unit: 'requests/s',
  detail: {},
}
const P99: KeyResult = { ...RATIO, floor: 1, ours: 5, ratio: 5, unit: 'ms (p99)' }

function file(content: Partial<BenchFile>, startedAt = '2026-01-01T00:00:00Z'): BenchFile {
  const meta = { machine: { cores: 2 }, commit: 'abc', versions: { node: '20' }, suite: 'quick' }
  return { meta: { ...meta, startedAt }, keys: {}, ...content }
}

const results = (...files: BenchFile[]) =>
  mergeResults(files.map((content, at) => ({ file: `${at}.json`, content })))

const series = { name: 'ours', p50: 1, p90: 2, p99: 3, p999: 4, max: 5 }

t.test('what is missing is said', async (t) => {
  // As a file would bring it: JSON has no NaN, it has null.
  const cases: [string, Partial<BenchFile>, RegExp | undefined][] = [
    ['a sound key', { keys: { quote_vs_echo: RATIO } }, undefined],
    ['no key at all', {}, /no key was measured/],
    [
      'a ratio of NaN',
      { keys: { quote_vs_echo: { ...RATIO, ratio: Number.NaN } } },
      /ratio is NaN/,
    ],
    [
      'a floor of null',
      { keys: { quote_vs_echo: { ...RATIO, floor: null as never } } },
      /floor is/,
    ],
    ['a value that is not there', { keys: { lines_growth: {} as never } }, /value is NaN/],
    [
      'a key that failed',
      { keys: { a: RATIO }, failed: { b: 'it broke\nhere' } },
      /b failed: it broke/,
    ],
    [
      'a percentile',
      withDetail({ percentiles: { unit: 'ms', series: [{ ...series, p99: NaN }] } }),
      /p99/,
    ],
    [
      'no percentiles',
      withDetail({ percentiles: { unit: 'ms', series: [] } }),
      /percentiles is empty/,
    ],
    [
      'no points',
      withDetail({ growth: { xLabel: 'x', unit: 'y', series: [{ name: 'ours', points: [] }] } }),
      /ours has no points/,
    ],
    [
      'a point',
      withDetail({
        timeline: { unit: 'ms', series: [{ name: 'p99', points: [[0, NaN]] }], marks: [] },
      }),
      /point of p99 is NaN/,
    ],
    ['a bar', withDetail({ peers: { unit: '/s', bars: [{ name: 'zen' }] } }), /zen is undefined/],
    [
      'a bar that says why',
      withDetail({ peers: { unit: '/s', bars: [{ name: 'zen', note: 'cannot' }] } }),
      undefined,
    ],
  ]
  for (const [name, content, expected] of cases) {
    const read = results(file(content))
    const faults = faultsOf(read)
    if (expected === undefined) {
      t.same(faults, [], name)
      continue
    }
    t.equal(faults.length, 1, name)
    t.match(faults[0], expected, name)
    t.match(
      page(read, faults, () => '<svg/>'),
      /Not whole/,
      `${name}: on the page`,
    )
    t.match(markdown(read, faults), /Not whole/, `${name}: in the text`)
  }
  t.same(faultsOf(results()), ['there is no result'])
})

function withDetail(detail: KeyResult['detail'] & object): Partial<BenchFile> {
  return { keys: { quote_vs_echo: { ...RATIO, detail } } }
}

t.test('every drawable is a chart with a table under it', async (t) => {
  const points = [
    [10, 1],
    [100, 12.5],
  ] as const
  const read = results(
    file(
      withDetail({
        percentiles: { unit: 'ms', series: [series] },
        growth: { xLabel: 'lines', unit: 'µs', series: [{ name: 'ours', points }] },
        timeline: {
          unit: 'ms',
          series: [{ name: 'p99', points }],
          marks: [{ seconds: 20, label: 'reload <now>' }],
        },
        peers: { unit: '/s', bars: [{ name: 'zen', value: 40_000 }] },
      }),
    ),
  )
  const drawn: string[] = []
  const html = page(read, [], ({ title }) => {
    drawn.push(title)
    return '<svg/>'
  })
  t.same(drawn, [
    'quote_vs_echo: latency by percentile, ms',
    'quote_vs_echo: µs by lines, both logarithmic',
    'quote_vs_echo: ms in the course of time',
    'quote_vs_echo: /s',
    'Floor and ours, requests/s',
  ])
  t.equal(html.match(/<svg\/>/g)?.length, 5)
  for (const cell of ['12.5', '40,000', 'reload &#60;now&#62; at 20 s']) t.ok(html.includes(cell))
  t.notMatch(html, /<script|https?:/, 'stands alone')
})

t.test('a key comes from the newest run that has it', async (t) => {
  const old = file({ keys: { quote_vs_echo: RATIO, other: P99 } }, '2025-01-01T00:00:00Z')
  const fresh = file({ keys: { quote_vs_echo: { ...RATIO, ratio: 0.5 } } })
  const { keys, runs } = results(fresh, old)
  const of = (name: string) => keys.find((key) => key.name === name)
  t.match(of('quote_vs_echo'), { result: { ratio: 0.5 }, run: 1 })
  t.match(of('other'), { run: 0 })
  t.match(of('start_vs_bare'), { run: undefined, result: undefined }, 'listed, though not measured')
  t.equal(runs.length, 2)
})

t.test('verdicts', async (t) => {
  const apart = (differenceMs: number) => ({ ...P99, also: { differenceMs } })
  const counts = (failed?: number) => ({
    ...P99,
    also: { differenceMs: 1, mixedVersions: 0, ...(failed === undefined ? {} : { failed }) },
  })
  const cases: [string, KeyResult | undefined, string][] = [
    ['quote_vs_echo', RATIO, 'met'],
    ['quote_vs_echo', { ...RATIO, ratio: 0.79 }, 'missed'],
    ['quote_vs_echo', { ...RATIO, ratio: NaN }, 'no figure'],
    ['quote_vs_echo', undefined, 'no figure'],
    ['lines_growth', { value: 1.06, unit: 'exponent' }, 'missed'],
    ['lines_growth', { value: 1.05, unit: 'exponent' }, 'met'],
    ['quote_p99_vs_echo_p99', { ...P99, ratio: 1.4 }, 'met'],
    ['quote_p99_vs_echo_p99', apart(2), 'met'],
    ['quote_p99_vs_echo_p99', apart(2.1), 'missed'],
    ['quote_p99_vs_echo_p99', P99, 'missed'],
    ['reload_p99_vs_steady', counts(0), 'met'],
    ['reload_p99_vs_steady', counts(1), 'missed'],
    ['reload_p99_vs_steady', counts(), 'missed'],
    ['constructor', RATIO, 'no target'],
  ]
  for (const [name, result, expected] of cases) t.equal(verdictOn(name, result), expected, name)
})
