import t, { type Test } from 'tap'
import { mutantOf } from '../../fixtures/fuzz/mutants.ts'
import { readMessage } from '../../fixtures/nhsa/read-message.ts'
import { readSamples } from '../../fixtures/nhsa/samples.ts'
import { answerToRefusal } from './answer.ts'
import { isTreeObject, readBody, type TreeObject } from './body.ts'
import { Dictionaries } from './dictionaries.ts'
import { Faults } from './faults.ts'
import { type Input, readNodes } from './read-node.ts'
import type { Row } from './row.ts'
import { PREFIX } from './service-paths.ts'
import { type FieldSpec, findTransaction, type NodeSpec, transactionNumber } from './spec/spec.ts'

const ANY = new Dictionaries()
const SERVICE = `${PREFIX}rsfComIfsService/callService`
const STAMP = { region: '330100', receivedAt: 0, answeredAt: 0, sequence: 1_972_450_481 }
const NUMBER = { infcode: 'number' } as const
const SAMPLES = readSamples()

/** Where a sample was posted, if its address is known and is not the single one. */
const PATHS: Readonly<Record<string, string>> = {
  'zj-1101': 'fsiPsnInfoService/queryPsnInfo',
  'zj-2201': 'outpatientDocInfoService/outpatientRregistration',
  'zj-2202': 'outpatientDocInfoService/outpatientRegistrationCancel',
  'zj-2203A': 'outpatientDocInfoService/outpatientMdtrtinfoUpA',
  'zj-2204': 'outpatientDocInfoService/outpatientFeeListUp',
  'zj-2207A': 'outpatientSettleService/saveSettletmentA',
  'zj-2208': 'outpatientSettleService/cancleSettletment',
  'zj-2401-rejected-in-hospital': 'hospitalRegisterService/hospitalRegisterSave',
  'zj-2601-after-2208-rejected': 'reverseService/revsMethod',
  'zj-3201-wrong-url': 'reverseService/revsMethod',
  'zj-3202-wrong-url': 'reverseService/revsMethod',
  'zj-9001': 'signInSignOutService/signIn',
  'zj-9002': 'signInSignOutService/signOut',
}

/** What is read of each request: of each node the rows and how many fields the first has. */
const REQUESTS: Readonly<Record<string, string>> = {
  'hunan-1101-req-line721': 'data 1 × 3',
  'hunan-5303-req-line9257': 'data 1 × 2',
  'spec-1101-req': 'data 1 × 4',
  'zj-1101': 'data 1 × 3',
  'zj-2201': 'data 1 × 11',
  'zj-2202': 'data 1 × 3',
  'zj-2203A': 'mdtrtinfo 1 × 8, diseinfo 1 × 9',
  'zj-2204': 'feedetail 1 × 18',
  'zj-2207A': 'data 1 × 15',
  'zj-2208': 'data 1 × 3',
  'zj-2401-rejected-in-hospital': 'mdtrtinfo 1 × 21, diseinfo 1 × 11',
  'zj-2601-after-2208-rejected': 'data 1 × 3',
  'zj-3201-wrong-url': 'data 1 × 9',
  'zj-3202-wrong-url': 'data 1 × 8',
  'zj-9001': 'signIn 1 × 3',
  'zj-9002': 'signOut 1 × 2',
}

t.test('every captured request is read in the shape it has', async (t) => {
  const read: Record<string, string> = {}
  for (const { name, request } of SAMPLES) {
    if (request === undefined) continue
    const answer = readMessage(Buffer.from(JSON.stringify(request)), SERVICE, ANY)
    if (!answer.ok) {
      t.fail(`${name}: ${answerToRefusal(answer.refusal, STAMP, NUMBER)}`)
      continue
    }
    const { envelope, input } = answer.message
    t.equal(envelope.infno, request['infno'], name)
    t.equal(envelope.messageId, request['msgid'], name)
    t.equal(envelope.institution, request['fixmedins_code'], name)
    t.same(envelope.fields.extras, {}, name)
    read[name] = summary(envelope.transaction.input, input)
    checkValues(t, envelope.transaction.input, input, request['input'] as TreeObject)
  }
  t.same(read, REQUESTS)
})

t.test('at its own address, or refused at another in the captured words', async (t) => {
  for (const { name, request, response } of SAMPLES) {
    const path = PATHS[name]
    if (request === undefined || path === undefined) continue
    const answer = readMessage(Buffer.from(JSON.stringify(request)), PREFIX + path, ANY)
    t.equal(answer.ok, !name.endsWith('wrong-url'), name)
    if (answer.ok) continue
    const sequence = Number(/\d+$/.exec(response?.['err_msg'] as string)?.[0])
    const written = answerToRefusal(answer.refusal, { ...STAMP, sequence }, NUMBER)
    t.match(JSON.parse(written), response!, name)
  }
})

/** What is read of each answer, and which fields platforms leave empty that the spec demands. */
const RESPONSES: Readonly<Record<string, readonly [read: string, empty: readonly string[]]>> = {
  'nt-1101-resp-3': ['baseinfo 1 × 8, insuinfo 6 × 8', ['idetinfo']],
  'nt-2206-resp-1': [
    'setlinfo 1 × 37, setldetail 1 × 4',
    ['setl_time', 'hifdm_pay', 'crt_payb_lmt_amt'],
  ],
  'nt-2207-resp-1': ['setlinfo 1 × 41, setldetail 1 × 4', ['hifdm_pay', 'crt_payb_lmt_amt']],
  'nt-2208-resp-1': [
    'setlinfo 1 × 38, setldetail 1 × 4',
    ['psn_part_amt', 'acct_mulaid_pay', 'hosp_part_amt', 'hifdm_pay', 'crt_payb_lmt_amt'],
  ],
  'nt-9001-resp-1': ['signinoutb 1 × 2', []],
  'spec-1101-resp': ['baseinfo 1 × 8, insuinfo 1 × 5, idetinfo 2 × 3', ['insuplc_admdvs']],
  'zj-1101': ['baseinfo 1 × 9, insuinfo 1 × 8', ['idetinfo']],
  'zj-2201': ['data 1 × 3', []],
  'zj-2204': ['result 1 × 16', []],
  'zj-9001': ['signinoutb 1 × 2', []],
  'zj-9002': ['signoutoutb 1 × 1', []],
}

t.test('captured answers are read by the same spec', async (t) => {
  const read: Record<string, readonly [string, readonly string[]]> = {}
  for (const { name, response } of SAMPLES) {
    if (response === undefined) continue
    const body = readBody(Buffer.from(JSON.stringify(response)))
    if (!body.ok || !isTreeObject(body.value)) throw new Error(name)
    t.match(body.value['infcode'], /^(0|1|-1)$/, name)
    const number = transactionNumber(/-(\d{4}A?)/.exec(name)?.[1] ?? '')
    const transaction = number && findTransaction(number)
    const { output } = body.value
    if (transaction === undefined || !isTreeObject(output)) continue
    const faults = new Faults()
    const nodes = readNodes(transaction.output, output, ANY, faults)
    read[name] = [
      summary(transaction.output, nodes),
      faults.told.map(({ node, field }) => field ?? node),
    ]
    checkValues(t, transaction.output, nodes, output)
  }
  t.same(read, RESPONSES)
})

t.test('whatever is sent, there is an answer', async (t) => {
  const messages = SAMPLES.flatMap(({ request }) => (request === undefined ? [] : [request]))
  const counts = new Map<string, number>()
  for (let number = 0; number < MUTANTS; number++) {
    const { bytes, ways } = mutantOf(messages, SEED, number)
    const answer = readMessage(bytes, SERVICE, ANY)
    const kind = answer.ok ? 'ok' : answer.refusal.kind
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    if (answer.ok) continue
    const { infcode, err_msg } = JSON.parse(answerToRefusal(answer.refusal, STAMP, NUMBER))
    const said = infcode === -1 && typeof err_msg === 'string' && [...err_msg].length <= 200
    if (!said || /undefined|\[object/.test(err_msg)) t.fail(`${number} ${ways}: ${err_msg}`)
  }
  t.same([...counts.keys()].sort(), KINDS, 'every kind of answer was met')
})

const SEED = 5
const MUTANTS = 4_000
const KINDS = [
  'duplicate-key',
  'incomplete-envelope',
  'input-unreadable',
  'invalid-input',
  'nesting-too-deep',
  'not-json',
  'not-utf8',
  'ok',
  'unknown-transaction',
]

function summary(specs: readonly NodeSpec[], input: Input): string {
  const sent = specs.filter(({ name }) => input.many(name).length > 0)
  return sent
    .map(({ name, fields }) => {
      const [row, ...others] = input.many(name)
      return `${name} ${others.length + 1} × ${fields.filter(({ code }) => row!.has(code)).length}`
    })
    .join(', ')
}

/** Every value that was read is the one that was sent, by the name that this sender gave it. */
function checkValues(t: Test, specs: readonly NodeSpec[], input: Input, sent: TreeObject): void {
  for (const spec of specs) {
    const rows = [sent[spec.name] ?? []].flat() as TreeObject[]
    for (const [at, row] of input.many(spec.name).entries()) {
      for (const field of spec.fields) {
        const value = rows[at]![field.code]
        if (value === undefined || !row.has(field.code)) continue
        t.equal(readAs(row, field), sentAs(value, field), `${spec.name} ${field.code}`)
      }
    }
  }
}

function readAs(row: Row, { code, type }: FieldSpec): string | number | undefined {
  if (type === 'number') return Number(row.decimal(code))
  if (type === 'date') return row.date(code)
  return type === 'time' ? row.time(code) : row.text(code)
}

function sentAs(value: unknown, { type }: FieldSpec): string | number {
  if (type === 'number') return Number(value)
  if (type === 'date') return String(value).slice(0, 10)
  return type === 'time' ? String(value).padEnd(19, ' 00:00:00') : String(value)
}
