import { generateSync } from 'otplib'
import t from 'tap'
import { ACTS_SUBJECT, type Act, actsBackFrom } from '../../engine/access/acts.ts'
import { STAFF_ROLES, type StaffRole } from '../../engine/access/staff.ts'
import { IDLE_MS, SESSION_MS } from '../../engine/access/staff-rules.ts'
import type { Reply, Terminal } from '../../fixtures/counter/terminal.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { signedHeader } from '../access/signatures.ts'

const MINUTE = 60_000
const PASSWORD = 'Ein-langer-Satz-7'

const counter = await openTestCounter()
t.teardown(() => counter.close())
const anybody = counter.withKey('none')
const operator = counter.as('operator')

/** What a member has in hands; the authenticator shows a new code every half minute. */
interface Hands {
  readonly name: string
  password: string
  secret: string
}

function code({ secret }: Hands): string {
  return generateSync({ secret, epoch: Math.floor(counter.now / 1000) })
}

const secretIn = (uri: string) => new URL(uri).searchParams.get('secret')!

async function enrol(name: string, role: StaffRole): Promise<Hands> {
  const { status, body, headers } = await operator.post('/v1/staff', { name, role })
  if (status !== 201) throw new Error(body.code)
  t.equal(headers['cache-control'], 'no-store')
  return { name, password: body.password, secret: secretIn(body.codeUri) }
}

/** Half a minute later, so that the code is a new one. */
async function signIn(hands: Hands, but: object = {}): Promise<Reply> {
  counter.now += MINUTE / 2
  const { name, password } = hands
  return anybody.post('/v1/sessions', { name, password, code: code(hands), ...but })
}

/** Somebody who has chosen a password, with a session. */
async function member(name: string, role: StaffRole) {
  const hands = await enrol(name, role)
  const { body } = await signIn(hands, { newPassword: PASSWORD })
  hands.password = PASSWORD
  return { hands, token: body.token as string, terminal: counter.withKey(body.token) }
}

async function acts(): Promise<Act[]> {
  const { ledger } = counter.ports
  const { state } = await ledger.load(ACTS_SUBJECT)
  return [...actsBackFrom(ledger, state.version, 'previousOfAll')]
}

const outcome = ({ status, body }: Reply) => body.code ?? status
const isIn = async (terminal: Terminal) => outcome(await terminal.get('/v1/policy'))

t.test('from the first password to the last session', async (t) => {
  const li = await enrol('li', 'policy-maker')
  const first = await signIn(li)
  t.equal(outcome(first), 'password-change-required')
  const again = { code: code(li), name: 'li', password: li.password }
  for (const [newPassword, refused] of [
    [li.password, 'password-refused'],
    ['too-short', 'password-refused'],
    ['My-li-password-1', 'password-refused'],
  ]) {
    t.equal(outcome(await anybody.post('/v1/sessions', { ...again, newPassword })), refused)
  }
  const begun = await anybody.post('/v1/sessions', { ...again, newPassword: PASSWORD })
  t.equal(begun.status, 201, 'the same code')
  t.equal(begun.headers['cache-control'], 'no-store')
  t.match(begun.body, { name: 'li', role: 'policy-maker', token: /^session\.[\w-]+\.[\w-]+$/ })
  t.ok(begun.body.token.length < 256, 'fits into the header')
  const terminal = counter.withKey(begun.body.token)

  t.match((await terminal.get('/v1/sessions/current')).body, { name: 'li', role: 'policy-maker' })
  t.equal(outcome(await terminal.post('/v1/policy/reload', {})), 200, 'may what the role may')
  t.equal(outcome(await terminal.get('/v1/staff')), 'role-not-allowed', 'and nothing else')
  const required = { status: 409, body: { code: 'session-required' } }
  const signing = { role: 'operator', holder: 'system-1', signed: true }
  const { key } = (await operator.post('/v1/keys', signing)).body
  const own = '/v1/sessions/current'
  const change = { password: PASSWORD, code: '123456', newPassword: `${PASSWORD}-2` }
  for (const [method, path, body] of [
    ['GET', own, undefined],
    ['DELETE', own, undefined],
    ['POST', `${own}/password`, change],
  ] as const) {
    const timestamp = String(Math.floor(counter.now / 1_000))
    const head = {
      algorithm: 'HMAC-SM3',
      method,
      path,
      timestamp,
      nonce: `${method}-current`,
    } as const
    const sent = body === undefined ? '' : JSON.stringify(body)
    const authorization = signedHeader(key, head, sent)
    const headers = { authorization, ...(body && { 'content-type': 'application/json' }) }
    const request = { method, url: path, headers, ...(body && { payload: sent }) }
    const reply = await counter.app.inject(request)
    t.match({ status: reply.statusCode, body: reply.json() }, required, `signed: ${method} ${path}`)
  }
  t.match(await operator.get('/v1/sessions/current'), {
    status: 409,
    body: { code: 'session-required' },
  })

  li.password = PASSWORD
  const other = await signIn(li)
  const next = { password: PASSWORD, newPassword: 'Ein-anderer-Satz-8' }
  counter.now += MINUTE
  const path = '/v1/sessions/current/password'
  t.equal(outcome(await terminal.post(path, { ...next, code: '000000' })), 'sign-in-refused')
  t.equal(outcome(await terminal.post(path, { ...next, code: code(li) })), 200)
  t.equal(await isIn(terminal), 200, 'goes on')
  t.equal(await isIn(counter.withKey(other.body.token)), 'session-ended', 'the others end')
  t.equal(outcome(await signIn(li)), 'sign-in-refused', 'with the old password')
  t.equal(outcome(await signIn(li, { password: next.newPassword })), 201)

  t.equal(outcome(await terminal.send('DELETE', '/v1/sessions/current', undefined, {})), 200)
  t.equal(await isIn(terminal), 'session-ended')
  const kept = (await acts()).filter(({ subject }) => subject === 'staff/li')
  t.ok(kept.length > 6 && kept.slice(0, -1).every(({ by }) => by.id === 'li'))
})

t.test('a sign-in that is refused looks like any other', async (t) => {
  const { hands } = await member('wu', 'auditor')
  const suspended = await member('sun', 'auditor')
  await operator.send('POST', '/v1/staff/sun/suspend', undefined, {})
  const right = () => {
    counter.now += MINUTE / 2
    return { name: 'wu', password: PASSWORD, code: code(hands) }
  }
  const used = right()
  t.equal(outcome(await anybody.post('/v1/sessions', used)), 201)
  const cases: [string, object, boolean][] = [
    ['a wrong password', { ...right(), password: 'Ein-falscher-Satz-7' }, true],
    ['a wrong code', { ...right(), code: '000000' }, true],
    ['a code that let in before', used, true],
    ['an unknown name', { ...right(), name: 'nobody' }, false],
    ['a suspended one', { ...right(), name: 'sun', code: code(suspended.hands) }, false],
  ]
  const answers = new Set<string>()
  const ended = async (outcome: string) => {
    const { body } = await anybody.get('/metrics')
    return Number(new RegExp(`sign_ins_total\\{outcome="${outcome}"\\} (\\d+)`).exec(body)![1])
  }
  for (const [what, body, counts] of cases) {
    const before = (await acts()).length
    const as = counts ? 'refused' : 'barred'
    const [own, signedIn] = [await ended(as), await ended('signed-in')]
    const { instance, ...answer } = (await anybody.post('/v1/sessions', body)).body
    t.equal(answer.code, 'sign-in-refused', what)
    t.equal((await acts()).length, before + (counts ? 1 : 0), `${what}: kept or not`)
    t.equal(await ended(as), own + 1, `${what}: counted`)
    t.equal(await ended('signed-in'), signedIn)
    answers.add(JSON.stringify(answer))
  }
  t.equal(answers.size, 1, 'to the letter')
  t.equal(outcome(await anybody.post('/v1/sessions', right())), 201)
  for (const [field, value] of [
    ['name', undefined],
    ['password', ''],
    ['code', '12345'],
    ['token', 'x'],
  ] as const) {
    t.equal(
      outcome(await anybody.post('/v1/sessions', { ...right(), [field]: value })),
      'invalid-request',
    )
  }
  const long = { ...right(), password: 'x'.repeat(5_000) }
  t.equal(outcome(await anybody.post('/v1/sessions', long)), 'body-too-large')
})

t.test('what is refused is answered late, whoever it is', async (t) => {
  const slow = await openTestCounter({ refusedAfterMs: 150 })
  t.teardown(() => slow.close())
  const body = { name: 'zhou', role: 'auditor' }
  t.equal(outcome(await slow.as('operator').post('/v1/staff', body)), 201)
  for (const name of ['zhou', 'nobody']) {
    const began = performance.now()
    const shown = { name, password: PASSWORD, code: '000000' }
    t.equal(outcome(await slow.withKey('none').post('/v1/sessions', shown)), 'sign-in-refused')
    t.ok(performance.now() - began > 140, name)
  }
})

t.test('guessing locks the account and nothing else', async (t) => {
  const { hands, terminal } = await member('qian', 'agency')
  for (let n = 0; n < 5; n += 1) {
    t.equal(outcome(await signIn(hands, { password: `Ein-falscher-Satz-${n}` })), 'sign-in-refused')
  }
  const listed = async () =>
    (await operator.get('/v1/staff')).body.staff.find(
      (one: { name: string }) => one.name === 'qian',
    )
  t.match(await listed(), { standing: 'locked', lockedUntil: /\+08:00$/ })
  const before = (await acts()).length
  t.equal(outcome(await signIn(hands)), 'sign-in-refused', 'with the right ones')
  t.equal((await acts()).length, before, 'no more is kept')
  t.equal(await isIn(terminal), 200, 'the session goes on')
  t.equal(outcome(await operator.send('POST', '/v1/staff/qian/reinstate', undefined, {})), 200)
  t.match(await listed(), { standing: 'active' })
  t.equal(outcome(await signIn(hands)), 201)

  const guesses = Array.from({ length: 8 }, () => ({
    name: 'qian',
    password: 'Ein-falscher-Satz-7',
    code: code(hands),
  }))
  counter.now += MINUTE
  const right = { name: 'qian', password: PASSWORD, code: code(hands) }
  const all = await Promise.all([...guesses, right].map((one) => anybody.post('/v1/sessions', one)))
  t.strictSame(all.map(outcome), Array(9).fill('sign-in-refused'), 'also all at once')
  const metrics = (await anybody.get('/metrics')).body
  t.match(metrics, /yizhan_sign_ins_total\{outcome="barred"\} [1-9]/)
})

t.test('at most so many are in work at once', async (t) => {
  const body = { name: 'nobody', password: 'x', code: '123456' }
  const all = await Promise.all(
    Array.from({ length: 40 }, () => anybody.post('/v1/sessions', body)),
  )
  const turnedAway = all.filter((reply) => outcome(reply) === 'overloaded').length
  t.ok(turnedAway >= 20, `${turnedAway} are turned away`)
  t.equal(all.filter((reply) => outcome(reply) === 'sign-in-refused').length, 40 - turnedAway)
})

t.test('what ends a session', async (t) => {
  const change = (path: string) => operator.send('POST', `/v1/staff/zhou/${path}`, undefined, {})
  const zhou = await member('zhou', 'registry')
  counter.now += IDLE_MS - MINUTE
  t.equal(await isIn(zhou.terminal), 200)
  counter.now += IDLE_MS - MINUTE
  t.equal(await isIn(zhou.terminal), 200, 'used, it is awake')
  counter.now += IDLE_MS
  t.equal(await isIn(zhou.terminal), 'session-ended', 'it was left')

  const begin = async () => counter.withKey((await signIn(zhou.hands)).body.token)
  let session = await begin()
  const began = counter.now
  while (counter.now + 20 * MINUTE < began + SESSION_MS) {
    counter.now += 20 * MINUTE
    t.equal(await isIn(session), 200)
  }
  counter.now += 20 * MINUTE
  t.equal(await isIn(session), 'session-ended', 'a working day is over')

  session = await begin()
  t.match((await change('suspend')).body, { standing: 'suspended' })
  t.equal(await isIn(session), 'session-ended', 'suspended')
  t.equal(outcome(await change('suspend')), 200, 'again')
  await change('reinstate')
  t.equal(await isIn(session), 'session-ended', 'whatever comes later')

  session = await begin()
  t.match((await operator.post('/v1/staff/zhou/role', { role: 'agency' })).body, { role: 'agency' })
  t.equal(await isIn(session), 'session-ended', 'another role')
  session = await begin()
  t.equal((await session.get('/v1/sessions/current')).body.role, 'agency')

  const { body } = await change('reset')
  t.equal(await isIn(session), 'session-ended', 'reset')
  t.equal(outcome(await signIn(zhou.hands)), 'sign-in-refused', 'what was good before is not')
  zhou.hands.secret = secretIn(body.codeUri)
  zhou.hands.password = body.password
  t.equal(outcome(await signIn(zhou.hands)), 'password-change-required')
  t.equal(outcome(await signIn(zhou.hands, { newPassword: PASSWORD })), 201)
})

t.test('no token but one that was sealed here', async (t) => {
  const { token, terminal } = await member('zheng', 'operator')
  t.equal(await isIn(terminal), 200)
  const [prefix, terms, mac] = token.split('.') as [string, string, string]
  const flipped = (text: string, at: number) =>
    `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
  const forged = [
    `${prefix}.${flipped(terms, 4)}.${mac}`,
    `${prefix}.${terms}.${flipped(mac, 4)}`,
    `${prefix}.${terms}`,
    `${prefix}.${terms}.${mac}.x`,
    `${terms}.${mac}`,
    'session.',
  ]
  for (const one of forged) t.equal(await isIn(counter.withKey(one)), 'unauthorized', one)
})

t.test('operators keep the accounts, and nobody their own', async (t) => {
  const { terminal } = await member('feng', 'operator')
  await enrol('chen', 'operator')
  const paths = ['suspend', 'reinstate', 'reset'] as const
  for (const path of paths) {
    t.equal(
      outcome(await terminal.send('POST', `/v1/staff/feng/${path}`, undefined, {})),
      'own-account',
    )
    t.equal(
      outcome(await terminal.send('POST', `/v1/staff/none/${path}`, undefined, {})),
      'staff-not-found',
    )
    t.equal(
      outcome(await terminal.post(`/v1/staff/chen/${path}`, { role: 'x' })),
      'invalid-request',
    )
  }
  t.equal(outcome(await terminal.post('/v1/staff/feng/role', { role: 'auditor' })), 'own-account')
  t.equal(
    outcome(await terminal.post('/v1/staff', { name: 'feng', role: 'auditor' })),
    'own-account',
  )
  t.equal(
    outcome(await terminal.post('/v1/staff', { name: 'chen', role: 'auditor' })),
    'staff-exists',
  )
  t.equal(
    outcome(await terminal.post('/v1/staff', { name: 'Chen', role: 'auditor' })),
    'invalid-request',
  )
  t.equal(
    outcome(await terminal.post('/v1/staff', { name: 'wei', role: 'institution' })),
    'invalid-request',
  )
  t.equal(
    outcome(await terminal.send('POST', '/v1/staff/chen/suspend', undefined, {})),
    200,
    'another one',
  )
  for (const role of STAFF_ROLES.filter((one) => one !== 'operator')) {
    const other = counter.as(role)
    for (const path of paths) {
      const answer = await other.send('POST', `/v1/staff/chen/${path}`, undefined, {})
      t.equal(outcome(answer), 'role-not-allowed', `${role}: ${path}`)
    }
    t.equal(outcome(await other.post('/v1/staff', { name: 'wei', role })), 'role-not-allowed')
    const seen = role === 'auditor' ? 200 : 'role-not-allowed'
    t.equal(outcome(await other.get('/v1/staff')), seen)
  }
})

t.test('what lets in is told once and kept sealed', async (t) => {
  const { hands, token } = await member('wei', 'agency')
  const { body } = await operator.get('/v1/staff')
  const kept = JSON.stringify([body, await acts()])
  for (const secret of [hands.secret, PASSWORD, token]) t.notOk(kept.includes(secret))
  t.match(kept, /\$argon2id\$/, 'the hash is in the journal')
  await operator.post('/v1/keys', { role: 'agency', holder: 'system' })
  const listed = await counter.as('auditor').get('/v1/audit/acts?from=2026-11-01&until=2026-12-01')
  t.ok(listed.body.acts.some(({ act }: { act: string }) => act === 'staff-enrolled'))
  t.notMatch(
    JSON.stringify([body, listed.body]),
    /argon2|secret|proof/i,
    'and in nothing that is shown',
  )
})
