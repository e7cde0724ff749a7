import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { L1, L2 } from '../../fixtures/counter/bills.ts'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'
import { type Answer, PERSON } from '../../fixtures/nhsa/hospital-system.ts'
import { RawSender, registration } from '../../fixtures/nhsa/registration.ts'
import { openBody, sealBody, signEnvelope } from './gateway/sealed-body.ts'
import { apiSignature, caSignature, tifSignature } from './gateway/signatures.ts'
import { readInterfaceSettings } from './read-settings.ts'
import type { InterfaceSettings } from './settings.ts'

/** How calls are signed, encrypted and answered by the settings of each institution, and the file of these. */

/** A key of OpenSSL's; nobody's. */
const PRIVATE_KEY = '1b6e72489ab8bc323ff571be99920524a6b27639fd712440a5f4691020d32881'
const PUBLIC_KEY =
  '04bb50274e14bf147a607ef62c92552a9b782722c0a0f490d7254a404a5699e8ea78d751b369092702732a213568cae939ee78b84adb7202272f7daf6e9a277734'
const KEYS = { clientId: 'client-of-16-bytes', publicKey: PUBLIC_KEY, privateKey: PRIVATE_KEY }
const UNSIGNED = { infcode: 'number', gateway: { family: 'none' } } as const

function settingsOf(of: Partial<InterfaceSettings['default']>): InterfaceSettings {
  return { default: UNSIGNED, institutions: { [L2]: { ...UNSIGNED, ...of } } }
}

async function withSettings(
  settings: Partial<InterfaceSettings['default']>,
  play: (hospital: RawSender, counter: TestCounter) => Promise<void>,
): Promise<void> {
  const counter = await openTestCounter({ nhsa: settingsOf(settings) })
  try {
    await play(new RawSender(counter), counter)
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
async function refusedThenTaken(t: Test, hospital: RawSender, body: Buffer, calls: Calls) {
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
