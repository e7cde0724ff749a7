import type { Socket } from 'node:net'
import t from 'tap'
import { L1, L2, PHARMACY } from '../../fixtures/counter/bills.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import {
  HospitalSystem,
  type Sent,
  SINGLE,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'
import { RawSender, registration } from '../../fixtures/nhsa/registration.ts'
import type { LargeRequest } from '../http/large-bodies.ts'
import { IMPLEMENTED } from './implemented.ts'
import { DONE_HERE } from './transactions/transactions.ts'

/** What comes over HTTP and how it is answered: who calls, what is large, what a city does not know, what is no message. */

t.test('a city refuses codes that its own dictionary lacks', async (t) => {
  const counter = await openTestCounter()
  try {
    const hospital = new RawSender(counter)
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
