import t from 'tap'
import { actsBackFrom } from '../../engine/access/acts.ts'
import { actOnProposal, type Proposal } from '../../engine/access/proposals.ts'
import { FILES } from '../../engine/access/requesters.ts'
import { staffSubject } from '../../engine/access/staff.ts'
import { isRefusal } from '../../engine/claim/outcomes.ts'
import { activate } from '../../engine/counter/activate.ts'
import { POLICY_SUBJECT } from '../../engine/counter/activations.ts'
import type { Subject } from '../../engine/ledger/entry.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import {
  approve,
  BEGAN,
  CATALOGUE,
  HOUR,
  keepStaffAct,
  LI,
  LI_CHECKS,
  MA,
  WU,
  world,
  XU,
} from '../../fixtures/counter/four-eyes-world.ts'
import { settlement } from '../../fixtures/ledger/entries.ts'

/** The ledger, in which `act` comes after the first look at a subject and before what was looked for is kept. */
function overtaken(ledger: Ledger, subject: Subject, act: () => Promise<unknown>) {
  const met = { looks: 0, ledger: {} as Ledger }
  met.ledger = {
    entry: (position) => ledger.entry(position),
    append: (batch) => ledger.append(batch),
    load: async (asked) => {
      const found = await ledger.load(asked)
      if (asked === subject && met.looks++ === 0) await act()
      return found
    },
  } as Ledger
  return met
}

t.test('one person proposes, another approves, and then it decides', async (t) => {
  const { ledger, open, writeRate, activations } = world(t)
  const { eyes, host, rate, proposed } = await open()
  t.match(await activations(), [{ cause: 'start', by: 'engine' }], 'the first version')
  writeRate('7000')
  const { proposal } = await eyes.reload(LI)
  t.match(proposal, { id: '1', status: 'open', by: LI, cause: 'reload' })
  t.equal(rate(), '6000', 'nothing has changed')
  t.match(await eyes.reload(MA), { proposal: { id: '1', by: LI } }, 'the same again is the same')
  await eyes.quiet()
  const assessed = (await eyes.proposal('1')) as Proposal
  t.match(assessed.assessment, {
    difference: /rate 60 % → 70 %/,
    check: [/^sample .* rows in/, /^sample: no nhsa.yaml/, /^calendar/],
    shadowRun: { settlements: 0 },
  })
  const approved = await eyes.decide('1', approve, WU)
  t.match(approved, { status: 'in-force', approved: { by: WU }, inForceSince: BEGAN })
  t.equal(rate(), '7000')
  const [, last] = await activations()
  t.match(last, { cause: 'reload', by: 'wu', proposal: { id: '1' } })
  t.match(
    [...actsBackFrom(ledger, last!.proposal!.approval, 'previous')].map(({ act, by }) => [act, by]),
    [['approved', WU], ['assessed'], ['proposed', LI]],
  )
  t.match(await eyes.reload(LI), { errors: [], proposal: undefined }, 'nothing to be proposed')
  t.equal(host.inForce.packs[0]!.hash, last!.inForce.packs[0]!.hash)
  t.match((await proposed()) as unknown, undefined)
})

t.test('whoever approves is told which rows of a catalogue change', async (t) => {
  const { open, writeRate, writeCatalogue } = world(t)
  const { eyes, proposed } = await open()
  const differenceOf = async () => {
    const { id } = await proposed()
    return ((await eyes.proposal(id)) as Proposal).assessment!.difference.split('\n')
  }
  writeCatalogue(CATALOGUE.replace('drug,A', 'drug,C'))
  const [title, ...changes] = await differenceOf()
  t.match(title, /^catalogue national: [0-9a-f]{12} → [0-9a-f]{12}: 0 added, 0 removed, 1 changed$/)
  t.same(changes, ['  changed: X1 from 2005-01-01: class A → C'])

  writeRate('7000')
  const both = await differenceOf()
  t.match(both.join('\n'), /rate 60 % → 70 %[\s\S]*\n\ncatalogue national: .*1 changed\n/)

  const many = Array.from({ length: 250 }, (_, at) => `Y${at},名,drug,A,2005-01-01\n`)
  writeCatalogue(`code,name,kind,class,from\n${many.join('')}`)
  const long = await differenceOf()
  t.match(long.slice(-202)[0], /: 250 added, 1 removed, 0 changed$/)
  t.same(
    [long.at(-201), long.at(-1)],
    ['  removed: X1 from 2005-01-01: 名', '  and 51 more'],
    'the journal keeps no whole catalogue',
  )
})

t.test('who may not do what', async (t) => {
  const { open, writeRate, ledger } = world(t)
  const { eyes, rate, status, proposed } = await open()
  writeRate('7000')
  await proposed()
  const refusals = [
    ['who proposed, with the other role', '1', approve, LI_CHECKS, 'proposal-same-person'],
    ['who proposed', '1', approve, LI, 'proposal-same-person'],
    ['somebody else withdraws', '1', { act: 'withdraw' }, MA, 'proposal-not-yours'],
    ['no such proposal', '2', approve, WU, 'proposal-not-found'],
  ] as const
  for (const [name, id, decision, by, code] of refusals) {
    t.match(await eyes.decide(id, decision, by), { refused: code }, name)
  }
  t.equal(await status('1'), 'open')
  const both = await Promise.all([
    eyes.decide('1', { act: 'reject', reason: 'the wrong tier' }, WU),
    eyes.decide('1', approve, XU),
  ])
  t.match(both, [
    { status: 'rejected', ended: { by: WU, reason: 'the wrong tier' } },
    { refused: 'proposal-decided' },
  ])
  t.equal(rate(), '6000')

  // An edit that was noticed is nobody's, until somebody takes it up.
  await eyes.reload(FILES)
  await eyes.quiet()
  t.match(await eyes.decide('2', approve, WU), { refused: 'proposal-unclaimed' })
  t.match(await eyes.reload(MA), { proposal: { id: '2', by: MA } })
  t.match(await eyes.decide('2', approve, { ...WU, id: 'ma' }), { refused: 'proposal-same-person' })
  const approvals = await Promise.all([WU, XU].map((by) => eyes.decide('2', approve, by)))
  t.match(approvals, [{ status: 'in-force' }, { refused: 'proposal-decided' }])
  t.equal(rate(), '7000')

  // Past everything above: the ledger itself takes nothing that was not approved.
  const { inForce } = (await eyes.proposal('2')) as Proposal
  const other = { ...inForce, packs: [{ id: 'sample', hash: 'f'.repeat(64) }] }
  for (const proposal of [{}, { proposal: '1' }, { proposal: '2' }]) {
    const cause = { cause: 'reload', by: 'li', now: BEGAN, ...proposal } as const
    t.match(await activate(ledger, other, cause), { outcome: 'not-approved' })
  }
})

t.test('what is approved is what was proposed', async (t) => {
  const { open, writeRate } = world(t)
  const { eyes, rate, status, proposed } = await open()
  writeRate('7000')
  await proposed()
  writeRate('8000')
  t.match(await eyes.decide('1', approve, WU), { refused: 'proposal-changed' })
  writeRate('80000')
  const faulty = await eyes.decide('1', approve, WU)
  t.match(faulty, { refused: 'proposal-changed', more: { problems: [/rate\.yaml/] } })
  t.match(await eyes.reload(LI), { errors: [/rate\.yaml/], proposal: undefined })
  t.match(eyes.status.refused, { by: 'li', errors: [/rate\.yaml/] })
  t.same([rate(), await status('1')], ['6000', 'open'])
  writeRate('7500')
  const { id } = await proposed({ note: 'as resolved in March' }, MA)
  t.match(await eyes.proposal('1'), {
    status: 'withdrawn',
    ended: { by: MA, reason: 'replaced by proposal 2' },
  })
  t.match(await eyes.decide(id, { act: 'withdraw', reason: 'too early' }, MA), {
    status: 'withdrawn',
  })
  t.match(
    (await eyes.proposals()).map(({ id, status }) => [id, status]),
    [
      ['2', 'withdrawn'],
      ['1', 'withdrawn'],
    ],
  )
})

t.test('in force at a later time, also past a restart', async (t) => {
  const { open, writeRate, clock, activations, failures } = world(t)
  const first = await open()
  writeRate('7000')
  const effectiveAt = BEGAN + 2 * HOUR
  t.match(await first.eyes.propose({ effectiveAt: BEGAN }, LI), { refused: 'invalid-request' })
  await first.proposed({ effectiveAt })
  t.match(await first.eyes.decide('1', approve, WU), { status: 'approved', effectiveAt })
  await first.eyes.wake()
  t.equal(first.rate(), '6000', 'its time has not come')
  await first.eyes.close()

  clock.now = effectiveAt - 1
  const second = await open()
  t.equal(second.rate(), '6000')
  await second.eyes.close()
  clock.now = effectiveAt + 1
  const third = await open()
  t.same([third.rate(), await third.status('1')], ['7000', 'in-force'])
  t.match((await activations()).at(-1), { at: effectiveAt + 1, by: 'wu', proposal: { id: '1' } })

  // Edited after the approval: it lapses, and what the files hold now is only proposed.
  writeRate('7500')
  const later = { effectiveAt: clock.now + HOUR }
  await third.proposed(later)
  await third.eyes.decide('2', approve, WU)
  writeRate('7600')
  t.match(await third.eyes.reload(FILES), { proposal: { id: '2' } }, 'and still waits')
  clock.now += HOUR
  await third.eyes.wake()
  await third.eyes.quiet()
  t.match(await third.eyes.proposal('2'), {
    status: 'lapsed',
    ended: { reason: /no longer those/ },
  })
  t.match(await third.eyes.proposal('3'), { status: 'open', by: FILES })
  t.equal(third.rate(), '7000')

  // A checker stops an approved one in time.
  writeRate('7700')
  await third.proposed({ effectiveAt: clock.now + HOUR })
  await third.eyes.decide('4', approve, WU)
  t.match(await third.eyes.decide('4', { act: 'reject', reason: 'not funded' }, XU), {
    status: 'rejected',
  })
  clock.now += HOUR
  await third.eyes.wake()
  t.equal(third.rate(), '7000')
  t.same(failures, [])
})

t.test('the folder no longer decides at a start', async (t) => {
  const { open, writeRate, activations } = world(t)
  const first = await open()
  await first.eyes.close()
  writeRate('7000')
  const second = await open()
  t.equal(second.rate(), '6000')
  t.match(await second.eyes.proposal('1'), { status: 'open', by: FILES })
  t.equal((await activations()).length, 1)
  await second.eyes.close()
  // With errors in the files, what is in force is in force all the same.
  writeRate('70000')
  const third = await open()
  t.equal(third.rate(), '6000')
  t.match(third.eyes.status.refused, { by: 'files', errors: [/rate\.yaml/] })
})

t.test('going back takes two as well, but no comparison', async (t) => {
  const { open, writeRate } = world(t)
  const { eyes, rate, proposed } = await open()
  t.match(await eyes.rollback({}, LI), { impossible: /no version before/ })
  writeRate('7000')
  await proposed()
  await eyes.decide('1', approve, WU)
  t.equal(rate(), '7000')
  const back = eyes.rollback({}, MA)
  const [, approved] = await Promise.all([back, eyes.decide('2', approve, WU)])
  t.match(await back, { proposal: { id: '2', cause: 'rollback' } })
  t.match(approved, { status: 'in-force' }, 'before it was assessed')
  t.equal(rate(), '6000')
  t.match(await eyes.reload(FILES), { errors: [], proposal: undefined }, 'the files are overruled')
  t.equal(isRefusal(await eyes.proposal('3')), true)
})

/** What is done to whoever decides before it is their turn; nothing is for whoever is no member. */
t.test('who has lost their office since they asked decides nothing', async (t) => {
  const { ledger, open, writeRate } = world(t)
  const { eyes, rate, proposed, status } = await open()
  writeRate('7000')
  await proposed()
  const reject = { act: 'reject', reason: 'no' } as const
  const withdraw = { act: 'withdraw' } as const
  const decisions = [
    [approve, XU],
    [reject, XU],
    [withdraw, LI],
  ] as const
  await keepStaffAct(ledger, 'xu', 'staff-enrolled', { role: 'policy-checker' })
  await keepStaffAct(ledger, 'li', 'staff-enrolled', { role: 'policy-maker' })
  for (const [act, details, undo, given] of [
    ['staff-suspended', null, 'staff-reinstated', () => null],
    ['staff-role-changed', { role: 'auditor' }, 'staff-role-changed', (role: string) => ({ role })],
  ] as const) {
    for (const [decision, by] of decisions) {
      await keepStaffAct(ledger, by.id, act, details)
      t.match(await eyes.decide('1', decision, by), { refused: 'session-ended' }, decision.act)
      await keepStaffAct(ledger, by.id, undo, given(by.role))
    }
  }
  t.equal(await status('1'), 'open')

  // Between the look at who approves and the keeping of it.
  const suspended = overtaken(ledger, staffSubject('xu'), () =>
    keepStaffAct(ledger, 'xu', 'staff-suspended'),
  )
  t.match(
    await actOnProposal(
      suspended.ledger,
      '1',
      { act: 'approved', details: null },
      { by: XU, now: BEGAN },
    ),
    { refused: 'session-ended' },
    'a suspension that comes first',
  )
  t.equal(suspended.looks, 2)
  t.equal(rate(), '6000')
  await keepStaffAct(ledger, 'xu', 'staff-reinstated')
  t.match(await eyes.decide('1', approve, XU), { status: 'in-force' })
})

/** Between the look at what is in force and the keeping of the approval. */
t.test('what has come into force since it was proposed is not overruled', async (t) => {
  const { ledger, open, writeRate } = world(t)
  const { proposed, status } = await open()
  writeRate('7000')
  await proposed()
  const other = settlement('R1', 1, { subjects: [POLICY_SUBJECT], deltas: [] })
  const renewed = overtaken(ledger, POLICY_SUBJECT, () =>
    ledger.append({ entries: [other], guards: [] }),
  )
  t.match(
    await actOnProposal(
      renewed.ledger,
      '1',
      { act: 'approved', details: null },
      { by: WU, now: BEGAN },
    ),
    { refused: 'proposal-changed' },
  )
  t.equal(renewed.looks, 2)
  t.equal(await status('1'), 'open')
})
