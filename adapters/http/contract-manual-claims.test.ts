import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import {
  ELSEWHERE,
  L2,
  L3,
  line,
  messageId,
  paidElsewhere,
  stay,
} from '../../fixtures/counter/bills.ts'
import { emergencyReport, hospitalOf } from '../../fixtures/counter/records.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'

/** 手工报销: a bill paid in full elsewhere, booked by the agency, each invoice once. */
const MANUAL = '/v1/manual-claims'
const SETTLEMENTS = '/v1/settlements'
const OUTSIDE = `H${ELSEWHERE}00001`
const ADMITTED = '2012-09-28'

async function open(t: { teardown(end: () => unknown): void }) {
  const counter = await openTestCounter({
    keys: { 'demo-agency-2': { role: 'agency', id: 'agency-2' } },
  })
  t.teardown(() => counter.close())
  counter.putInstitution(hospitalOf(OUTSIDE, 2))
  // Saturday the 29th was worked, the holidays end on 7 October: these are working days 5 and 6.
  const report = (id: string, registeredOn: string) =>
    counter.putApproval(emergencyReport(id, 'CQR1', ELSEWHERE, [ADMITTED, registeredOn]))
  report('DAY5', '2012-10-11')
  report('DAY6', '2012-10-12')
  const agency = counter.as('agency')
  return {
    counter,
    agency,
    claim: (invoice: string, more: object = {}, requestId = messageId('agency')) =>
      agency.post(MANUAL, { requestId, ...paidElsewhere(invoice, more) }),
    reverse: (settlementId: string, requestId = messageId('agency')) =>
      agency.post(`${SETTLEMENTS}/${settlementId}/reversal`, { requestId }),
    benefits: async (personId = 'CQR1') => {
      const { body } = await agency.get(`/v1/persons/${personId}/benefits?on=2012-12-31`)
      const { personVersion: _, ...year } = body
      return year
    },
    head: () => counter.booked,
  }
}

const CLAIMED = { status: 422, body: { code: 'invoice-already-claimed' } }

t.test('from the counter elsewhere to the agency and back', async (t) => {
  const { counter, agency, claim, reverse, benefits, head } = await open(t)
  const before = await benefits()
  const atTheCounter = stay(1_000_000, {
    institutionId: OUTSIDE,
    admittedOn: ADMITTED,
    dischargedOn: '2012-10-20',
    approvalId: 'DAY5',
  })
  const outside = counter.as(OUTSIDE)
  for (const url of ['/v1/quotes', SETTLEMENTS]) {
    const id = url === SETTLEMENTS ? { requestId: messageId(OUTSIDE) } : {}
    t.match(await outside.post(url, { ...id, ...atTheCounter }), {
      status: 422,
      body: { code: 'pay-first-claim-by-hand' },
    })
  }
  t.equal((await benefits()).used.stays, undefined, 'nothing was booked there')

  const booked = await claim('00012345', { approvalId: 'DAY5' }, 'M1')
  t.match(booked, {
    status: 201,
    body: {
      requestId: 'M1',
      status: 'settled',
      policy: { pack: 'chongqing' },
      benefitYear: 2012,
      amounts: {
        totalFen: 1_000_000,
        deductibleFen: 30_000,
        fundFen: 582_000,
        patientFen: 418_000,
        accountFen: 0,
        cashFen: 418_000,
      },
      funds: [{ fund: 'resident-pool', baseFen: 970_000, payFen: 582_000 }],
      clearing: { homeDistrict: '500113', careDistrict: ELSEWHERE, institutionId: 'demo-agency' },
    },
  })
  t.notOk(booked.headers['idempotency-replayed'])
  const { settlementId } = booked.body
  t.match(await benefits(), { used: { stays: 1, 'resident-pool/paid/inpatient': 582_000 } })

  const after = head()
  const again = await claim('00012345', { approvalId: 'DAY5' }, 'M1')
  t.equal(again.status, 200)
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal(again.bytes, booked.bytes)
  t.match(await claim('00012345', { approvalId: 'DAY6' }, 'M1'), {
    status: 422,
    body: { code: 'request-id-reused', errors: [{ pointer: '/requestId' }] },
  })
  for (const more of [{}, { personId: 'CQR2' }, { hospitalName: '另一家医院', hospitalLevel: 3 }]) {
    t.match(await claim('00012345', more), {
      ...CLAIMED,
      body: { errors: [{ pointer: '/invoiceNumber', code: 'already-claimed' }] },
    })
  }
  const others = { requestId: 'M1', ...paidElsewhere('00012345') }
  t.match(await counter.as('agency-2').post(MANUAL, others), CLAIMED, 'by whichever agency')
  t.equal(head(), after, 'none of these was booked')

  for (const who of ['agency', 'agency-2']) {
    const found = await counter.as(who).get(`${SETTLEMENTS}/${settlementId}`)
    t.equal(found.status, 200, who)
    t.equal(found.bytes, booked.bytes, who)
  }
  for (const who of [OUTSIDE, L2]) {
    const hospital = counter.as(who)
    const unseen = { status: 404, body: { code: 'settlement-not-found' } }
    t.match(await hospital.get(`${SETTLEMENTS}/${settlementId}`), unseen, who)
    t.match(await hospital.get(`${SETTLEMENTS}?requestId=M1`), unseen, who)
    const url = `${SETTLEMENTS}/${settlementId}/reversal`
    t.match(await hospital.post(url, { requestId: messageId(who) }), unseen, who)
  }

  const reversal = await reverse(settlementId, 'R1')
  t.match(reversal, {
    status: 201,
    body: { reversalOf: settlementId, amounts: { fundFen: -582_000, cashFen: -418_000 } },
  })
  t.strictSame(await benefits(), before)
  t.equal((await reverse(settlementId, 'R1')).bytes, reversal.bytes)
  t.equal((await claim('00012345', { approvalId: 'DAY5' }, 'M1')).bytes, booked.bytes)
  t.match(await agency.get(`${SETTLEMENTS}/${settlementId}`), {
    body: { reversedBy: reversal.body.reversalId },
  })

  // The invoice is free again. A day late: 300 x 1.05, and 5 points less.
  const late = await claim('00012345', { approvalId: 'DAY6' })
  t.match(late, { status: 201, body: { amounts: { deductibleFen: 31_500, fundFen: 532_675 } } })
  t.match(await claim('00012345'), CLAIMED)
})

t.test('which invoice is which', async (t) => {
  const { counter, claim, head } = await open(t)
  t.equal((await claim('A-1')).status, 201)
  t.equal((await claim('A-1', { hospitalDistrict: '510106' })).status, 201, "a district's own")
  t.equal((await claim('a-1')).status, 201, 'letter by letter')
  t.match(await claim('A-1'), CLAIMED)

  const before = head()
  const refused = await claim('A-2', { lines: [line(1_000_000, { code: 'DEMO-Z' })] }, 'M2')
  t.match(refused, { status: 422, body: { code: 'unknown-item' } })
  t.equal(head(), before)
  t.equal((await claim('A-2', {}, 'M2')).status, 201, 'neither invoice nor id was used up')

  const [other, own] = [L3, L2].map((id) => counter.as(id))
  const settled = await own!.post(SETTLEMENTS, { requestId: 'M2', ...stay(100_000) })
  t.equal(settled.status, 201, 'ids of hospitals and of the agency are apart')
  t.match(await own!.get(`${SETTLEMENTS}?requestId=M2`), { body: settled.body })
  t.match(await other!.get(`${SETTLEMENTS}?requestId=M2`), { status: 404 })
})

t.test('two at once with one invoice: exactly one books', async (t) => {
  const { counter, claim, reverse, benefits } = await open(t)
  const before = await Promise.all([benefits('CQR1'), benefits('CQR2')])
  for (let round = 0; round < 10; round++) {
    // Both are computed before either is booked; of two persons, so that only the invoice is shared.
    counter.hold()
    const both = ['CQR1', 'CQR2'].map((personId) => claim('00012345', { personId }))
    for (let i = 0; i < 50; i++) await turn()
    counter.release()
    const replies = await Promise.all(both)
    t.strictSame(replies.map(({ status }) => status).sort(), [201, 422])
    t.match(
      replies.find(({ status }) => status === 422),
      CLAIMED,
    )
    await reverse(replies.find(({ status }) => status === 201)!.body.settlementId)
  }
  t.strictSame(await Promise.all([benefits('CQR1'), benefits('CQR2')]), before)

  // A terminal that did not wait for its answer.
  const same = await Promise.all([claim('00012345', {}, 'M1'), claim('00012345', {}, 'M1')])
  t.strictSame(same.map(({ status }) => status).sort(), [200, 201])
  t.equal(same[0]!.bytes, same[1]!.bytes)
})

t.test('what is no manual claim', async (t) => {
  const { counter, agency, claim, head } = await open(t)
  const before = head()
  for (const who of [L2, OUTSIDE, 'policy', 'registry']) {
    const message = { requestId: messageId(), ...paidElsewhere('00012345') }
    t.match(
      await counter.as(who).post(MANUAL, message),
      { status: 403, body: { code: 'role-not-allowed' } },
      who,
    )
  }
  const { invoiceNumber: _, ...withoutInvoice } = paidElsewhere('1') as Record<string, unknown>
  const faults: [object, string, string][] = [
    [paidElsewhere('1', { surprise: 1 }), '/surprise', 'unknown-field'],
    [paidElsewhere('1', { institutionId: L2 }), '/institutionId', 'unknown-field'],
    [paidElsewhere('1', { account: { maxFen: 1 } }), '/account', 'unknown-field'],
    [paidElsewhere('1', { quoteId: 'q' }), '/quoteId', 'unknown-field'],
    [paidElsewhere('1', { lines: [line(1, { x: 1 })] }), '/lines/0/x', 'unknown-field'],
    [withoutInvoice, '/invoiceNumber', 'missing'],
    [paidElsewhere(''), '/invoiceNumber', 'wrong-form'],
    [paidElsewhere('1 2'), '/invoiceNumber', 'wrong-form'],
    [paidElsewhere('1'.repeat(65)), '/invoiceNumber', 'wrong-form'],
    [paidElsewhere('1', { hospitalName: '' }), '/hospitalName', 'too-short'],
    [paidElsewhere('1', { hospitalDistrict: '51010' }), '/hospitalDistrict', 'wrong-form'],
    [paidElsewhere('1', { hospitalLevel: 4 }), '/hospitalLevel', 'too-large'],
    [paidElsewhere('1', { hospitalLevel: '2' }), '/hospitalLevel', 'wrong-type'],
    [paidElsewhere('1', { hospitalDesignated: 'yes' }), '/hospitalDesignated', 'wrong-type'],
    [paidElsewhere('1', { hospitalKind: 'inn' }), '/hospitalKind', 'not-one-of-the-values'],
  ]
  for (const [body, pointer, code] of faults) {
    const message = { requestId: messageId(), ...body }
    const expected = { status: 400, body: { code: 'invalid-request', errors: [{ pointer, code }] } }
    t.match(await agency.post(MANUAL, message), expected, `${pointer} ${code}`)
    t.match(await agency.postMsgpack(MANUAL, message), expected, `${pointer} ${code}, packed`)
  }
  t.equal(head(), before)
  t.equal((await claim('1')).status, 201)
})

t.test('in MessagePack', async (t) => {
  const { agency } = await open(t)
  const message = { requestId: 'P1', ...paidElsewhere('00012345', { approvalId: 'DAY5' }) }
  const packed = await agency.postMsgpack(MANUAL, message)
  t.equal(packed.status, 201)
  t.match(packed.headers['content-type'], /^application\/msgpack/)
  t.equal(packed.body.amounts.fundFen, 582_000)
  const again = await agency.postMsgpack(MANUAL, message)
  t.equal(again.status, 200)
  t.equal(again.bytes, packed.bytes)
  t.strictSame((await agency.post(MANUAL, message)).body, packed.body)
})
