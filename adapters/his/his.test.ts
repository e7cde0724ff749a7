import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'
import { type HisOptions, playHis } from '../cli/his.ts'
import type { PlayName } from './plays.ts'

/** The terminal HIS against the application on a socket, and against platforms that err. */

const DEFAULTS = {
  key: undefined,
  paths: 'single',
  account: true,
  numbers: 'text',
  infcode: 'any',
  timeout: 20,
} as const

type Options = Partial<HisOptions>

async function played(url: string, name: PlayName, options: Options = {}) {
  let out = ''
  let err = ''
  const code = await playHis(
    name,
    { url, ...DEFAULTS, ...options },
    {
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
    },
  )
  const steps = [...out.matchAll(/^ *\d+\. (\d{4}) /gm)].map(([, infno]) => infno)
  return { code, out, err, steps: steps.join(' ') }
}

async function withServed(run: (url: string, counter: TestCounter) => Promise<void>) {
  const counter = await openTestCounter()
  try {
    await run(await counter.app.listen({ host: '127.0.0.1', port: 0 }), counter)
  } finally {
    await counter.close()
  }
}

const OUTPATIENT = '9001 1101 2201 2203 2204 2206 2207'
const STAY = '9001 1101 2401 2301 2303 2304'
const PURCHASE = '9001 1101 2101 2102'

/** What is played, its messages, and how many entries of the journal it makes. */
const PLAYS: readonly (readonly [PlayName, Options, steps: string, entries: number])[] = [
  ['outpatient', {}, `${OUTPATIENT} 9002`, 4],
  ['outpatient', { paths: 'service', numbers: 'number' }, `${OUTPATIENT} 9002`, 4],
  ['outpatient', { lostAnswer: 'retry' }, `${OUTPATIENT} 2207 9002`, 4],
  ['outpatient', { lostAnswer: 'undo' }, `${OUTPATIENT} 2601 2207 9002`, 6],
  ['outpatient', { cancel: true }, `${OUTPATIENT} 2208 2205 2202 9002`, 7],
  ['outpatient', { account: false, person: 'CQR2' }, `${OUTPATIENT} 9002`, 4],
  ['inpatient', { numbers: 'number' }, `${STAY} 2402 9002`, 4],
  ['inpatient', { lostAnswer: 'retry', paths: 'service' }, `${STAY} 2304 2402 9002`, 4],
  ['inpatient', { lostAnswer: 'undo' }, `${STAY} 2601 2304 2402 9002`, 6],
  ['pharmacy', {}, `${PURCHASE} 9002`, 2],
  ['pharmacy', { lostAnswer: 'retry', numbers: 'number' }, `${PURCHASE} 2102 9002`, 2],
  ['pharmacy', { lostAnswer: 'undo' }, `${PURCHASE} 2601 2102 9002`, 5],
  ['pharmacy', { cancel: true }, `${PURCHASE} 2103 9002`, 3],
  ['inpatient', { cancel: true }, `${STAY} 2402 2305 2405 2302 2404 9002`, 8],
]

t.test('whole visits', (t) =>
  withServed(async (url, counter) => {
    for (const [name, options, steps, entries] of PLAYS) {
      const what = `${name} ${JSON.stringify(options)}`
      const before = counter.booked
      const told = await played(url, name, options)
      t.match(told, { code: 0, err: '', steps }, `${what} ${told.err}`)
      t.equal(counter.booked - before, entries, `${what}: entries`)
      t.notMatch(told.out, /^ *! /m, what)
    }
  }),
)

t.test('what is told, and what is kept', (t) =>
  withServed(async (url) => {
    const save = join(t.testdir(), 'messages')
    const item = [{ code: 'DEMO-B10', count: '2', price: '50.25', amount: '100.50' }]
    const told = await played(url, 'outpatient', { save, item, lostAnswer: 'retry' })
    for (const expected of [
      /2207 门诊结算/,
      /医疗费总额 +medfee_sumamt +100\.50/,
      /先行自付金额 +preselfpay_amt +10\.05/,
      /back {2}nothing: the connection was cut, on purpose/,
      /Store setl_id and medins_setl_id/,
    ]) {
      t.match(told.out, expected)
    }
    const files = readdirSync(save).sort()
    t.equal(files.length, 2 * 9 - 1, 'the answer that was lost is not there')
    t.notOk(files.includes('07-2207-response.json'))
    const [first, second] = ['07', '08'].map((number) =>
      readFileSync(join(save, `${number}-2207-request.json`), 'utf8'),
    )
    t.equal(second, first, 'the same message again, byte for byte')
    await t.rejects(played(url, 'pharmacy', { save }), /has files in it .*empty folder/)
    t.strictSame(readdirSync(save).sort(), files, 'a second play mixes nothing with the first')
    const upload = JSON.parse(readFileSync(join(save, '05-2204-response.json'), 'utf8'))
    t.match(upload, { infcode: 0, output: { result: [{ selfpay_prop: 0.1, chrgitm_lv: '02' }] } })
  }),
)

/** A platform in between that answers as ours does but for what `spoil` does to it. */
async function withPlatform(
  counter: TestCounter,
  spoil: (answer: Answer, infno: string) => string | undefined,
  run: (url: string) => Promise<void>,
) {
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const payload = Buffer.concat(chunks)
    const reply = await counter.app.inject({ method: 'POST', url: request.url!, payload })
    const text = spoil(JSON.parse(reply.body), JSON.parse(payload.toString()).infno)
    if (text === undefined) request.socket.destroy()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.close()
  }
}

// biome-ignore lint/suspicious/noExplicitAny: an answer of a platform, whatever it has
type Answer = any

const spoiled =
  (at: string, change: (answer: Answer) => void) => (answer: Answer, infno: string) => {
    if (infno === at) change(answer)
    return JSON.stringify(answer)
  }

t.test('platforms that err are told of', async (t) => {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const CASES: readonly (readonly [
    string,
    (answer: Answer, infno: string) => string | undefined,
    Options,
    { err: RegExp; out?: RegExp },
  ])[] = [
    ['no JSON', () => '<html>', {}, { err: /9001 is no JSON object: <html>/ }],
    [
      'a list',
      (answer, infno) => (infno === '2201' ? '[]' : JSON.stringify(answer)),
      {},
      { err: /2201 is no JSON object/ },
    ],
    [
      'the line breaks',
      (answer, infno) => (infno === '2207' ? undefined : JSON.stringify(answer)),
      {},
      { err: /no answer to 2207: .*same message again \(msgid H500113.*2601/ },
    ],
    [
      'no mdtrt_id',
      spoiled('2201', ({ output }) => {
        output.data.mdtrt_id = ''
      }),
      {},
      { err: /lacks data\.mdtrt_id/ },
    ],
    [
      'an envelope with a hole',
      spoiled('9001', (answer) => {
        delete answer.inf_refmsgid
      }),
      {},
      { err: /1 complaints/, out: /! {2}the envelope lacks inf_refmsgid/ },
    ],
    [
      'the other infcode',
      (answer) => JSON.stringify({ ...answer, infcode: '0' }),
      { infcode: 'number' },
      { err: /9 complaints|8 complaints/, out: /infcode came as a string, not as a number/ },
    ],
    [
      'a fen too much',
      spoiled('2207', ({ output }) => {
        output.setlinfo.psn_cash_pay = 30.01
      }),
      {},
      { err: /complaints/, out: /the sums break I4/ },
    ],
    [
      'another amount than the trial',
      spoiled('2207', ({ output }) => {
        output.setlinfo.act_pay_dedc = 1
      }),
      {},
      { err: /complaints/, out: /2207 is not the trial in money: act_pay_dedc is 1, not \d+/ },
    ],
    [
      'a cancellation that is not negated',
      spoiled('2208', ({ output }) => {
        output.setlinfo.act_pay_dedc = 7
      }),
      { cancel: true },
      { err: /complaints/, out: /2208 is not the negated settlement in money: act_pay_dedc/ },
    ],
  ]
  for (const [what, spoil, options, expected] of CASES) {
    await withPlatform(counter, spoil, async (url) => {
      t.match(await played(url, 'outpatient', options), { code: 1, ...expected }, what)
    })
  }
  const quiet = createServer(() => undefined)
  await new Promise<void>((resolve) => quiet.listen(0, '127.0.0.1', resolve))
  const silent = `http://127.0.0.1:${(quiet.address() as AddressInfo).port}`
  const waited = await played(silent, 'outpatient', { timeout: 0.1 })
  t.match(waited, { code: 1, err: /no answer to 9001: no answer within 0\.1 s/ })
  quiet.closeAllConnections()
  quiet.close()
})

t.test('what is refused is said, and nothing goes on', (t) =>
  withServed(async (url) => {
    const CASES: readonly (readonly [PlayName, Options, RegExp, steps?: string])[] = [
      ['outpatient', { person: 'NOBODY' }, /1101 was refused .*未查到参保人/, '9001 1101'],
      ['outpatient', { institution: 'H00000000000' }, /9001 was refused .*未在本平台登记/, '9001'],
      ['outpatient', { key: 'demo-H50010300001' }, /9001 was refused .*凭证/, '9001'],
      ['outpatient', { medType: '99' }, /2203 was refused .*医疗类别/],
      ['inpatient', { medType: '99' }, /2401 was refused .*医疗类别/, '9001 1101 2401'],
      ['outpatient', { url: `${url}/elsewhere` }, /HTTP 404 to 9001/, '9001'],
      ['outpatient', { url: 'http://127.0.0.1:9' }, /nothing listens at http:\/\/127/, '9001'],
    ]
    for (const [name, options, err, steps] of CASES) {
      const told = await played(url, name, options)
      t.match(told, { code: 1, err, ...(steps === undefined ? {} : { steps }) }, String(err))
    }
    const whole = `${url}/fsi/api/rsfComIfsService/callService`
    t.equal((await played(whole, 'outpatient')).code, 0, 'the whole address of the interface')
    await t.rejects(played('localhost', 'outpatient'), /--url takes an address/)
    await t.rejects(played(url, 'inpatient', { until: '2020-01-01' }), /is before --on/)
  }),
)
