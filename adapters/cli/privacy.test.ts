import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { L2, messageId, visit } from '../../fixtures/counter/bills.ts'
import { OF_RESIDENT, people } from '../../fixtures/counter/import-files.ts'
import { DEMO_CREDENTIALS } from '../../fixtures/demo.ts'
import * as other from '../../fixtures/fuzz/other-messages.ts'
import { everyRoute, everyTransaction } from '../../fixtures/privacy/every-way-in.ts'
import { Markers } from '../../fixtures/privacy/markers.ts'
import { runCli, type ServerProcess, startServer } from '../../fixtures/torture/server-process.ts'
import { messageText } from '../his/envelope.ts'
import { type Item, type Patient, queryPerson, type Request, type Visit } from '../his/messages.ts'
import * as outpatient from '../his/outpatient-messages.ts'
import * as stays from '../his/stay-messages.ts'

/**
 * Identity numbers, names and diagnoses, planted wherever a message or a file takes them, and looked
 * for in everything that leaves a server or stays behind it.
 */
t.setTimeout(600_000)

const credential = (kind: string) =>
  DEMO_CREDENTIALS.find((one) => one.kind === kind && one.personId === 'CQE1')!.value
const PLANTED = {
  identity: credential('id-card'),
  card: credential('social-security-card'),
  voucher: credential('e-voucher'),
  // Of nobody.
  certificate: '110101190002291233',
  name: '欧阳植记',
  diagnosis: 'ZX98.7Q4',
  condition: '植入之诊断丙',
}
/** A disease that may be filed for; the rules name it, too. */
const DISEASE = 'M00500'
const CLERK = 'demo-registry'
const HOSPITAL = `demo-${L2}`
const ON = '2023-06-01'
const PATIENT: Patient = {
  personId: 'CQE1',
  showsType: '02',
  shows: PLANTED.identity,
  insurance: '310',
}
const ITEMS: readonly Item[] = [{ code: 'DEMO-A', count: '1', price: '100.00', amount: '100.00' }]
const TERMS = { total: '100.00', medType: '11', account: true }

const root = mkdtempSync(join(tmpdir(), 'yizhan-privacy-'))
const data = join(root, 'data')
const markers = new Markers(PLANTED)
/** Everything that was refused, and every address and header that was told. */
const told: string[] = []
const logs: string[] = []
let server: ServerProcess
t.teardown(async () => {
  server.kill('SIGKILL')
  await server.ended
  rmSync(root, { recursive: true, force: true })
})

async function start(): Promise<void> {
  server = await startServer({ folder: data, env: { YIZHAN_LOG_LEVEL: 'debug' } })
}

async function end(signal: NodeJS.Signals): Promise<void> {
  server.kill(signal)
  await server.ended
  logs.push(server.stdout, server.stderr)
}

async function call(
  key: string,
  method: string,
  path: string,
  body?: string | Uint8Array<ArrayBuffer> | object,
  type = 'application/json',
) {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array
  const sent = isRaw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body)
  const answer = await fetch(server.address + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body: sent }),
  })
  const text = await answer.text()
  told.push(JSON.stringify([...answer.headers]))
  if (!answer.ok) told.push(text)
  return { status: answer.status, text }
}

let messages = 0

/** Whatever the message says of names, numbers and diagnoses is a planted one. */
function planted(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => planted(one, name))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([at, one]) => [at, planted(one, at)]))
  }
  if (/_dscr$|^diag_name|_rea$|^memo$/.test(name)) return PLANTED.condition
  if (/name$/.test(name)) return PLANTED.name
  if (/diag_code$|maindiag_code/.test(name)) return PLANTED.diagnosis
  if (/certno$/.test(name)) return PLANTED.certificate
  return value
}

async function say(request: Request) {
  messages += 1
  const id = `${L2}20261121100000${String(messages).padStart(6, '0')}`
  const sender = { institution: L2, institutionName: PLANTED.name, region: '500113', operator: '1' }
  const text = messageText(
    sender,
    { ...request, input: planted(request.input) as object as Request['input'] },
    {
      messageId: id,
      sentAt: '2026-11-21 10:00:00',
    },
  )
  const answer = await call(HOSPITAL, 'POST', '/fsi/api/rsfComIfsService/callService', text)
  const parsed = JSON.parse(answer.text)
  if (parsed.infcode !== 0) told.push(answer.text)
  return parsed
}

async function accepted(t: Test, request: Request) {
  const { infcode, err_msg, output } = await say(request)
  t.equal(infcode, 0, `${request.infno} ${err_msg ?? ''}`)
  return output
}

async function visits(t: Test): Promise<void> {
  await accepted(t, queryPerson(PATIENT, ON))
  await accepted(t, other.fileDisease(PATIENT))
  await accepted(t, other.fileReferral(PATIENT))
  const registered = await accepted(t, outpatient.register(PATIENT, ON, '1'))
  const seen: Visit = { id: registered.data.mdtrt_id, patient: PATIENT, on: ON }
  await accepted(t, outpatient.describeVisit(seen, '11'))
  await accepted(t, outpatient.uploadLines(seen, '0001', ITEMS))
  await accepted(t, outpatient.preSettle(seen, '0001', TERMS))
  await accepted(t, outpatient.settle(seen, '0001', TERMS))
  const admitted = await accepted(t, stays.admit(PATIENT, ON, '2', '21'))
  const stay: Visit = { id: admitted.result.mdtrt_id, patient: PATIENT, on: ON }
  await accepted(t, stays.changeAdmission(stay, '2', '21'))
  const items = ITEMS.map((item) => ({ ...item, number: '1', on: ON }))
  await accepted(t, stays.uploadStayLines(stay, items, '21'))
  await accepted(t, stays.discharge(stay, '2023-06-06'))
  const settled = await accepted(
    t,
    stays.settleStay(stay, { ...TERMS, medType: '21', until: '2023-06-06' }),
  )
  await accepted(t, other.feesOf(stay, settled.setlinfo.setl_id))
  await accepted(t, other.diseases(PATIENT))
  await say(other.settlementList(PATIENT, settled))
  await say(other.uploadFile(Buffer.from(Object.values(PLANTED).join('\t'))))
  await say(stays.admit({ ...PATIENT, shows: PLANTED.certificate }, ON, '3', '21'))
  await say({
    infno: '1101',
    input: {
      data: {
        mdtrt_cert_type: PLANTED.name,
        mdtrt_cert_no: PLANTED.identity,
        psn_name: PLANTED.name,
        begntime: PLANTED.condition,
      },
    },
  })
  await say({ infno: PLANTED.identity, input: {} })
}

async function claims(t: Test): Promise<void> {
  const bill = visit(10_000, { diagnoses: [PLANTED.diagnosis], diseaseCode: DISEASE })
  const settle = (more: object) =>
    call(HOSPITAL, 'POST', '/v1/settlements', { requestId: messageId(), ...bill, ...more })
  const settled = await settle({})
  t.equal(settled.status, 201, settled.text)
  const { settlementId } = JSON.parse(settled.text)
  const at = `/v1/settlements/${settlementId}`
  t.equal((await call(HOSPITAL, 'GET', at)).status, 200)
  t.equal((await call('demo-agency', 'GET', `${at}/explanation`)).status, 200)
  const lookup = { kind: 'id-card', value: PLANTED.identity }
  t.equal((await call(HOSPITAL, 'POST', '/v1/persons/lookup', lookup)).status, 200)
  const person = JSON.parse((await call(CLERK, 'GET', '/v1/persons/CQE2')).text)
  const registrations = [{ kind: 'special', diseaseCode: PLANTED.diagnosis, from: '2020-01-01' }]
  const put = await call(CLERK, 'PUT', '/v1/persons/CQE2', { ...person, registrations })
  t.equal(put.status, 200, put.text)
  // Wrong in every way.
  const { identity, name, diagnosis } = PLANTED
  for (const more of [
    { diseaseCode: name },
    { personId: identity },
    { approvalId: identity },
    { diagnoses: diagnosis },
    { [identity]: name },
    { attributes: { [name]: identity } },
    { careType: name },
    { servedOn: identity },
    { lines: [] },
  ]) {
    t.ok((await settle(more)).status >= 400, JSON.stringify(Object.keys(more)))
  }
  const paths = [
    '/v1/persons/$/benefits',
    '/v1/settlements/$',
    '/v1/settlements?institutionId=$&requestId=$',
    '/v1/$',
    '/$?$',
    '/v1/imports/$',
    '/v1/account-credits/$/persons/$',
    '/v1/persons/$',
    '/%E0%A4%A$',
  ]
  for (const path of paths) {
    for (const key of [HOSPITAL, CLERK, `${identity}.${identity}`]) {
      await call(key, 'GET', path.replaceAll('$', encodeURIComponent(identity)))
      await call(
        key,
        'POST',
        path.replaceAll('$', encodeURIComponent(name)),
        `{"${identity}": ${name}`,
      )
    }
  }
  for (const [at, value] of Object.entries(PLANTED)) {
    const twice = `{"${value}": 1, "${value}": 2}`
    await call(HOSPITAL, 'POST', '/v1/quotes', twice)
    await call(HOSPITAL, 'POST', '/fsi/api/rsfComIfsService/callService', twice)
    const query = `requestId=${at}&${encodeURIComponent(value)}=1`
    await call(HOSPITAL, 'GET', `/v1/settlements?${query}`)
  }
  await call(HOSPITAL, 'POST', '/v1/quotes', `{"personId": "${identity}", "personId": "${name}"}`)
  await call(HOSPITAL, 'POST', '/v1/quotes', PLANTED.identity, `text/${identity}`)
  await call(HOSPITAL, 'POST', '/fsi/api/rsfComIfsService/callService', `{"${identity}": ${name}`)
  told.push(await raw(`GET /${identity} HTTP/1.1\r\nhost: x\r\n${identity} : ${identity}\r\n\r\n`))
}

/** What Node itself refuses. */
function raw(request: string): Promise<string> {
  const { hostname, port } = new URL(server.address)
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), hostname, () => socket.write(request))
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('end', () => resolve(text)).on('error', reject)
  })
}

async function imports(t: Test): Promise<void> {
  const insured = { personId: 'NEW1', ...OF_RESIDENT }
  const ill = {
    personId: 'NEW1',
    stretch: 'registration',
    from: '2020-01-01',
    diseaseKind: 'special',
    diseaseCode: PLANTED.diagnosis,
  }
  const path = join(root, 'records.csv')
  const run = async (kind: string, file: string) => {
    writeFileSync(path, file)
    const { end, stdout, stderr } = await runCli(
      ['import', kind, path, '--data', data, '--server', server.address],
      { YIZHAN_KEY: CLERK },
    )
    told.push(stdout, stderr)
    return end
  }
  const wrong = { ...ill, from: PLANTED.condition, diseaseKind: PLANTED.name }
  t.equal(await run('people', people(insured, wrong)), 1)
  const [header, row] = people(insured).split('\n')
  const wider = `${header},${PLANTED.identity}\n${row},${PLANTED.name}\n`
  t.equal(await run('people', wider), 1)
  t.equal(await run('people', people(insured, ill)), 0)
  const shown = `NEW1,id-card,${PLANTED.certificate}`
  for (const [row, end] of [
    [`NEW1,id-card,${PLANTED.identity}`, 1],
    [`${shown}\nNEW1,${PLANTED.name},${PLANTED.card}`, 1],
    [`${shown}\n${shown}`, 1],
    [shown, 0],
  ] as const) {
    t.equal(await run('credentials', `personId,kind,value\n${row}\n`), end)
  }
  const lookup = { kind: 'id-card', value: PLANTED.certificate }
  t.match(await call(HOSPITAL, 'POST', '/v1/persons/lookup', lookup), { status: 200 })
  // One that is never ended.
  const bytes = Buffer.from(people(insured, ill, { ...ill, diseaseKind: 'chronic' }))
  const announced = {
    kind: 'people',
    format: 'csv',
    bytes: bytes.length + 1,
    sha256: '0'.repeat(64),
  }
  const { status, text } = await call(CLERK, 'POST', '/v1/imports', announced)
  t.equal(status, 200, text)
  const { importId } = JSON.parse(text)
  const part = await call(
    CLERK,
    'PUT',
    `/v1/imports/${importId}/content?offset=0`,
    bytes,
    'application/octet-stream',
  )
  t.equal(part.status, 200, part.text)
}

t.test('what was planted is found nowhere', async (t) => {
  await start()
  await claims(t)
  await visits(t)
  await imports(t)
  await persons(t)
  const statuses = await everyRoute(call, HOSPITAL, PLANTED)
  t.ok(statuses.length > 300, `${statuses.length} requests`)
  t.notOk(statuses.includes(500))
  const texts = Object.values(PLANTED)
  for (const request of everyTransaction(texts)) {
    t.not((await say(request)).infcode, undefined, request.infno)
  }
  const { text: metrics } = await call(HOSPITAL, 'GET', '/metrics')
  told.push(metrics)
  await end('SIGKILL')
  t.strictSame(inLedger(), [], 'right after the crash')
  await start()
  const backup = await runCli([
    'backup',
    '--to',
    join(root, 'backup'),
    '--scratch',
    root,
    '--data',
    data,
  ])
  t.equal(backup.end, 0, backup.stderr)
  const verified = await runCli(['verify', '--data', data, '--scratch', root])
  t.equal(verified.end, 0, verified.stdout + verified.stderr)
  logs.push(backup.stdout, backup.stderr, verified.stdout, verified.stderr)
  await end('SIGTERM')
  t.strictSame(inLedger(), [], 'in the data folder')
  t.strictSame(markers.inFolder(join(root, 'backup')), [], 'in the backup')
  t.strictSame(
    logs.flatMap((text) => markers.in(text)),
    [],
    'in logs',
  )
  t.ok(logs.join('').includes('"level":'), 'there were logs')
  t.strictSame(
    told.flatMap((text) => markers.in(text).map((what) => `${what}: ${text.slice(0, 200)}`)),
    [],
    'in refusals, addresses, metrics',
  )
})

/** Over HTTP: with the numbers for the agency, without for the auditor, not at all for hospitals. */
async function persons(t: Test): Promise<void> {
  const path = '/v1/persons/CQE1/export'
  const [agency, auditor] = await Promise.all(
    ['demo-agency', 'demo-auditor'].map(async (key) => {
      // One at a time.
      for (;;) {
        const { status, text } = await call(key, 'GET', path)
        if (status !== 503) return { status, text }
      }
    }),
  )
  t.match([agency, auditor], [{ status: 200 }, { status: 200 }])
  const seen = [agency, auditor].map((one) => new Set(markers.in(one!.text)))
  for (const what of ['identity', 'card', 'voucher', 'diagnosis']) {
    const [byAgency, byAuditor] = seen.map((one) => one.has(`${what} (UTF-8)`))
    t.equal(byAgency, true, what)
    t.equal(byAuditor, what === 'diagnosis', what)
  }
  const kinds = new Set(JSON.parse(agency!.text).entries.map(({ kind }: { kind: string }) => kind))
  for (const kind of [
    'settlement',
    'visit-event',
    'filing',
    'registry-change',
    'opening-balance',
  ]) {
    t.ok(kinds.has(kind), kind)
  }
  t.equal((await call(HOSPITAL, 'GET', path)).status, 403)
  t.equal((await call('demo-agency', 'GET', '/v1/persons/NOBODY/export')).status, 404)
}

/** By the commands, with a new key before that of the folder. */
t.test('a new key seals anew, and everything about a person is still told', async (t) => {
  const env = { YIZHAN_ENCRYPTION_KEYS: `young:${'0123456789abcdef'.repeat(2)}` }
  const yizhan = async (...args: string[]) => {
    const { end, stdout, stderr } = await runCli([...args, '--data', data], env)
    t.equal(end, 0, stderr)
    return stdout
  }
  t.match(
    await yizhan('encryption', 'rotate'),
    /sealed with young-\w{8}: persons \d\d+, credentials \d\d+\n$/,
  )
  const status = await yizhan('encryption', 'status')
  t.match(
    status,
    /young-\w{8}: seals and opens; rows of the registry: \d\d+\nfolder-\w{8}: opens; rows of the registry: 0; keep it, entries of the journal may be sealed with it\n$/,
  )
  const file = join(root, 'person.json')
  await yizhan('person-export', '--person', 'CQE1', '--out', file)
  const { credentials, entries, accumulated } = JSON.parse(readFileSync(file, 'utf8'))
  t.match(credentials, [{ kind: 'id-card', value: PLANTED.identity }, {}, {}])
  t.ok(entries.length > 10)
  t.ok(accumulated.person)
  const nobody = await runCli(['person-export', '--person', 'NOBODY', '--data', data], env)
  t.match(nobody, { end: 1, stderr: /nothing is kept about this person/ })
  const keyless = join(root, 'keyless.json')
  const cut = await runCli(['person-export', '--person', 'CQE1', '--out', keyless, '--data', data])
  t.match(cut, { end: 1, stderr: /not at hand/ })
  t.notOk(existsSync(keyless), 'a document that was cut off is none')
  t.strictSame(inLedger(), [])
})

/** The rules name the disease, too; nothing else of the folder may. */
function inLedger(): string[] {
  const disease = new Markers({ disease: DISEASE }).inFolder(data)
  return [...markers.inFolder(data), ...disease.filter((found) => !found.startsWith('policy/'))]
}
