import t from 'tap'
import { isRefusal } from '../claim/outcomes.ts'
import type { Requester } from '../counter/ports.ts'
import type { Key } from './keys.ts'
import { passwordFault } from './passwords.ts'
import { foldStaffAct, LOCK_OUT_MAX_MS, LOCK_OUT_MS, type Member, SESSIONS_MAX } from './staff.ts'
import {
  changeMember,
  changePassword,
  type Evidence,
  enrol,
  IDLE_MS,
  type Keeping,
  openSession,
  SESSION_MS,
  type StaffChange,
  signIn,
  signOut,
  standingOf,
} from './staff-rules.ts'

const OPERATOR: Requester = { role: 'operator', id: 'zhao' }
const SECRETS = { passwordHash: 'hash', codeSecret: 'sealed' }
const MINUTE = 60_000

/** A member `li` who chose a password, and the acts on everybody in their order. */
class Office {
  readonly staff = new Map<string, Member>()
  readonly keys = new Map<string, Key>()
  now = 1_000_000_000_000
  /** The position of the last act. */
  last = 0
  #step = 0

  constructor({ mustChange = false } = {}) {
    const li = { name: 'li', role: 'agency', secrets: SECRETS } as const
    this.keep(enrol(undefined, li, this.keeping()))
    if (mustChange) return
    this.signIn({}, 'chosen')
    this.keep(signOut(this.li, this.last))
  }

  keeping(by = OPERATOR): Keeping {
    return { by, now: this.now, keys: this.keys }
  }

  get li(): Member {
    return this.staff.get('li')!
  }

  /** Keeps an act as the desk does; what it was, or the code of the refusal. */
  keep(decided: ReturnType<typeof changeMember>): string {
    if (decided === undefined) return 'nothing'
    if (isRefusal(decided)) return decided.refused
    const { seen, ...act } = decided
    const name = act.subject.slice('staff/'.length)
    if (seen !== (this.staff.get(name)?.position ?? 0)) throw new Error('not the last act')
    this.last += 1
    const chained = { position: this.last, at: this.now, previous: seen, previousOfAll: 0 }
    foldStaffAct(this.staff, { ...act, ...chained })
    return act.act
  }

  /** The right password and a new code, but for what is said. */
  shown(but: Partial<Evidence> = {}): Evidence {
    this.#step += 1
    return { against: this.li.secrets, passwordRight: true, codeStep: this.#step, ...but }
  }

  signIn(but: Partial<Evidence> = {}, newHash?: string): string {
    const { staff, now } = this
    return this.keep(signIn(staff.get('li'), this.shown(but), { now, newHash }))
  }

  change(change: StaffChange, by = OPERATOR, name = 'li'): string {
    return this.keep(changeMember(this.staff.get(name), name, change, this.keeping(by)))
  }

  isOpen(id: number, usedAt = this.now): boolean {
    return openSession(this.li, id, { now: this.now, usedAt }) !== undefined
  }
}

t.test('who is let in', async (t) => {
  const cases: [string, Partial<Evidence>, string][] = [
    ['password and code are right', {}, 'signed-in'],
    ['the password is wrong', { passwordRight: false }, 'sign-in-refused'],
    ['the code is none of now', { codeStep: undefined }, 'sign-in-refused'],
    ['both are wrong', { passwordRight: false, codeStep: undefined }, 'sign-in-refused'],
    ['the code let in before', { codeStep: 7 }, 'sign-in-refused'],
    ['the code is older than that', { codeStep: 6 }, 'sign-in-refused'],
    ['the code is the next one', { codeStep: 8 }, 'signed-in'],
    ['the password was reset meanwhile', { against: SECRETS }, 'sign-in-refused'],
    [
      'the secret of codes was reset meanwhile',
      { against: { passwordHash: 'chosen', codeSecret: 'another' } },
      'sign-in-refused',
    ],
    ['there was no such member', { against: undefined }, 'sign-in-refused'],
  ]
  for (const [what, but, outcome] of cases) {
    const o = new Office()
    o.signIn({ codeStep: 7 })
    const sessions = o.li.sessions.length
    t.equal(o.signIn({ codeStep: 9, ...but }), outcome, what)
    t.equal(o.li.sessions.length, outcome === 'signed-in' ? sessions + 1 : sessions, what)
  }
  const o = new Office()
  const answer = signIn(undefined, o.shown(), { now: o.now, newHash: undefined })
  t.match(answer, { refused: 'sign-in-refused' }, 'an unknown name is answered like a wrong one')
})

t.test('five refusals in a row lock out, every time for longer', async (t) => {
  const o = new Office()
  const guess = (times: number) => {
    for (let n = 0; n < times; n += 1) o.signIn({ passwordRight: false })
  }
  guess(4)
  t.equal(o.signIn(), 'signed-in', 'after four')
  for (const lasts of [15, 30, 60, 120, 240, 480, 480]) {
    guess(4)
    t.equal(standingOf(o.li, o.now), 'active')
    guess(1)
    const before = o.last
    o.now += lasts * MINUTE - 1
    t.equal(standingOf(o.li, o.now), 'locked', `for ${lasts} minutes`)
    t.equal(o.signIn(), 'sign-in-refused', 'whatever is shown')
    t.equal(o.last, before, 'and nothing more is counted')
    o.now += 1
  }
  t.equal(LOCK_OUT_MAX_MS, 480 * MINUTE)
  t.equal(o.signIn(), 'signed-in')
  guess(5)
  t.equal(o.li.lockedUntil - o.now, LOCK_OUT_MS, 'begins anew once let in')
  t.equal(o.change({ kind: 'reinstate' }), 'staff-reinstated')
  t.equal(o.signIn(), 'signed-in', 'an operator ends it')
})

t.test('a password that an operator has seen is good for choosing another one', async (t) => {
  const o = new Office({ mustChange: true })
  t.equal(o.signIn({ codeStep: 5 }), 'password-change-required')
  t.equal(o.signIn({ codeStep: 5, passwordRight: false }), 'sign-in-refused')
  t.equal(o.signIn({ codeStep: 5 }, 'chosen'), 'signed-in', 'the code is still good')
  t.match(o.li, { mustChange: false, secrets: { passwordHash: 'chosen', codeSecret: 'sealed' } })
  t.equal(o.signIn({ codeStep: 6 }), 'signed-in')
  o.change({ kind: 'reset', secrets: { passwordHash: 'made', codeSecret: 'other' } })
  t.equal(o.signIn({ codeStep: 1 }), 'password-change-required', 'after a reset, too')
})

t.test('when a session ends', async (t) => {
  type Act = (o: Office, session: number) => unknown
  const cases: [string, boolean, Act][] = [
    ['nothing happens', true, () => {}],
    ['just before its end', true, (o) => (o.now += SESSION_MS - 1)],
    ['at its end', false, (o) => (o.now += SESSION_MS)],
    ['signed out', false, (o, session) => o.keep(signOut(o.li, session))],
    ['another one was signed out', true, (o) => o.keep(signOut(o.li, o.last))],
    ['suspended', false, (o) => o.change({ kind: 'suspend' })],
    ['another role', false, (o) => o.change({ kind: 'role', role: 'auditor' })],
    ['reset', false, (o) => o.change({ kind: 'reset', secrets: SECRETS })],
    ['guessed at until locked', true, (o) => [1, 2, 3, 4, 5].map(() => o.signIn({ codeStep: 0 }))],
    ['signed in again', true, (o) => o.signIn()],
    ['signed in with another password', false, (o) => o.signIn({}, 'other')],
    ['as often as goes', false, (o) => Array.from({ length: SESSIONS_MAX }, () => o.signIn())],
    [
      'the password changed in it',
      true,
      (o, id) => o.keep(changePassword(o.li, id, o.shown(), { now: o.now, newHash: 'other' })),
    ],
    [
      'the password changed in another one',
      false,
      (o) => o.keep(changePassword(o.li, o.last, o.shown(), { now: o.now, newHash: 'other' })),
    ],
  ]
  for (const [what, isOpen, act] of cases) {
    const o = new Office()
    o.signIn()
    const session = o.last
    o.signIn()
    act(o, session)
    t.equal(o.isOpen(session), isOpen, what)
  }
  const o = new Office()
  o.signIn()
  const begun = o.now
  o.now += IDLE_MS - 1
  t.ok(o.isOpen(o.last, 0), 'unused for less than half an hour')
  o.now += 1
  t.notOk(o.isOpen(o.last, 0), 'or for just as long')
  t.ok(o.isOpen(o.last, begun + 1), 'used since')
  t.notOk(o.isOpen(o.last + 1), 'another one')
})

t.test('what is tried in a session with a wrong password counts', async (t) => {
  const o = new Office()
  o.signIn()
  const session = o.last
  const wrong = () =>
    o.keep(
      changePassword(o.li, session, o.shown({ passwordRight: false }), {
        now: o.now,
        newHash: undefined,
      }),
    )
  for (let n = 0; n < 5; n += 1) t.equal(wrong(), 'sign-in-refused')
  t.equal(standingOf(o.li, o.now), 'locked')
  const count = o.last
  t.equal(wrong(), 'sign-in-refused')
  t.equal(o.last, count, 'not kept')
})

t.test('operators keep the staff, but nobody their own account', async (t) => {
  const cases: [string, Requester, StaffChange, string][] = [
    ['an operator', OPERATOR, { kind: 'suspend' }, 'staff-suspended'],
    ['again', OPERATOR, { kind: 'reinstate' }, 'nothing'],
    ['the role that it is', OPERATOR, { kind: 'role', role: 'agency' }, 'nothing'],
    ['another role', OPERATOR, { kind: 'role', role: 'auditor' }, 'staff-role-changed'],
    ['new secrets', OPERATOR, { kind: 'reset', secrets: SECRETS }, 'staff-reset'],
    ['themselves', { role: 'operator', id: 'li' }, { kind: 'reinstate' }, 'own-account'],
    ['themselves', { role: 'operator', id: 'li' }, { kind: 'suspend' }, 'own-account'],
    [
      'a higher role for themselves',
      { role: 'operator', id: 'li' },
      { kind: 'role', role: 'auditor' },
      'own-account',
    ],
    ...(['agency', 'registry', 'policy-maker', 'policy-checker', 'auditor'] as const).map(
      (role): [string, Requester, StaffChange, string] => [
        role,
        { role, id: 'wu' },
        { kind: 'suspend' },
        'role-not-allowed',
      ],
    ),
  ]
  for (const [what, by, change, outcome] of cases) {
    t.equal(new Office().change(change, by), outcome, `${what}: ${change.kind}`)
  }
  const o = new Office()
  t.equal(o.change({ kind: 'suspend' }, OPERATOR, 'wu'), 'staff-not-found')
  o.change({ kind: 'suspend' })
  t.equal(o.signIn(), 'sign-in-refused', 'suspended')
  o.change({ kind: 'reset', secrets: SECRETS })
  t.equal(standingOf(o.li, o.now), 'suspended', 'new secrets let nobody in again')
  o.change({ kind: 'reinstate' })
  t.equal(o.signIn({}, 'chosen'), 'signed-in')
})

t.test('names', async (t) => {
  const cases: [string, string][] = [
    ['wu', 'staff-enrolled'],
    ['wu.li-2_x', 'staff-enrolled'],
    ['li', 'staff-exists'],
    ['Wu', 'invalid-request'],
    ['w', 'invalid-request'],
    ['w'.repeat(33), 'invalid-request'],
    ['2wu', 'invalid-request'],
    ['wu li', 'invalid-request'],
    ['吴', 'invalid-request'],
    ['wu/1', 'invalid-request'],
    ...['engine', 'files', 'cli', 'operator', 'demo'].map((name): [string, string] => [
      name,
      'invalid-request',
    ]),
    ['zhao', 'own-account'],
  ]
  for (const [name, outcome] of cases) {
    const o = new Office()
    const wanted = { name, role: 'operator', secrets: SECRETS } as const
    t.equal(o.keep(enrol(o.staff.get(name), wanted, o.keeping())), outcome, name)
  }
})

/** A key that somebody holds, and what becomes of a member of the holder's name. */
t.test('nobody is called as the holder of a key of another role', async (t) => {
  const cases: [string, Requester, Partial<Key>, string, string][] = [
    ['the same role', { role: 'agency', id: 'wu' }, {}, 'staff-enrolled', 'staff-role-changed'],
    ['another', { role: 'auditor', id: 'wu' }, {}, 'invalid-request', 'invalid-request'],
    ['an institution', { role: 'institution', id: 'WU' }, {}, 'invalid-request', 'invalid-request'],
    [
      'revoked',
      { role: 'auditor', id: 'wu' },
      { revokedAt: 1 },
      'staff-enrolled',
      'staff-role-changed',
    ],
    ['ended', { role: 'auditor', id: 'wu' }, { until: 1 }, 'staff-enrolled', 'staff-role-changed'],
  ]
  for (const [what, holder, more, enrolled, changed] of cases) {
    const o = new Office()
    const key = (of: Requester): Key => ({
      ...{ id: 'k', holder: of, proof: { kind: 'shown', hash: '' }, issuedAt: 1, issuedBy: 'x' },
      ...{ position: 1, ...more },
    })
    o.keys.set('k', key(holder))
    const wu = { name: 'wu', role: 'agency', secrets: SECRETS } as const
    t.equal(o.keep(enrol(undefined, wu, o.keeping())), enrolled, what)
    o.change({ kind: 'role', role: 'registry' })
    o.keys.set('k', key({ ...holder, id: holder.id.replace(/wu/i, 'li') }))
    t.equal(o.change({ kind: 'role', role: 'agency' }), changed, `${what}: a new role`)
  }
})

t.test('passwords', async (t) => {
  const cases: [string, boolean][] = [
    ['Correct-horse', true],
    ['correct-horse', false],
    ['correcthorsebatterystaple', true],
    ['Short-1', false],
    ['Abcabcabcabc1', false],
    ['Abcde1'.repeat(2), true],
    ['Abcd1'.repeat(3), false],
    ['Abcdefghij-1', true],
    ['Abcdefghi-1', false],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', false],
    ['My-li-password-1', false],
    ['My-LI-password-1', false],
    ['一站式结算真方便呀Aa1', true],
    ['Aa1-'.repeat(33), false],
  ]
  for (const [password, isFine] of cases) {
    const fault = passwordFault(password, 'li')
    t.equal(fault === undefined, isFine, password)
    t.notOk(fault?.detail.includes(password), 'which is not repeated')
  }
})
