import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { L1, L2, PHARMACY } from '../../fixtures/counter/bills.ts'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'
import {
  HospitalSystem,
  ID_CARD,
  PERSON,
  type Sent,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'
import { type Known, REGIONS, requestOf } from '../../fixtures/nhsa/regions.ts'
import type { LargeRequest } from '../http/large-bodies.ts'
import { openBody, sealBody, signEnvelope } from './gateway/sealed-body.ts'
import { apiSignature, caSignature, tifSignature } from './gateway/signatures.ts'
import { IMPLEMENTED } from './implemented.ts'
import { readInterfaceSettings } from './read-settings.ts'
import type { InterfaceSettings } from './settings.ts'
import { DONE_HERE } from './transactions/transactions.ts'

/** How calls are signed, encrypted and answered by the settings of each institution; and what is no message. */

// biome-ignore lint/suspicious/noExplicitAny: whatever was answered; the test says what it should be
type Answer = any

const SINGLE = '/fsi/api/rsfComIfsService/callService'
const KNOWN: Known = {
  institution: L2,
  person: PERSON,
  idCard: ID_CARD,
  mdtrtId: '',
  setlId: '',
  lostId: '',
}
/** A key of OpenSSL's; nobody's. */
const PRIVATE_KEY = '1b6e72489ab8bc323ff571be99920524a6b27639fd712440a5f4691020d32881'
const PUBLIC_KEY =
  '04bb50274e14bf147a607ef62c92552a9b782722c0a0f490d7254a404a5699e8ea78d751b369092702732a213568cae939ee78b84adb7202272f7daf6e9a277734'
const KEYS = { clientId: 'client-of-16-bytes', publicKey: PUBLIC_KEY, privateKey: PRIVATE_KEY }
const UNSIGNED = { infcode: 'number', gateway: { family: 'none' } } as const

function settingsOf(of: Partial<InterfaceSettings['default']>): InterfaceSettings {
  return { default: UNSIGNED, institutions: { [L2]: { ...UNSIGNED, ...of } } }
}

/** A registration, which books something if it is taken. */
function registration(count = 1, infno = '2201') {
  const { payload } = requestOf(REGIONS[0]!, '2201', `M${count}`, KNOWN)
  return { ...JSON.parse(payload.toString()), infno } as Record<string, unknown>
}

class Hospital {
  readonly #counter: TestCounter
  constructor(counter: TestCounter) {
    this.#counter = counter
  }

  /** Seconds, as the clock of the counter says. */
  get seconds(): string {
    return String(Math.floor(this.#counter.now / 1_000))
  }

  async post(body: Buffer | object, headers: Record<string, string> = {}): Promise<Answer> {
    const payload = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
    const reply = await this.#counter.app.inject({
      method: 'POST',
      url: SINGLE,
      headers: { 'content-type': 'application/json', ...headers },
      payload,
    })
    if (reply.statusCode !== 200) throw new Error(`HTTP ${reply.statusCode}`)
    return reply.json()
  }
}

async function withSettings(
  settings: Partial<InterfaceSettings['default']>,
  play: (hospital: Hospital, counter: TestCounter) => Promise<void>,
): Promise<void> {
  const counter = await openTestCounter({ nhsa: settingsOf(settings) })
  try {
    await play(new Hospital(counter), counter)
  } finally {
    await counter.close()
  }
}

type Calls = readonly (readonly [
  what: string,
  headers: Record<string, string>,
  part: RegExp | null,
])[]

t.test('a call that is not signed as its institution is set changes nothing', async (t) => {
  const body = Buffer.from(JSON.stringify(registration()))

  await t.test('x-ca-*', (t) =>
    withSettings({ gateway: { family: 'ca', secret: 'S' } }, async (hospital, counter) => {
      const { seconds } = hospital
      const ca = (secret: string, at = seconds) => ({
        'x-ca-key': L2,
        'x-ca-signature': caSignature(secret, at, body),
      })
      const late = String(Number(seconds) - 1_801)
      await refusedThenTaken(t, hospital, body, [
        ['unsigned', {}, /请求头.*x-ca-key/],
        ['with a key instead', { authorization: `Bearer demo-${L2}` }, /请求头/],
        ['of another', { ...ca('S'), 'x-ca-key': L1 }, /访问标识/],
        ['with another secret', ca('T'), /签名.*不一致/],
        ['too late', ca('S', late), /时间戳/],
        ['signed', ca('S'), null],
        ['the same again', ca('S'), null],
      ])
      counter.now += 1_000
      const other = Buffer.from(JSON.stringify(registration(2)))
      t.match(await hospital.post(other, ca('S')), { infcode: -1, err_msg: /签名/ })
    }),
  )

  await t.test('_api_*', (t) =>
    withSettings({ gateway: { family: 'api', accessKey: 'AK', secret: 'S' } }, async (hospital) => {
      const api = (name: string, secret = 'S') => {
        const of = { accessKey: 'AK', name, timestamp: hospital.seconds, version: '1.0.0' }
        return {
          _api_access_key: 'AK',
          _api_name: name,
          _api_timestamp: of.timestamp,
          _api_version: '1.0.0',
          _api_signature: apiSignature(secret, of),
        }
      }
      await refusedThenTaken(t, hospital, body, [
        ['unsigned', {}, /缺少服务网关的请求头/],
        ['another user', { ...api('2201'), _api_access_key: 'AL' }, /非法用户/],
        ['another secret', api('2201', 'T'), /签名不一致/],
        ['another transaction', api('2207'), /接口名称/],
        ['signed', api('2201'), null],
      ])
    }),
  )

  await t.test('x-tif-*', (t) =>
    withSettings({ gateway: { family: 'tif', paasId: 'P', token: 'T' } }, async (hospital) => {
      const tif = (nonce: string, token = 'T') => ({
        'x-tif-paasid': 'P',
        'x-tif-timestamp': hospital.seconds,
        'x-tif-nonce': nonce,
        'x-tif-signature': tifSignature(token, hospital.seconds, nonce),
      })
      await refusedThenTaken(t, hospital, body, [
        ['unsigned', {}, /请求头/],
        ['another token', tif('1', 'U'), /签名不一致/],
        ['signed', tif('1'), null],
        ['the nonce again', tif('1'), /随机数/],
        ['a new nonce', tif('2'), null],
      ])
    }),
  )

  await t.test('SM2 over the envelope', (t) =>
    withSettings({ gateway: { family: 'sm2', publicKey: PUBLIC_KEY } }, async (hospital) => {
      const message = registration()
      const cainfo = signEnvelope(PRIVATE_KEY, message)
      t.match(await hospital.post(message), { infcode: -1, err_msg: /cainfo/ })
      t.match(await hospital.post({ ...message, msgid: 'M9', cainfo }), { err_msg: /签名不一致/ })
      t.match(await hospital.post({ ...message, cainfo }), { infcode: 0, output: { data: {} } })
    }),
  )
})

/** Plays calls in order; what is refused leaves nothing that a later one could find. */
async function refusedThenTaken(t: Test, hospital: Hospital, body: Buffer, calls: Calls) {
  let first: Answer
  for (const [what, headers, part] of calls) {
    const answer = await hospital.post(body, headers)
    if (part === null) {
      t.match(answer, { infcode: 0, output: { data: { psn_no: PERSON } } }, what)
      first ??= answer
      t.strictSame(answer, first, `${what}: one answer for one message`)
    } else {
      t.match(answer, { infcode: -1, output: null, err_msg: part, inf_refmsgid: /^\d{30}$/ }, what)
      t.match(answer.err_msg, /^接口签名校验未通过/)
    }
  }
  t.match(first.output.data.mdtrt_id, /^V1$|^V\d+$/)
}

t.test('encrypted inputs, and answers alike', async (t) => {
  const message = registration()
  const json = JSON.stringify(message['input'])
  const sealed = { ...message, ...sealBody(KEYS, json), enc_type: 'SM4', signtype: 'SM2' }
  await withSettings({ body: KEYS, infcode: 'string' }, async (hospital) => {
    t.match(await hospital.post(message), { infcode: '-1', err_msg: /SM4/ })
    t.match(await hospital.post({ ...sealed, cainfo: 'AA==' }), {
      infcode: '-1',
      err_msg: /签名.*cainfo/,
    })
    t.match(await hospital.post({ ...sealed, input: `${sealed.input.slice(0, -24)}AAAA` }), {
      infcode: '-1',
      err_msg: /加密/,
    })
    const answer = await hospital.post(sealed)
    t.match(answer, { infcode: '0', signtype: 'SM2', enctype: 'SM4' })
    const opened = openBody(KEYS, { input: answer.output, cainfo: answer.cainfo })
    if (!opened.accepted) throw new Error(opened.message)
    t.match(JSON.parse(opened.json), { data: { psn_no: PERSON } })
    const again = await hospital.post(sealed)
    t.equal(again.output, answer.output, 'the same message again')
    const signOut = { ...sealed, infno: '2202', msgid: 'M3', ...sealBody(KEYS, '{"data":{}}') }
    t.match(await hospital.post(signOut), { infcode: '-1', output: null, cainfo: '' })
  })
  await withSettings({ body: { ...KEYS, answers: 'plain' } }, async (hospital) => {
    t.match(await hospital.post(sealed), { infcode: 0, output: { data: { psn_no: PERSON } } })
  })
})

t.test('a city refuses codes that its own dictionary lacks', async (t) => {
  const counter = await openTestCounter()
  try {
    const hospital = new Hospital(counter)
    const own =
      'dictionaries:\n  insutype: { name: 险种类型, codes: { "310": 职工, "390": 居民 } }\n'
    const message = registration()
    const sent = (count: number, insutype: string) => {
      const input = message['input'] as { data: object }
      return { ...registration(count), input: { data: { ...input.data, insutype } } }
    }
    t.match(await hospital.post(sent(1, '39999')), { infcode: 0 }, 'accepted when nothing is said')
    const load = async (policy: string) => {
      counter.editRules('chongqing/nhsa.yaml', '\nfunds:\n', `\n${policy}${own}funds:\n`)
      const reloaded = await counter.as('policy').post('/v1/policy/reload', {})
      t.equal(reloaded.status, 200)
    }
    await load('unknownCodes: refuse\n')
    t.match(await hospital.post(sent(2, '39999')), {
      infcode: -1,
      err_msg: /险种类型（insutype）的代码不在本统筹区字典中/,
    })
    t.match(await hospital.post(sent(3, '310')), { infcode: 0 })
  } finally {
    await counter.close()
  }
})

t.test(
  'a large body is waited for, however long it takes: no silent connection is cut',
  async (t) => {
    const sockets: Socket[] = []
    const limits: unknown[] = []
    const counter = await openTestCounter({
      largeBodies: {
        over: 30_000,
        answer: async () => {
          limits.push(sockets.at(-1)!.timeout)
          const body = new TextEncoder().encode('{"infcode":0}').buffer
          return { status: 200, headers: { 'content-type': 'application/json' }, body }
        },
      },
    })
    try {
      const address = await counter.app.listen({ host: '127.0.0.1', port: 0 })
      counter.app.server.on('connection', (socket: Socket) => sockets.push(socket))
      const padding = 'x'.repeat(40_000)
      for (const [path, body] of [
        [SINGLE, { ...registration(), infno: '2204', padding }],
        ['/v1/quotes', { padding }],
      ] as const) {
        const answer = await fetch(address + path, {
          method: 'POST',
          headers: { authorization: `Bearer demo-${L2}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
        t.match(await answer.json(), { infcode: 0 }, path)
      }
      t.strictSame(limits, [0, 0])
    } finally {
      await counter.close()
    }
  },
)

t.test('whatever parsed as HTTP is answered with the envelope', async (t) => {
  const large: LargeRequest[] = []
  const counter = await openTestCounter({
    bodyLimit: 100_000,
    largeBodies: {
      over: 30_000,
      answer: async (request, requester) => {
        large.push(request)
        if (requester.id === PHARMACY) throw new Error('the thread ended')
        if (requester.id !== L2) return undefined
        return { status: 200, headers: {}, body: new TextEncoder().encode('{"infcode":0}').buffer }
      },
    },
  })
  try {
    const upload = (more: object = {}) => {
      const { infno: _, ...rest } = registration(1)
      return { infno: '2204', ...rest, padding: 'x'.repeat(40_000), ...more }
    }
    const CALLS: readonly (readonly [string, string, string, Buffer | object, object])[] = [
      ['GET', 'GET', SINGLE, Buffer.alloc(0), { err_msg: /POST/ }],
      ['PUT', 'PUT', SINGLE, registration(), { err_msg: /POST/ }],
      ['no body', 'POST', SINGLE, Buffer.alloc(0), { err_msg: /JSON/ }],
      ['not UTF-8', 'POST', SINGLE, Buffer.from([0x7b, 0xb2, 0x7d]), { err_msg: /UTF-8/ }],
      ['gzip', 'POST', SINGLE, Buffer.from([0x1f, 0x8b, 8, 0]), { err_msg: /UTF-8/ }],
      [
        'nowhere',
        'POST',
        '/fsi/api/nothing',
        registration(),
        { type: 'error', err_msg: /未知交易编号/ },
      ],
      ['the prefix', 'POST', '/fsi/api/', registration(), { type: 'error' }],
      ['an address that is none', 'POST', '/fsi/api/%zz', registration(), { type: 'error' }],
      ['long', 'POST', `/fsi/api/${'x'.repeat(4_000)}`, registration(), { type: 'error' }],
      [
        'too large',
        'POST',
        SINGLE,
        Buffer.alloc(100_001, 0x20),
        { err_msg: /大小限制（最大100000字节）/ },
      ],
      ['unknown', 'POST', SINGLE, registration(1, '8888'), { err_msg: /未知交易编号（8888）/ }],
      ['known by name', 'POST', SINGLE, registration(1, '4401'), { err_msg: /暂未开通.*4401/ }],
      ['with its fields', 'POST', SINGLE, registration(1, '1901'), { err_msg: /暂未开通.*1901/ }],
      ['lines', 'POST', SINGLE, upload(), { infcode: 0 }],
      [
        'lines, overloaded',
        'POST',
        SINGLE,
        upload({ fixmedins_code: L1 }),
        { err_msg: /系统繁忙/ },
      ],
      [
        'lines, by a thread that fails',
        'POST',
        SINGLE,
        upload({ fixmedins_code: PHARMACY }),
        { err_msg: /系统故障/ },
      ],
      ['shorter than announced', 'POST', SINGLE, registration(), { err_msg: /JSON/ }],
      ['of no type', 'POST', SINGLE, registration(11), { infcode: 0 }],
      ['of the type json', 'POST', SINGLE, registration(12), { infcode: 0 }],
      ['of the type text/plain', 'POST', SINGLE, registration(13), { infcode: 0 }],
      [
        'of the type application/json charset=UTF-8',
        'POST',
        SINGLE,
        registration(14),
        { infcode: 0 },
      ],
      ['two numbers', 'POST', SINGLE, upload({ x: { inf_no: '2601' } }), { err_msg: /有误/ }],
      ['hidden', 'POST', SINGLE, upload(), { err_msg: /有误/ }],
    ]
    for (const [what, method, url, body, expected] of CALLS) {
      const text = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
      const reply = await counter.app.inject({
        method: method as 'POST',
        url,
        headers: {
          'content-type': /^of (?:the type )?(.*)/.exec(what)?.[1] ?? 'application/json',
          ...(what === 'shorter than announced' ? { 'content-length': '9999' } : {}),
        },
        payload: what === 'hidden' ? hide(text) : text,
      })
      t.equal(reply.statusCode, 200, what)
      t.match(reply.headers['content-type'], /^application\/json/, what)
      const answer = reply.json()
      t.match(answer, expected, what)
      if (!('infcode' in expected)) {
        t.match(answer, { infcode: -1, output: null, inf_refmsgid: /^\d{30}$/ }, what)
      }
    }
    t.equal(large.length, 3, 'only what is certain to hold lines goes elsewhere')
    t.same(Object.keys(large[0]!.headers), ['content-type'])
  } finally {
    await counter.close()
  }
})

/** With a letter of the name of the transaction written as an escape. */
function hide(text: Buffer): Buffer {
  return Buffer.from(text.toString().replace('"infno"', '"\\u0069nfno"'))
}

t.test('the file of settings', async (t) => {
  const folder = t.testdir({
    'a.key': `${PRIVATE_KEY}\n`,
    'zero.key': '0'.repeat(64),
    // One less than the order of the curve: a number in range, by which nobody can sign.
    'order.key': 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122',
    'short.txt': 'short',
  })
  const file = join(folder, 'nhsa.yaml')
  const read = (text: string) => {
    writeFileSync(file, text)
    return readInterfaceSettings(file, { CA: 'top-secret', EMPTY: '', CLIENT: KEYS.clientId })
  }
  t.same(read(''), { default: UNSIGNED, institutions: {} })
  t.same(
    read(`
default: { infcode: string, gateway: { family: ca, secret: { env: CA }, windowSeconds: 60 } }
institutions:
  H1: { infcode: number }
  H2:
    gateway: { family: none }
    body: { clientId: { env: CLIENT }, publicKey: "${PUBLIC_KEY}", privateKey: { file: a.key } }
`),
    {
      default: {
        infcode: 'string',
        gateway: { family: 'ca', secret: 'top-secret', windowSeconds: 60 },
      },
      institutions: {
        H1: {
          infcode: 'number',
          gateway: { family: 'ca', secret: 'top-secret', windowSeconds: 60 },
        },
        H2: { infcode: 'string', gateway: { family: 'none' }, body: KEYS },
      },
    },
  )
  const gateway = (of: string) => `institutions: { H1: { gateway: { ${of} } } }`
  const body = (key: string) =>
    `default: { body: { clientId: { env: CLIENT }, publicKey: "${PUBLIC_KEY}", privateKey: { file: ${key} } } }`
  const BAD: readonly (readonly [text: string, said: RegExp])[] = [
    ['institution: {}', /additional properties \(institution\)/],
    ['default: { infcode: 0 }', /\/default\/infcode must be equal/],
    [gateway('family: none, secret: { env: CA }'), /\/institutions\/H1\/gateway.*\(secret\)/],
    [gateway('family: other'), /gateway value of tag "family" must be in oneOf/],
    [gateway('family: ca, secret: top-secret'), /gateway\/secret must be object/],
    [
      gateway('family: ca, secret: { env: NO }'),
      /H1\/gateway\/secret: there is no environment variable NO/,
    ],
    [gateway('family: ca, secret: { env: EMPTY }'), /EMPTY is empty/],
    [gateway('family: tif, paasId: P, token: { file: none }'), /token: there is no file none/],
    [
      `default: { body: { clientId: { file: short.txt }, publicKey: "${PUBLIC_KEY}", privateKey: { env: CA } } }`,
      /clientId: file short.txt must have 16 characters.*privateKey: environment variable CA must be a private key/,
    ],
    [gateway(`family: sm2, publicKey: "04${'1'.repeat(128)}"`), /publicKey.*"sm2-public-key"/],
    [body('zero.key'), /privateKey: file zero\.key must be a private key/],
    [body('order.key'), /privateKey: file order\.key must be a private key/],
  ]
  for (const [text, said] of BAD) {
    try {
      read(text)
      t.fail(text)
    } catch (error) {
      t.match((error as Error).message, said, text)
      t.notMatch((error as Error).message, /top-secret/)
    }
  }
})

t.test(
  'a registered institution that shows no key is told that this is what is missing',
  async (t) => {
    const keys = { good: { role: 'institution', id: L2 } } as const
    const counter = await openTestCounter({ keys, withoutDemoKeys: true })
    try {
      const client = new HospitalSystem(counter)
      t.match(await client.send(t, 'zj-1101'), {
        infcode: -1,
        err_msg: /^未能确认报文由哪家.*接入凭证$/,
      })
      t.equal((await client.send(t, 'zj-1101', { key: 'good' })).infcode, 0)
      const unknown = { more: { fixmedins_code: 'H00000000000' } }
      t.match(await client.send(t, 'zj-1101', unknown), { err_msg: /未在本平台登记/ })
    } finally {
      await counter.close()
    }
  },
)

t.test('the page tells of what is done, and of nothing else', async (t) => {
  const told = new Set(Object.keys(IMPLEMENTED).map((code) => code.slice(0, 4)))
  t.strictSame([...DONE_HERE.keys()].sort(), [...told].sort())
})

t.test('who calls, and what is no message', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    t.equal((await client.send(t, 'zj-1101', { key: `demo-${L2}` })).infcode, 0)
    const CALLS: readonly (readonly [Sent, RegExp])[] = [
      [{ key: `demo-${L1}` }, /与接入凭证的机构不一致/],
      [{ key: 'demo-agency' }, /与接入凭证的机构不一致/],
      [{ key: 'nonsense' }, /凭证/],
      [{ more: { fixmedins_code: 'H00000000000' } }, /未在本平台登记/],
      [{ more: { fixmedins_code: 'agency' } }, /未在本平台登记/],
      [{ more: { infno: '2208' } }, /有误/],
      [{ more: { infno: '3401A' } }, /暂未开通交易：批量科室信息上传（3401A）/],
      [{ more: { infno: '7777' } }, /未知交易编号（7777）/],
    ]
    for (const [sent, sentence] of CALLS) {
      t.match(await client.send(t, 'zj-1101', sent), { infcode: -1, err_msg: sentence })
    }
    const item = {
      fixmedins_code: L2,
      fixmedins_hilist_id: '1',
      list_type: '1',
      med_list_codg: '1',
    }
    const unserved = { infno: '3302', input: item }
    t.match(
      await client.send(t, 'zj-1101', { shape: (message) => ({ ...message, ...unserved }) }),
      {
        infcode: -1,
        err_msg: /暂未开通/,
      },
    )
    t.match(await client.send(t, 'zj-1101', { path: '/fsi/api/reverseService/revsMethod' }), {
      type: 'error',
      infcode: -1,
      err_msg: /^FSI-FSI-交易报文不正确：未知交易编号！,异常流水号:\d+$/,
      inf_refmsgid: /^500113\d{24}$/,
    })
    for (const [payload, sentence] of [
      ['', /JSON/],
      ['{', /JSON/],
      ['[]', /JSON对象/],
      ['{"infno":"1101","infno":"1101"}', /出现两次/],
    ] as const) {
      t.match(JSON.parse(await client.raw(t, payload)), { infcode: -1, err_msg: sentence })
    }
  }),
)
