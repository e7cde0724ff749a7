import t from 'tap'
import {
  approve,
  HOUR,
  keepStaffAct,
  LI,
  LI_CHECKS,
  WU,
  world,
  XU,
} from '../../fixtures/counter/four-eyes-world.ts'
import { keepAct } from '../access/acts.ts'
import { proposalSubject } from '../access/proposals.ts'
import { PUBLISHING_SUBJECT, setPublishing } from '../access/publishing.ts'
import { staffSubject } from '../access/staff.ts'
import { POLICY_SUBJECT } from '../counter/activations.ts'
import type { Requester } from '../counter/ports.ts'
import { verifyApprovals } from './approvals.ts'
import { Faults } from './fault.ts'

t.test('verify finds what came into force without the second person', async (t) => {
  const { ledger, clock, open, writeRate, activations } = world(t)
  const { eyes, proposed } = await open()
  const faults = async () => {
    const subjects = [
      ...[POLICY_SUBJECT, PUBLISHING_SUBJECT],
      ...['wu', 'xu', 'li', 'yu'].map(staffSubject),
    ]
    const loaded = await Promise.all(subjects.map((subject) => ledger.load(subject)))
    const found = new Faults()
    const state = (subject: string) => ({ ...loaded[subjects.indexOf(subject)]!, folded: 0 })
    verifyApprovals({ state }, ledger, found)
    return found.inOrder().map(({ kind, what }) => `${kind}: ${what}`)
  }
  writeRate('7000')
  await proposed()
  await eyes.decide('1', approve, WU)
  t.strictSame(await faults(), [], 'the first version, and one with its approval')

  const [first, second] = await activations()
  const { inForce } = first!
  const put = async (proposal?: { id: string; approval: number }, what = inForce) => {
    const before = (await activations()).at(-1)!.position
    const { outcome } = await ledger.append({
      entries: [
        {
          ...ledger.entry(second!.position)!,
          keys: [],
          requestHash: new Uint8Array(),
          subjects: [POLICY_SUBJECT],
          content: { cause: 'rollback', before, inForce: what, ...(proposal && { proposal }) },
        },
      ],
      guards: [],
    })
    t.equal(outcome, 'appended')
    return (await faults()).slice(-1)
  }
  /** A proposal by Li that `by` approves of, past all that the engine asks. */
  const kept = async (id: string, by: Requester, base: number, effectiveAt = clock.now) => {
    const subject = proposalSubject(id)
    const details = { hash: '', inForce, cause: 'rollback', base, effectiveAt }
    const now = clock.now
    const act = await keepAct(
      ledger,
      { by: LI, act: 'proposed', subject, details },
      { seen: 0, now },
    )
    const { position: seen } = act as { position: number }
    const approved = { by, act: 'approved', subject, details: null }
    const approval = await keepAct(ledger, approved, { seen, now })
    return { id, approval: (approval as { position: number }).position }
  }
  const last = async () => (await activations()).at(-1)!.position
  const { proposal } = second!
  for (const [what, planted, says] of [
    ['nobody', () => put(), /^approval: it takes two persons, and nobody approved of it$/],
    [
      'an approval that was used',
      () => put(proposal),
      /^approval: Something else has come into force/,
    ],
    ['one to come', () => put({ id: '1', approval: 1_000 }), /^approval: .* said to be row 1000$/],
    ['no approval', () => put({ id: '1', approval: proposal!.approval - 1 }), /^approval: .* open/],
    [
      'of another',
      () => put({ id: '9', approval: proposal!.approval }),
      /^approval: .* not on proposal 9/,
    ],
    ['no act', () => put({ id: '1', approval: 1 }), /^approval: its approval cannot be read/],
    ['oneself', async () => put(await kept('2', LI_CHECKS, await last())), /^approval: Proposal 2/],
    [
      'whoever is suspended',
      async () => {
        await keepStaffAct(ledger, 'yu', 'staff-enrolled', { role: 'policy-checker' })
        await keepStaffAct(ledger, 'yu', 'staff-suspended')
        return put(await kept('6', { ...WU, id: 'yu' }, await last()))
      },
      /^approval: who approved was not in office$/,
    ],
    ['early', async () => put(await kept('3', WU, await last(), clock.now + HOUR)), /not due/],
    [
      'something else',
      async () => put(await kept('4', WU, await last()), second!.inForce),
      /not what proposal 4 was approved with/,
    ],
  ] as const) {
    const before = (await faults()).length
    t.match(await planted(), [says], what)
    t.equal((await faults()).length, before + 1, what)
  }
  const before = await faults()
  t.strictSame(await put(await kept('5', WU, await last())), before.slice(-1), 'a good one')
  await keepStaffAct(ledger, 'xu', 'staff-enrolled', { role: 'policy-checker' })
  const inOffice = await kept('7', XU, await last())
  await keepStaffAct(ledger, 'xu', 'staff-suspended')
  t.strictSame(await put(inOffice), before.slice(-1), 'suspended later')
  await setPublishing(ledger, 'direct', clock.now)
  await put()
  t.strictSame(await faults(), before, 'nor any where one person is enough')
})
