import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { Packr } from 'msgpackr'
import t from 'tap'
import type { Claim } from '../../engine/claim/claim.ts'
import { claimForm, putClaimForm } from '../../engine/claim/claim-form.ts'
import { JsonBytes } from '../../engine/claim/json-bytes.ts'
import { toFen } from '../../engine/money/fen.ts'
import { parseJson } from '../codec/json-body.ts'
import { pointerStep } from '../codec/parsed-value.ts'
import { requestHash } from './canonical.ts'
import { encodeMsgpack, parseMsgpack } from './msgpack-body.ts'

const claim = {
  requestId: 'r1',
  personId: 'CQR1',
  diagnoses: ['K35.8'],
  account: { maxFen: 5000 },
  lines: [
    { lineId: '1', code: 'DEMO-A', quantity: '2', unitPriceFen: '1250.5', amountFen: 2501 },
    { lineId: '2', code: 'DEMO-C', quantity: '1', unitPriceFen: '100', amountFen: 100 },
  ],
}

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const read = (text: string | Buffer) => parseJson(Buffer.from(text as string))
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

t.test('JSON that is taken', async (t) => {
  for (const text of [
    JSON.stringify(claim),
    JSON.stringify(claim, null, 2),
    ' \r\n\t{ "a" : [ ] , "b" : { } } ',
    '{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}',
    String.raw`{"a":"b:{[\"}:","\\":1,"\"":2,"a:b":"\\"}`,
    String.raw`["\ud83d\ude00","\u00e9","\\ud800","\ud83d\ude00\ud83d\ude00"]`,
    '["渝","😀","\\u6e1d"]',
    '{"constructor":1,"toString":{"__proto_":2},"hasOwnProperty":null}',
    '[9007199254740991,-9007199254740991,1.0,1e0,0.1,-0]',
    '"__proto__"',
    nested(16),
    'true',
    'null',
  ]) {
    const body = read(text)
    t.ok(body.ok, text)
    const numbers = /\d/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, ''))
    t.same(body, { ok: true, value: JSON.parse(text), numbers })
  }
  t.match(read('["\ufeffx"]'), { ok: true, value: ['\ufeffx'] }, 'a byte order mark as content')
})

t.test('JSON that is refused', async (t) => {
  const lone = Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])
  const cases: [string | Buffer, string, string?][] = [
    ['', 'malformed-json'],
    [' ', 'malformed-json'],
    ['{', 'malformed-json'],
    ['"', 'malformed-json'],
    ['"\\', 'malformed-json'],
    ['"\\u', 'malformed-json'],
    ['"\\ud', 'malformed-json'],
    ['{"a":1,}', 'malformed-json'],
    ["{'a':1}", 'malformed-json'],
    ['{}{}', 'malformed-json'],
    ['{} //', 'malformed-json'],
    ['[01]', 'malformed-json'],
    ['[NaN]', 'malformed-json'],
    ['["\t"]', 'malformed-json'],
    ['["\\é"]', 'malformed-json'],
    ['\ufeff{}', 'malformed-json'],
    ['\u00a0{}', 'malformed-json'],
    [Buffer.from('{"a":1}', 'utf16le'), 'malformed-json'],
    [Buffer.from([0x22, 0xff, 0x22]), 'malformed-json'],
    [Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'malformed-json'],
    [lone, 'malformed-json'],
    [String.raw`{"a":["\ud800"]}`, 'malformed-json', '/a/0'],
    [String.raw`"\uDC00\uD800"`, 'malformed-json', ''],
    [String.raw`{"a":1,"\udfffb":1}`, 'malformed-json', '/\udfffb'],
    ['{"a":{"__proto__":{"b":1}}}', 'malformed-json', '/a/__proto__'],
    ['{"\\u005f_proto__":1}', 'malformed-json', '/__proto__'],
    ['[1,9007199254740992]', 'malformed-json', '/1'],
    ['{"a":-9007199254740993}', 'malformed-json', '/a'],
    ['{"a":1e400}', 'malformed-json', '/a'],
    ['{"a":[true,-1.5E+300 ]}', 'malformed-json', '/a/1'],
    ['9007199254740992', 'malformed-json', ''],
    ['{"a":1,"a":1}', 'duplicate-key', '/a'],
    ['{"a":1,"\\u0061":2}', 'duplicate-key', '/a'],
    ['{"é":1,"\\u00e9":2}', 'duplicate-key', '/é'],
    ['{"a":{"x":1,"x":2},"a":1}', 'duplicate-key', '/a/x'],
    ['{"a":{"x":1},"b":2,"a":{"y":1}}', 'duplicate-key', '/a'],
    ['{"":1,"":2}', 'duplicate-key', '/'],
    ['{"a/b":[0,{"~":1,"~":1}]}', 'duplicate-key', '/a~1b/1/~0'],
    [' [ { "a" : true , "b:\\"" : [ ] ,\n"a" : false } ] ', 'duplicate-key', '/0/a'],
    ['{"1":1,"1":1}', 'duplicate-key', '/1'],
    ['{"constructor":1,"constructor":1}', 'duplicate-key', '/constructor'],
    [nested(17), 'nesting-too-deep'],
    ['{"a":'.repeat(100_000), 'nesting-too-deep'],
  ]
  for (const [text, code, pointer] of cases) {
    const expected = pointer === undefined ? { code } : { code, pointer }
    t.strictSame(read(text), { ok: false, ...expected }, JSON.stringify(String(text)).slice(0, 60))
  }
  t.equal(({} as { b?: unknown }).b, undefined, 'nothing is polluted')
})

t.test('MessagePack that is taken', async (t) => {
  const cases: [string, unknown][] = [
    ['c0', null],
    ['c2', false],
    ['93 00 7f e0', [0, 127, -32]],
    ['93 40 72 5f', [64, 0x72, 95]], // record ids, if msgpackr were let
    ['dc 0002 cc ff cd ffff', [255, 65535]],
    ['dd 00000001 ce ffffffff', [4294967295]],
    ['92 cf 001fffffffffffff d3 ffe0000000000001', [9007199254740991, -9007199254740991]],
    ['93 d0 80 d1 8000 d2 80000000', [-128, -32768, -2147483648]],
    ['92 ca 3fc00000 cb 3ff0000000000000', [1.5, 1]],
    ['81 a1 61 d9 01 62', { a: 'b' }],
    ['de 0001 da 0001 61 db 00000001 62', { a: 'b' }],
    ['df 00000002 a1 61 80 a1 62 81 a1 61 90', { a: {}, b: { a: [] } }],
    ['82 ab 636f6e7374727563746f72 01 a9 646961676e6f736573 02', { constructor: 1, diagnoses: 2 }],
    ['a3 e6b89d', '渝'],
    [`${'91'.repeat(15)}90`, JSON.parse(nested(16))],
  ]
  for (const [bytes, value] of cases) t.strictSame(parseMsgpack(hex(bytes)), { ok: true, value })
  for (const text of ['\ufeffx', `\ufeff${'x'.repeat(300)}`, '渝'.repeat(5000), '', 'é'.repeat(40)])
    t.same(parseMsgpack(encodeMsgpack([text, { [text]: text }])), {
      ok: true,
      value: [text, { [text]: text }],
    })
})

t.test('MessagePack that is refused', async (t) => {
  const cases: [string, string, string?][] = [
    [''], // nothing
    ['c0 c0'], // more than one value
    ['c1'],
    ['91', undefined, '/0'],
    ['dd ffffffff', undefined, '/0'],
    ['df ffffffff'],
    ['dc 00', undefined],
    ['a2 61'],
    ['d9'],
    ['da 00'],
    ['db ffffffff 61'],
    ['cb 00'],
    ['92 c3 cd 01', undefined, '/1'],
    ['c4 01 00'], // binary, then the extensions
    ['c5 0001 00'],
    ['c6 00000001 00'],
    ['91 c7 01 01 00', undefined, '/0'],
    ['c8 0001 01 00'],
    ['c9 00000001 01 00'],
    ['d4 00 00'],
    ['d4 72 40'], // a record of msgpackr
    ['d5 72 40 00'],
    ['d6 ff 00000000'], // a time stamp
    ['d7 ff 0000000000000000'],
    ['d8 01 00000000000000000000000000000000'],
    ['81 01 01'], // keys that are no strings
    ['81 c0 01'],
    ['81 c4 01 61 01'],
    ['81 90 01'],
    ['81 a1 61 a1 ff', undefined, '/a'], // invalid UTF-8
    ['a3 eda080'],
    ['81 a1 ff 01'],
    ['81 a9 5f5f70726f746f5f5f 01', undefined, '/__proto__'],
    ['81 a1 61 81 d9 09 5f5f70726f746f5f5f 80', undefined, '/a/__proto__'],
    ['91 ca 7f800000', undefined, '/0'],
    ['ca 7fc00000'],
    ['cb 7ff0000000000000'],
    ['cb fff0000000000000'],
    ['cb 7ff8000000000000'],
    ['cb 4340000000000000'], // 2^53
    ['cf 0020000000000000'],
    ['cf ffffffffffffffff'],
    ['d3 ffe0000000000000'],
    ['d3 8000000000000000'],
    ['82 a1 61 01 a1 61 02', 'duplicate-key', '/a'],
    ['82 a1 61 01 d9 01 61 02', 'duplicate-key', '/a'],
    ['91 82 a3 612f62 01 db 00000003 612f62 02', 'duplicate-key', '/0/a~1b'],
    ['82 a1 61 82 a0 01 a0 02 a1 61 01', 'duplicate-key', '/a/'],
    ['91'.repeat(100_000), 'nesting-too-deep', '/0'.repeat(16)],
    [`${'81 a1 61'.repeat(16)} 80`, 'nesting-too-deep', '/a'.repeat(16)],
  ].map(([bytes = '', code = 'malformed-msgpack', pointer = '']) => [bytes, code, pointer])
  for (const [bytes, code, pointer] of cases)
    t.strictSame(parseMsgpack(hex(bytes)), { ok: false, code, pointer }, bytes.slice(0, 60))
})

t.test('MessagePack that is written', async (t) => {
  const cases: [unknown, string][] = [
    [{ a: 1, b: undefined, c: { d: undefined } }, '82 a161 01 a163 80'],
    [[undefined, { a: undefined }], '92 c0 80'],
    [[5e9, -5e9, 4294967295], '93 d3000000012a05f200 d3fffffffed5fa0e00 ceffffffff'],
    [{ a: { b: 2 ** 53 - 1 } }, '81 a161 81 a162 d3001fffffffffffff'],
    [1.5, 'cb3ff8000000000000'],
    ['渝', 'a3e6b89d'],
  ]
  for (const [value, bytes] of cases) t.same(encodeMsgpack(value), hex(bytes))
  const input = { a: 5e9, b: [undefined] }
  const first = encodeMsgpack(input)
  const kept = Buffer.from(first)
  for (let i = 0; i < 1000; i++) encodeMsgpack(claim)
  t.same(first, kept, 'what was given out is not written over')
  t.same(input, { a: 5e9, b: [undefined] }, 'the value is left alone')
})

t.test('the request hash', async (t) => {
  const hash = (value: unknown, operation = 'settlement') =>
    Buffer.from(requestHash(operation, value)).toString('hex')
  const { requestId, ...rest } = claim
  for (const same of [
    { ...rest, requestId },
    { ...claim, quoteId: undefined },
  ])
    t.equal(hash(same), hash(claim))
  t.equal(hash([JSON.parse('1.0'), -0]), hash([1, 0]))
  const values = [
    claim,
    { ...claim, quoteId: null },
    { ...claim, lines: claim.lines.toReversed() },
    rest,
    ...[null, true, false, 0, 1, -1, 0.1, 12, '', '0', '1', 'n', 't', '1;', 's1:1', '12', '\0'],
    ...[[], {}, [[]], [{}], [null], [1, 2], [12], ['1', '2'], ['12'], ['1', 2], [[1], 2], [[1, 2]]],
    ...[{ a: 1 }, { a: '1' }, { a: null }, { b: 1 }, { a: 1, b: 1 }, { a: { b: 1 } }],
    ...[{ a: 'b' }, ['a', 'b'], { ab: '' }, { '': 'ab' }, { a: [] }, { a: {} }, { 'a1:b': 1 }],
    // What would look alike, were the lengths left out.
    ...[['a', 'sb'], ['as', 'b'], { a: 'b', c: null }, { 'as1:b:c': null }],
    ...['é', 'e\u0301', '渝', '\u00e6\u00b8\u009d'],
  ]
  t.equal(new Set(values.map((value) => hash(value))).size, values.length, 'all differ')
  t.not(hash(claim, 'reversal'), hash(claim), 'the operation counts')
  t.not(hash('b', 'as1:b'), hash('bs1:b', 'a'), 'and is kept apart')
  t.equal(requestHash('settlement', claim).length, 32)
  // Ledgers keep these hashes; this one must not change.
  t.equal(hash(claim), 'f2b0267c4983b357e56e044b5ddd18329261447799094a512c4776a503023e41')
  for (const bad of [undefined, [undefined], 1n, Number.NaN, { a: () => 0 }])
    t.throws(() => requestHash('settlement', bad), TypeError)
})

t.test('a claim is written for its hash as its form is', async (t) => {
  const line = { lineId: '1', code: 'X', quantity: '1', unitPriceFen: '2.5', amountFen: toFen(3) }
  const visit: Claim = {
    personId: 'P1',
    institutionId: 'H1',
    careType: 'outpatient',
    servedOn: '2012-03-04',
    lines: [line, { ...line, lineId: '2', servedOn: '2012-03-04' }],
  }
  const odd = ['"', '\\', '\n', '\u007f', '药', '\u{1f48a}', '\ud800', '']
  const claims: Claim[] = [
    visit,
    { ...visit, lines: [] },
    { ...visit, diagnoses: ['I10', '"'], diseaseCode: 'M1', approvalId: 'A1', transferFrom: 'S1' },
    { ...visit, account: { maxFen: toFen(5) } },
    { ...visit, account: { maxFen: toFen(5), sharedFrom: 'P2' } },
    { ...visit, attributes: [{ name: 'babies', value: 2 }] },
    { ...visit, attributes: [], lines: [] },
    ...[{}, { servedOn: '2012-03-04' }].flatMap((served) =>
      [{}, { supplyDays: 7 }, { supplyDays: 0.5 }].flatMap((supplied) =>
        [{}, { hospitalApproved: true }, { hospitalApproved: false }].map((approved) => ({
          ...visit,
          lines: [line, { ...line, ...served, ...supplied, ...approved }],
        })),
      ),
    ),
    ...odd.map((text) => ({ ...visit, personId: text, lines: [{ ...line, lineId: text }] })),
  ]
  const json = new JsonBytes()
  for (const claim of claims) {
    putClaimForm(json.begin(), claim)
    t.equal(Buffer.from(json.end()).toString(), JSON.stringify(claimForm(claim)))
  }
})

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('constructor', 'a:b', '"', '\\', '{', '/~', '', '\ufeff', '12', 'a'),
)
const scalar = fc.oneof(
  text,
  fc.maxSafeInteger(),
  fc.double({ min: -(2 ** 53 - 1), max: 2 ** 53 - 1, noNaN: true }).map((n) => n + 0),
  fc.constantFrom(null, true, false, 2 ** 32, -(2 ** 31) - 1),
)
const key = text.filter((name) => name !== '__proto__')
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 8 },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
  ),
}))

type Path = readonly (string | number)[]

/** The paths of all members, arrays passed through. */
function members(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const path = [...at, name]
    return Array.isArray(value) ? members(member, path) : [path, ...members(member, path)]
  })
}

interface Format {
  scalar(value: unknown): Buffer
  key(name: string): Buffer
  array(items: Buffer[]): Buffer
  object(entries: [Buffer, Buffer][]): Buffer
}

/** Writes `value` with the member at `twice` written a second time, as the `place`-th of its object. */
function write(value: unknown, format: Format, twice: Path, place: number): Buffer {
  const rest = (name: string): Path => (twice[0] === name && twice.length > 1 ? twice.slice(1) : [])
  if (typeof value !== 'object' || value === null) return format.scalar(value)
  if (Array.isArray(value))
    return format.array(value.map((item, i) => write(item, format, rest(String(i)), place)))
  const entries = Object.entries(value).map(([name, member]): [Buffer, Buffer] => [
    format.key(name),
    write(member, format, rest(name), place),
  ])
  if (twice.length === 1)
    entries.splice(place % (entries.length + 1), 0, [
      format.key(String(twice[0])),
      format.scalar(null),
    ])
  return format.object(entries)
}

const join = (parts: Buffer[]) => Buffer.from(parts.map((part) => part.toString()).join())

/** A key as JSON, with every code unit as an escape. */
function escapedKey(name: string): string {
  const units = Array.from({ length: name.length }, (_, i) => name.charCodeAt(i))
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`
}

const json = (escaped: boolean): Format => ({
  scalar: (value) => Buffer.from(JSON.stringify(value)),
  key: (name) => Buffer.from(escaped ? escapedKey(name) : JSON.stringify(name)),
  array: (items) => Buffer.from(`[${join(items)}]`),
  object: (entries) => Buffer.from(`{${join(entries.map(([k, v]) => Buffer.from(`${k}:${v}`)))}}`),
})

const packr = new Packr({ useRecords: false })
const head = (first: number, count: number) => Buffer.from([first, 0, 0, count >> 8, count & 255])
const msgpack: Format = {
  scalar: (value) => Buffer.from(encodeMsgpack(value)),
  key: (name) => Buffer.from(packr.pack(name)),
  array: (items) => Buffer.concat([head(0xdd, items.length), ...items]),
  object: (entries) => Buffer.concat([head(0xdf, entries.length), ...entries.flat()]),
}

/** The same content with the keys of every object the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, member]) => [name, turned(member)])
  return Object.fromEntries(entries.toReversed())
}

t.test('any value comes back as it was, in either encoding', async () => {
  fc.assert(
    fc.property(anyValue, fc.boolean(), (value, escaped) => {
      for (const text of [JSON.stringify(value), write(value, json(escaped), [], 0)]) {
        const body = read(text)
        deepStrictEqual(body.ok && body.value, value)
      }
      deepStrictEqual(parseMsgpack(encodeMsgpack(value)), { ok: true, value })
      deepStrictEqual(parseMsgpack(write(value, msgpack, [], 0)), { ok: true, value })
    }),
    { numRuns: 500 },
  )
})

t.test('a key repeated anywhere is found, and its place', async () => {
  const object = fc.dictionary(key, anyValue, { minKeys: 1, maxKeys: 6, noNullPrototype: true })
  fc.assert(
    fc.property(object, fc.nat(), fc.nat(), fc.boolean(), (value, pick, place, escaped) => {
      const paths = members(value)
      const path = paths[pick % paths.length]!
      const expected = { ok: false, code: 'duplicate-key', pointer: path.map(pointerStep).join('') }
      deepStrictEqual(parseJson(write(value, json(escaped), path, place)), expected)
      deepStrictEqual(parseMsgpack(write(value, msgpack, path, place)), expected)
    }),
    { numRuns: 500 },
  )
})

t.test('the request hash knows content, not writing', async () => {
  fc.assert(
    fc.property(anyValue, anyValue, (value, other) => {
      const viaJson = read(JSON.stringify(value))
      const viaMsgpack = parseMsgpack(encodeMsgpack(turned(value)))
      if (!viaJson.ok || !viaMsgpack.ok) throw new Error('refused')
      const hash = requestHash('settlement', viaJson.value)
      deepStrictEqual(requestHash('settlement', viaMsgpack.value), hash)
      if (JSON.stringify(sortedKeys(value)) !== JSON.stringify(sortedKeys(other)))
        if (Buffer.compare(requestHash('settlement', other), hash) === 0) throw new Error('clash')
    }),
    { numRuns: 500 },
  )
})

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => ({ [name]: sortedKeys(member) }))
}

t.test('no bytes make a parser throw, and what is taken means what it says', async () => {
  const damaged = fc
    .tuple(anyValue, fc.boolean(), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }))
    .map(([value, packed, changes]) => {
      const bytes = Buffer.from(packed ? encodeMsgpack(value) : JSON.stringify(value))
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte
      return bytes
    })
  const random = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes))
  const grammar = fc
    .string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'u', 'd8', '1', ' ') })
    .map((text) => Buffer.from(text))
  fc.assert(
    fc.property(fc.oneof(damaged, random, grammar), (bytes) => {
      const asJson = parseJson(bytes)
      if (asJson.ok) deepStrictEqual(asJson.value, JSON.parse(bytes.toString()))
      const asMsgpack = parseMsgpack(bytes)
      if (asMsgpack.ok) deepStrictEqual(parseMsgpack(encodeMsgpack(asMsgpack.value)), asMsgpack)
    }),
    { numRuns: 3000 },
  )
})
