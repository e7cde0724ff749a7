import { createDecipheriv, randomBytes } from 'node:crypto'
import t from 'tap'
import { EMPTY_STATE, type Entry } from '../../engine/ledger/entry.ts'
import { entryCodec, kindOf, ledgerCodec } from './entry-codec.ts'
import { type DataKey, isSealed, type KeyRing, sealedWith, sealing } from './sealing.ts'

const key = (id: string, byte: number): DataKey => ({
  id,
  cipher: new Uint8Array(16).fill(byte),
  hash: new Uint8Array(32).fill(byte),
})
const OLD = key('old-1', 1)
const YOUNG = key('young-22', 2)
const RING: KeyRing = [YOUNG, OLD]

t.test('what is sealed is SM4 in counter mode, of every length', async (t) => {
  const seals = sealing(RING)
  for (const length of [0, 1, 15, 16, 17, 63, 64, 65, 1_000, 65_535, 65_536, 65_537, 200_001]) {
    const bytes = randomBytes(length)
    const sealed = seals.seal(bytes)
    const { keyId, head } = sealedWith(sealed)
    t.equal(keyId, YOUNG.id)
    const iv = Buffer.concat([sealed.subarray(head - 12, head), Buffer.alloc(4)])
    const plain = createDecipheriv('sm4-ctr', YOUNG.cipher, iv).update(sealed.subarray(head))
    t.ok(plain.equals(bytes), `${length} bytes, opened by OpenSSL`)
    t.ok(bytes.equals(seals.open(sealed)), `${length} bytes, opened by us`)
  }
})

t.test('no two sealings share a nonce, in one thread or in several', async (t) => {
  const nonces = new Set<string>()
  for (const seals of [sealing(RING), sealing(RING)]) {
    for (let n = 0; n < 1_000; n++) {
      const sealed = seals.seal(new Uint8Array(1))
      const { head } = sealedWith(sealed)
      nonces.add(Buffer.from(sealed.subarray(head - 12, head)).toString('hex'))
    }
  }
  t.equal(nonces.size, 2_000)
})

t.test('every key of the ring opens, no other one does', async (t) => {
  const bytes = Buffer.from('110101190002291239')
  const old = sealing([OLD])
  const sealed = old.seal(bytes)
  t.ok(isSealed(sealed))
  t.notOk(Buffer.from(sealed).includes(bytes))
  t.same(sealing(RING).open(sealed), bytes)
  const buffer = Buffer.from(sealed)
  for (const time of ['once', 'twice']) t.same(old.open(buffer), bytes, time)
  t.throws(() => sealing([YOUNG]).open(sealed), { name: 'MissingKeyError', message: /key old-1/ })
  for (const other of [bytes, new Uint8Array(0), sealed.subarray(0, 4)]) {
    t.throws(() => old.open(other), /not sealed/)
  }
  t.equal(
    Buffer.from(old.open(Buffer.concat([Buffer.alloc(3), sealed]).subarray(3))).toString(),
    `${bytes}`,
  )
})

t.test('a tag holds the bytes, their key and their place', async (t) => {
  const seals = sealing(RING)
  const bytes = Buffer.from('a value')
  const tagged = seals.sealWithTag(bytes, 'here')
  t.same(seals.openWithTag(tagged, 'here'), bytes)
  t.throws(() => seals.openWithTag(tagged, 'there'), /changed, or is not of this place/)
  for (let at = 0; at < tagged.length; at++) {
    const spoiled = Uint8Array.from(tagged)
    spoiled[at]! ^= 1
    t.throws(() => seals.openWithTag(spoiled, 'here'), `byte ${at}`)
  }
  t.throws(() => seals.openWithTag(tagged.subarray(0, -1), 'here'))
})

t.test('a file is sealed and opened in parts, whichever', async (t) => {
  const seals = sealing(RING)
  const head = seals.newFileHead()
  const bytes = randomBytes(100_003)
  const file = Uint8Array.from(bytes)
  for (let at = 0; at < file.length; at += 997)
    seals.turnPart(head, at, file.subarray(at, at + 997))
  t.notOk(bytes.equals(file))
  for (const [from, until] of [
    [0, 100_003],
    [1, 2],
    [16, 33],
    [65_530, 65_551],
    [99_999, 100_003],
  ] as const) {
    const part = file.slice(from, until)
    sealing(RING).turnPart(head, from, part)
    t.ok(bytes.subarray(from, until).equals(part), `${from} to ${until}`)
  }
})

const ENTRY: Entry = {
  kind: 'settlement',
  bookedAt: 1_700_000_000_000,
  source: 'H1',
  keys: ['H1/settlement/R1'],
  requestHash: new Uint8Array(32).fill(3),
  subjects: ['person/P1', 'account/P1'],
  deltas: [
    { subject: 'person/P1', accumulator: '2023/pool/paid@ZX98.7', amount: 4_711 },
    { subject: 'account/P1', accumulator: 'balance', amount: -1 },
  ],
  sums: { institutionId: 'H1', requestId: 'R1', totalFen: 5_000, fundFen: 4_711, accountFen: 1 },
  content: [3, 'R1', ['ZX98.7', '植入', 1.5, null, { a: true }]],
}

t.test('an entry shows what the ledger goes by, and nothing that it is about', async (t) => {
  const codec = ledgerCodec(sealing(RING))
  const body = codec.encodeEntry(ENTRY)
  t.equal(kindOf(body), 'settlement')
  t.ok(Buffer.from(body).includes('person/P1'))
  for (const hidden of ['ZX98.7', '植入', 'pool/paid']) t.notOk(Buffer.from(body).includes(hidden))
  const read = codec.decodeEntry(body)
  t.strictSame({ ...read }, ENTRY)
  t.equal(read.content, read.content, 'opened once')
  t.not(Buffer.compare(body, codec.encodeEntry(ENTRY)), 0, 'never the same bytes')
  const open = { ...ENTRY, deltas: [ENTRY.deltas[1]!] }
  t.strictSame({ ...codec.decodeEntry(codec.encodeEntry(open)) }, open)
  t.strictSame(codec.decodeEntry(entryCodec.encodeEntry(ENTRY)), ENTRY, 'as before there were keys')
  t.throws(() => entryCodec.decodeEntry(body), /packed in form 2/)
  const without = ledgerCodec(sealing([OLD])).decodeEntry(codec.encodeEntry(open))
  t.equal(without.source, 'H1', 'whoever lacks the key can still fold')
  t.throws(() => without.content, { name: 'MissingKeyError' })
})

t.test('a state shows no disease', async (t) => {
  const codec = ledgerCodec(sealing(RING))
  const accumulators = new Map([
    ['2023/pool/paid', 3],
    ['2023/pool/paid@ZX98.7', 2],
    ['z', 1],
  ])
  const state = { ...EMPTY_STATE, version: 9, booked: 8, record: 7, accumulators, live: [8] }
  const bytes = codec.encodeState(state)
  t.notOk(Buffer.from(bytes).includes('ZX98.7'))
  t.same(codec.decodeState(bytes), state)
  t.same(codec.decodeState(entryCodec.encodeState(state)), state, 'as before there were keys')
  const healthy = { ...state, accumulators: new Map([['z', 1]]) }
  t.ok(Buffer.from(codec.encodeState(healthy)).equals(entryCodec.encodeState(healthy)))
})
