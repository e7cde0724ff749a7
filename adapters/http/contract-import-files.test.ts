import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import exceljs from 'exceljs'
import t from 'tap'
import { OUTCOMES } from '../../engine/claim/outcomes.ts'
import {
  announcement,
  IMPORTS,
  OF_RESIDENT,
  part,
  people,
  sender,
  template,
} from '../../fixtures/counter/import-files.ts'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'
import { addSheet, type SheetCell, written } from '../../fixtures/xlsx.ts'
import { ImportDesk, type ImportRequest, type ImportStatus } from '../imports/import-desk.ts'

/** How a file of records comes here, before anything counts that stands in it. */

const opened: TestCounter[] = []

async function open(t: { teardown(end: () => unknown): void }) {
  const counter = await openTestCounter()
  opened.push(counter)
  t.teardown(() => counter.close())
  return { counter, registry: counter.as('registry'), send: sender(counter) }
}

t.test('a file comes in parts, and goes on where it broke off', async (t) => {
  const { counter, registry, send } = await open(t)
  const file = people({ personId: 'NEW1', ...OF_RESIDENT })
  const bytes = Buffer.from(file)
  const { body } = await registry.post(IMPORTS, announcement('people', bytes))
  t.match(body, { state: 'receiving', received: 0 })
  for (const [from, to] of [
    [0, 0],
    [0, 0],
    [0, 100],
    [100, 100],
  ] as const) {
    const { body: now } = await part(counter, body.importId, from, bytes.subarray(from, to))
    t.match(now, { state: 'receiving', received: to }, 'also of nothing')
  }
  const misplaced = [
    [0, 10],
    [101, 110],
    [100, bytes.length + 1],
  ] as const
  for (const [from, to] of misplaced) {
    const sent = Buffer.concat([bytes, Buffer.from('x')]).subarray(from, to)
    const reply = await part(counter, body.importId, from, sent)
    t.match(reply, { status: 409, body: { code: 'import-part-misplaced', received: 100 } })
  }
  t.equal((await registry.post(IMPORTS, announcement('people', bytes))).body.received, 100)
  t.equal((await send('people', file)).body.state, 'applied')
  t.equal((await registry.get('/v1/persons/NEW1')).status, 200)

  const other = announcement('people', Buffer.from('something'))
  const { importId } = (await registry.post(IMPORTS, other)).body
  const differs = await part(counter, importId, 0, Buffer.from('otherwise'))
  t.match(differs, { status: 422, body: { code: 'import-file-differs' } })
  // What is no part as it stands in the file would be lost, or stand in its place.
  const strange: [what: string, headers: Record<string, string>, detail: RegExp][] = [
    ['JSON', { 'content-type': 'application/json' }, /as application\/octet-stream/],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, /as application\/octet-st/],
    ['no type', {}, /as application\/octet-stream/],
    [
      'packed',
      { 'content-type': 'application/octet-stream', 'content-encoding': 'gzip' },
      /without content-encoding/,
    ],
  ]
  const again = (await registry.post(IMPORTS, other)).body.importId
  for (const [what, headers, detail] of strange) {
    const url = `${IMPORTS}/${again}/content?offset=0`
    const reply = await registry.send('PUT', url, Buffer.from('"some"'), headers)
    t.match(reply, { status: 415, body: { code: 'unsupported-content-type', detail } }, what)
  }
  t.equal((await registry.get(`${IMPORTS}/${again}`)).body.received, 0)
  await part(counter, again, 0, Buffer.from('otherwise'))
  const gone = await part(counter, importId, 0, Buffer.from('something'))
  t.match(gone, { status: 404, body: { code: 'import-not-found' } })
  const unknown = `${IMPORTS}/people-${'0'.repeat(64)}`
  t.equal((await registry.get(unknown)).body.code, 'import-not-found')
  t.equal((await registry.get(`${unknown}/report`)).body.code, 'import-not-found')
  const asJson = await registry.get(`${unknown}/report`, { accept: 'application/json' })
  t.match(asJson, { status: 406, body: { detail: 'Accept text/csv.' } })
  t.equal((await counter.as('agency').post(IMPORTS, other)).status, 403)
  t.equal((await registry.post(IMPORTS, { ...other, kind: 'prices' })).status, 400)
  t.equal((await registry.get(`${IMPORTS}/people-1`)).status, 400)

  // One at a time: the second one waits for its turn.
  counter.hold()
  const files = ['2009-01-01', '2009-02-01'].map((from) =>
    Buffer.from(people({ personId: 'NEW2', ...OF_RESIDENT, from })),
  )
  const ids: string[] = []
  for (const each of files) {
    counter.release()
    const reply = await registry.post(IMPORTS, announcement('people', each))
    ids.push(reply.body.importId)
  }
  counter.hold()
  const first = await part(counter, ids[0]!, 0, files[0]!)
  t.equal(first.body.state, 'checking')
  const busy = await part(counter, ids[1]!, 0, files[1]!)
  t.match(busy, { status: 409, body: { code: 'import-busy' } })
  counter.release()
  t.equal((await send('people', files[0]!)).body.state, 'checking')
  while ((await registry.get(`${IMPORTS}/${ids[0]}`)).body.state === 'checking') {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  t.match((await send('people', files[1]!)).body.state, /checking|applied/)
})

t.test('what lies here of a file and cannot be read any more is sent again', async (t) => {
  const { counter, registry, send } = await open(t)
  const spool = join(counter.rulesFolder, '..', 'imports')
  const spoiled: [string, (bytes: Buffer) => Buffer, string][] = [
    ['sealed with a key that is gone', (bytes) => bytes.fill(0x78, 2, 3), 'receiving'],
    ['cut off inside of its head', (bytes) => bytes.subarray(0, 9), 'receiving'],
    [
      'another bit',
      (bytes) => bytes.fill(bytes.at(-2)! ^ 1, bytes.length - 2),
      'import-file-differs',
    ],
  ]
  for (const [what, spoil, expected] of spoiled) {
    const file = Buffer.from(people({ personId: `N-${what.length}`, ...OF_RESIDENT }))
    const { importId } = (await registry.post(IMPORTS, announcement('people', file))).body
    await part(counter, importId, 0, file.subarray(0, -1))
    const path = join(spool, `${importId}.part`)
    const bytes = readFileSync(path)
    writeFileSync(path, spoil(Buffer.concat([bytes, Buffer.from('x')])))
    const { body } = await registry.post(IMPORTS, announcement('people', file))
    t.equal(body.code ?? body.state, expected, what)
    t.match((await send('people', file)).body, { state: 'applied', records: 1 }, what)
  }
})

t.test('one that cannot be started has failed, and the next one may come', async (t) => {
  const failures: unknown[] = []
  const desk = new ImportDesk({
    folder: t.testdir(),
    ledger: { findKey: async () => undefined },
    start: () => {
      throw new Error('no thread can be had')
    },
    onFailure: (error) => failures.push(error),
  })
  for (const [at, file] of ['one', 'other'].entries()) {
    const content = Buffer.from(file)
    const announced = announcement('people', content) as ImportRequest
    const { importId } = (await desk.announce(announced, 'test')) as ImportStatus
    t.match(await desk.receive(importId, 0, content, 'test'), { state: 'checking' })
    await setImmediate()
    t.match(await desk.status(importId), { state: 'failed' })
    t.equal(failures.length, at + 1)
  }
})

t.test('a workbook is read as the same file in CSV', async (t) => {
  const { registry, send } = await open(t)
  const made = new exceljs.Workbook()
  const lines = template('people').trim().split('\n')
  const rows = lines.map((line) =>
    line.split(',').map((cell): SheetCell => {
      if (/^\d{4}-\d\d-\d\d$/.test(cell)) return new Date(`${cell}T00:00:00Z`)
      if (cell === '') return undefined
      return /^\d{1,3}$/.test(cell) ? Number(cell) : cell
    }),
  )
  const sheet = addSheet(made, 'people', rows)
  const bytes = Buffer.from(await written(made))
  const reply = await send('people', bytes, { format: 'xlsx' })
  t.match(reply.body, { state: 'applied', records: 2 })
  const { version, ...fromWorkbook } = (await registry.get('/v1/persons/P-0001')).body
  t.match((await send('people', template('people'))).body, { records: 2, unchanged: 2 })
  const { version: later, ...fromCsv } = (await registry.get('/v1/persons/P-0001')).body
  t.equal(later, version, 'left as it is')
  t.strictSame(fromWorkbook, fromCsv)
  sheet.getCell('B2').value = 'unknown'
  const faulty = Buffer.from(await written(made))
  const { body } = await send('people', faulty, { format: 'xlsx' })
  t.match(body.faults, [{ row: 2, column: 'sex' }])
  const broken = await send('people', 'no workbook at all', { format: 'xlsx' })
  t.match(broken.body, { state: 'refused', faults: [{ row: 0, expected: /Excel/ }] })
})

t.test('every refusal of imports was met', async (t) => {
  const expected = Object.entries(OUTCOMES)
    .filter(([, { number }]) => number >= 803 && number <= 806)
    .map(([code]) => code)
  const seen = new Set(opened.flatMap(({ codes }) => [...codes]))
  t.strictSame(
    expected.filter((code) => !seen.has(code)),
    [],
  )
})
