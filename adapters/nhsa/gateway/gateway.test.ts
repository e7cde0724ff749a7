import t from 'tap'
import { DatedAhead } from '../../access/dated-ahead.ts'
import { NoncesSinceStart } from '../../access/nonces-since-start.ts'
import { type Nonces, SeenNonces } from '../../access/seen-nonces.ts'
import { checkSignature, type GatewaySettings, type SignedCall } from './gateway.ts'
import { gbkBytes } from './gbk.ts'
import {
  type BodyKeys,
  checkEnvelope,
  envelopeText,
  openBody,
  sealBody,
  signEnvelope,
} from './sealed-body.ts'
import { apiSignature, caSignature, type Headers, tifSignature } from './signatures.ts'
import type { SignaturePart } from './verdict.ts'

/** Vectors were made with other programs: Python's hashlib and hmac, OpenSSL's sm4-ecb and SM2. */

const SECRET = 'the-secret-key'
const SECONDS = '1764208800'
const MILLISECONDS = '1764208800000'
const AT = Number(MILLISECONDS)
const BODY = Buffer.from('{"infno":"2207A","input":{"name":"测试"}}')
const API_NAMES = { accessKey: 'AK-1', name: '2207', version: '1.0.0' }
const API_SIGNATURE = '531Elf0/KyMTC54PDsgQ89TtxPs='
const TIF_SIGNATURE = 'c7cc673ad680c1700abb3be733093b47c151615a95c2a0b5aaca223ba8957e92'
const CA_SIGNATURE = `${SECONDS}:559362BE7A324993C02C6EC36411358CCD33421161E9DA78E1067F7465642AC8`
const CA_IN_GB2312 = `${SECONDS}:FD3164EF7173449118BBE1781F862368A02F057A1FE48220F1C3A869263FA3FE`

t.test('signatures are those that other programs make', async (t) => {
  t.equal(apiSignature(SECRET, { ...API_NAMES, timestamp: MILLISECONDS }), API_SIGNATURE)
  t.equal(
    apiSignature(SECRET, { ...API_NAMES, timestamp: SECONDS }),
    '0omjl6klAVD6lcRCCnWg5LMcNdk=',
  )
  t.equal(tifSignature('token-1', SECONDS, 'nonce-1'), TIF_SIGNATURE)
  t.equal(caSignature(SECRET, SECONDS, BODY), CA_SIGNATURE)
  t.equal(caSignature(SECRET, SECONDS, BODY, 'gb2312'), CA_IN_GB2312)
  t.equal(Buffer.from(gbkBytes('a测试，一😀')).toString('hex'), '61b2e2cad4a3acd2bb3f')
})

const API = { family: 'api', accessKey: 'AK-1', secret: SECRET } satisfies GatewaySettings
const API_HEADERS: Headers = {
  _api_name: '2207',
  _api_version: '1.0.0',
  _api_timestamp: MILLISECONDS,
  _api_access_key: 'AK-1',
  _api_signature: API_SIGNATURE,
}
const TIF = {
  family: 'tif',
  paasId: 'hospital-1',
  token: 'token-1',
} satisfies GatewaySettings
const TIF_HEADERS: Headers = {
  'x-tif-paasid': 'hospital-1',
  'x-tif-timestamp': SECONDS,
  'x-tif-nonce': 'nonce-1',
  'x-tif-signature': TIF_SIGNATURE,
}
const tifOf = (nonce: string): Headers => ({
  ...TIF_HEADERS,
  'x-tif-nonce': nonce,
  'x-tif-signature': tifSignature('token-1', SECONDS, nonce),
})
const CA = { family: 'ca', secret: SECRET } satisfies GatewaySettings
const CA_HEADERS: Headers = { 'x-ca-key': 'H00000000001', 'x-ca-signature': CA_SIGNATURE }

function call(headers: Headers, more: Partial<SignedCall> = {}): SignedCall {
  return {
    institutionId: 'H00000000001',
    infno: '2207',
    headers,
    body: BODY,
    envelope: {},
    at: AT,
    ...more,
  }
}

async function outcome(
  settings: GatewaySettings,
  made: SignedCall,
  seen: Nonces = new SeenNonces(),
) {
  const verdict = await checkSignature(settings, made, seen)
  return verdict.accepted ? 'accepted' : verdict.part
}

t.test('a signed call is accepted, and of any other the part that failed is named', async (t) => {
  const WINDOW_MS = 1_800_000
  const upper = (headers: Headers, name: string) => ({
    ...headers,
    [name]: headers[name]!.toUpperCase(),
  })
  const cases: readonly [string, GatewaySettings, SignedCall, SignaturePart | 'accepted'][] = [
    ['unsigned in the demo', { family: 'none' }, call({}), 'accepted'],
    ['api', API, call(API_HEADERS), 'accepted'],
    [
      'api in seconds',
      API,
      call({
        ...API_HEADERS,
        _api_timestamp: SECONDS,
        _api_signature: '0omjl6klAVD6lcRCCnWg5LMcNdk=',
      }),
      'accepted',
    ],
    ['api at the end of the window', API, call(API_HEADERS, { at: AT + WINDOW_MS }), 'accepted'],
    ['api too late', API, call(API_HEADERS, { at: AT + WINDOW_MS + 1 }), 'timestamp'],
    ['api too early', API, call(API_HEADERS, { at: AT - WINDOW_MS - 1 }), 'timestamp'],
    [
      'api of another time',
      API,
      call({ ...API_HEADERS, _api_timestamp: '1764208800001' }),
      'signature',
    ],
    ['api of no time', API, call({ ...API_HEADERS, _api_timestamp: 'now' }), 'timestamp'],
    ['api of another key', API, call({ ...API_HEADERS, _api_access_key: 'AK-2' }), 'key'],
    ['api of another secret', { ...API, secret: 'other' }, call(API_HEADERS), 'signature'],
    ['api in other letters', API, call(upper(API_HEADERS, '_api_signature')), 'signature'],
    ['api for another transaction', API, call(API_HEADERS, { infno: '2208' }), 'api-name'],
    ['tif', TIF, call(TIF_HEADERS), 'accepted'],
    ['tif in capitals', TIF, call(upper(TIF_HEADERS, 'x-tif-signature')), 'accepted'],
    ['tif of another nonce', TIF, call({ ...TIF_HEADERS, 'x-tif-nonce': 'nonce-2' }), 'signature'],
    ['tif of a long nonce', TIF, call(tifOf('n'.repeat(128))), 'accepted'],
    ['tif of a nonce too long to be remembered', TIF, call(tifOf('n'.repeat(129))), 'nonce'],
    ['tif of another token', { ...TIF, token: 'token-2' }, call(TIF_HEADERS), 'signature'],
    ['tif of another system', TIF, call({ ...TIF_HEADERS, 'x-tif-paasid': 'x' }), 'key'],
    [
      'tif in a narrow window',
      { ...TIF, windowSeconds: 60 },
      call(TIF_HEADERS, { at: AT + 60_001 }),
      'timestamp',
    ],
    ['ca', CA, call(CA_HEADERS), 'accepted'],
    ['ca once more', CA, call(CA_HEADERS), 'accepted'],
    ['ca of another body', CA, call(CA_HEADERS, { body: Buffer.from('{}') }), 'signature'],
    ['ca of another institution', CA, call(CA_HEADERS, { institutionId: 'H00000000002' }), 'key'],
    ['ca of another secret', { ...CA, secret: 'other' }, call(CA_HEADERS), 'signature'],
    ['ca without a time', CA, call({ ...CA_HEADERS, 'x-ca-signature': 'AB' }), 'timestamp'],
    ['ca too late', CA, call(CA_HEADERS, { at: AT + WINDOW_MS + 1 }), 'timestamp'],
    [
      'ca in another charset',
      CA,
      call({ ...CA_HEADERS, 'x-ca-signature': CA_IN_GB2312 }),
      'signature',
    ],
    [
      'ca in GB2312',
      { ...CA, signedAs: 'gb2312' },
      call({ ...CA_HEADERS, 'x-ca-signature': CA_IN_GB2312 }),
      'accepted',
    ],
  ]
  for (const [what, settings, made, expected] of cases) {
    t.equal(await outcome(settings, made), expected, what)
  }
  for (const [settings, headers] of [
    [API, API_HEADERS],
    [TIF, TIF_HEADERS],
    [CA, CA_HEADERS],
  ] as const) {
    for (const name of Object.keys(headers)) {
      for (const value of [undefined, '']) {
        const verdict = await checkSignature(
          settings,
          call({ ...headers, [name]: value }),
          new SeenNonces(),
        )
        t.match(verdict, { accepted: false, part: 'header', message: name })
      }
    }
  }
})

t.test('a refusal tells neither the secret nor what would have been right', async (t) => {
  for (const [settings, headers, right] of [
    [API, { ...API_HEADERS, _api_signature: 'x' }, API_SIGNATURE],
    [TIF, { ...TIF_HEADERS, 'x-tif-signature': 'x' }, TIF_SIGNATURE],
    [CA, { ...CA_HEADERS, 'x-ca-signature': `${SECONDS}:x` }, CA_SIGNATURE],
  ] as const) {
    const said = JSON.stringify(await checkSignature(settings, call(headers), new SeenNonces()))
    for (const secret of [right, SECRET, 'token-1']) t.notOk(said.includes(secret))
  }
})

t.test('a nonce is good once within the window, and only what was right uses it up', async (t) => {
  const seen = new SeenNonces()
  const wrong = { ...TIF_HEADERS, 'x-tif-signature': '0'.repeat(64) }
  t.equal(await outcome(TIF, call(wrong), seen), 'signature')
  t.equal(seen.size, 0, 'a wrong signature changes nothing')
  t.equal(await outcome(TIF, call(TIF_HEADERS), seen), 'accepted')
  t.equal(await outcome(TIF, call(TIF_HEADERS, { at: AT + 1_000 }), seen), 'nonce')
  t.equal(
    await outcome(TIF, call(TIF_HEADERS, { at: AT + 1_800_000 }), seen),
    'nonce',
    'to the last moment',
  )
  t.equal(
    await outcome(TIF, call(TIF_HEADERS, { at: AT + 1_800_001 }), seen),
    'timestamp',
    'then too late',
  )
  t.equal(
    await outcome(TIF, call(TIF_HEADERS, { institutionId: 'H2' }), seen),
    'accepted',
    "another's",
  )
})

t.test('the memory of nonces is bounded, and forgets what has run out', async (t) => {
  const MINUTE = 60_000
  const steps: readonly [string, string, number, number, string, number][] = [
    // Who, nonce, now and the end in minutes, the outcome, how many are remembered then.
    ['H1', 'a', 0, 30, 'new', 1],
    ['H1', 'b', 0, 10, 'new', 2],
    ['H1', 'c', 0, 10, 'full', 2],
    ['H2', 'a', 0, 20, 'new', 3],
    ['H1', 'b', 10, 20, 'repeated', 3],
    ['H1', 'b', 11, 21, 'new', 3],
    ['H1', 'd', 11, 21, 'full', 3],
    ['H1', 'a', 30, 40, 'repeated', 1],
    ['H1', 'a', 31, 41, 'new', 1],
  ]
  const seen = new SeenNonces(20)
  for (const [who, nonce, now, until, outcome, size] of steps) {
    const times = { now: now * MINUTE, until: until * MINUTE }
    t.equal(seen.note(who, nonce, times), outcome, `${who} ${nonce} at ${now}`)
    t.equal(seen.size, size, `after ${who} ${nonce} at ${now}`)
  }
  for (let at = 0; at < 10_000; at++) {
    seen.note(`H${at % 30}`, `n${at}`, { now: at * MINUTE, until: (at + 30) * MINUTE })
    t.ok(seen.size <= 20, `${seen.size}`)
  }
})

t.test('a call that was signed before the start is refused', async (t) => {
  const folder = t.testdir()
  const since = (startedAt: number) =>
    new NoncesSinceStart(new SeenNonces(), new DatedAhead(folder), startedAt)
  t.equal(await outcome(TIF, call(TIF_HEADERS), since(AT)), 'accepted')
  t.equal(await outcome(TIF, call(TIF_HEADERS), since(AT + 5_000)), 'timestamp')
  t.equal(await outcome(TIF, call(TIF_HEADERS), since(AT + 300)), 'timestamp', 'in its second')
})

/** A key of OpenSSL's; nobody's. */
const KEYS: BodyKeys = {
  clientId: '0123456789abcdef',
  privateKey: '1b6e72489ab8bc323ff571be99920524a6b27639fd712440a5f4691020d32881',
  publicKey:
    '04bb50274e14bf147a607ef62c92552a9b782722c0a0f490d7254a404a5699e8ea78d751b369092702732a213568cae939ee78b84adb7202272f7daf6e9a277734',
}
const JSON_TEXT = '{"a":"测试"}'
const SEALED = {
  input: 'kt4eQF9Fu+NKxrgkaXV/4w==',
  cainfo:
    'S4m4D/YIOQAqMnvFtKA6SYn9sxetU82iqb/DvcEvduiBMmFDnjeg7FbfueAz33H4Ix4/d6rh8pkrTwoZjasMkg==',
}

t.test('a sealed body is opened, and of any other the part that failed is named', async (t) => {
  t.same(openBody(KEYS, SEALED), { accepted: true, json: JSON_TEXT })
  const other = { ...KEYS, clientId: 'fedcba9876543210' }
  const flipped = (base64: string) => {
    const bytes = Buffer.from(base64, 'base64')
    bytes[5]! ^= 1
    return bytes.toString('base64')
  }
  const cases: readonly [string, BodyKeys, typeof SEALED, SignaturePart][] = [
    ['another signature', KEYS, { ...SEALED, cainfo: flipped(SEALED.cainfo) }, 'signature'],
    ['no signature', KEYS, { ...SEALED, cainfo: '' }, 'signature'],
    ['zeros', KEYS, { ...SEALED, cainfo: Buffer.alloc(64).toString('base64') }, 'signature'],
    [
      'beyond the curve',
      KEYS,
      { ...SEALED, cainfo: Buffer.alloc(64, 255).toString('base64') },
      'signature',
    ],
    ['another body', KEYS, { ...SEALED, input: flipped(SEALED.input) }, 'encryption'],
    ['no body', KEYS, { ...SEALED, input: '' }, 'encryption'],
    ['half a body', KEYS, { ...SEALED, input: SEALED.input.slice(0, 8) }, 'encryption'],
    ['another key', other, SEALED, 'encryption'],
    ['no point of a key', { ...KEYS, publicKey: `04${'1'.repeat(128)}` }, SEALED, 'signature'],
  ]
  for (const [what, keys, sealed, part] of cases) {
    t.match(openBody(keys, sealed), { accepted: false, part }, what)
  }
  // The body of another signer, encrypted as it should be.
  t.match(openBody(KEYS, { ...sealBody(KEYS, '{"b":1}'), cainfo: SEALED.cainfo }), {
    part: 'signature',
  })
  for (const json of ['{}', JSON_TEXT, `{"long":"${'药'.repeat(5_000)}"}`]) {
    const sealed = sealBody(KEYS, json)
    t.same(openBody(KEYS, sealed), { accepted: true, json })
  }
  t.equal(sealBody(KEYS, JSON_TEXT).input, SEALED.input)
  t.throws(() => sealBody({ ...KEYS, clientId: 'short' }, '{}'), RangeError)
})

t.test('an envelope signed with SM2 over its members', async (t) => {
  const envelope = {
    msgid: 'H33018300564202201211306599999',
    infno: '2207',
    inf_time: '2022-01-21 10:00:00',
    fixmedins_code: 'H33018300564',
    input: { data: {} },
    cainfo:
      '7A66FE63EB7914470B55B667416AA50AAB531268BF22EB376A43E0E8EC0E30C8A6F2F4DF380BB28D5092FCD521D5D6B83B0E11BDC2E3C28C72E2F81757C79B5C',
  }
  t.match(
    envelopeText(envelope),
    /^fixmedins_code=H33018300564&inf_time=2022-01-21 10:00:00&infno=/,
  )
  t.same(checkEnvelope(KEYS.publicKey, envelope), { accepted: true })
  for (const change of [
    { infno: '2208' },
    { cainfo: 'x' },
    { cainfo: undefined },
    { opter: '1' },
    { opter: { toString: '1' } },
  ]) {
    t.match(checkEnvelope(KEYS.publicKey, { ...envelope, ...change }), { part: 'signature' })
  }
  const signed = { ...envelope, infno: '2305', cainfo: '' }
  const cainfo = signEnvelope(KEYS.privateKey, signed)
  t.match(cainfo, /^[0-9A-F]{128}$/)
  t.same(checkEnvelope(KEYS.publicKey, { ...signed, cainfo }), { accepted: true })
})
