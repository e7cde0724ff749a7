import t, { type Test } from 'tap'
import { positionOf } from '../../engine/claim/ids.ts'
import { settlementAt } from '../../engine/counter/booked.ts'
import { L2, line, messageId, paidElsewhere, stay } from '../../fixtures/counter/bills.ts'
import { hospitalOf, resident } from '../../fixtures/counter/records.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'

/** What the institution states of the single bill. The sums are worked out in case 2132. */
const QUOTES = '/v1/quotes'
const SETTLEMENTS = '/v1/settlements'
const HERE = 'H99113200002'

interface Stated {
  readonly name: unknown
  readonly value?: unknown
}

const babies = (value: unknown): Stated => ({ name: 'babies', value })

async function open(t: Test) {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  counter.addTestCity('stated-facts')
  t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
  counter.putPerson(resident('MOTHER', '991132'))
  counter.putInstitution(hospitalOf(HERE, 2))
  return { counter, hospital: counter.as(HERE) }
}

const CHILDBIRTH = {
  personId: 'MOTHER',
  careType: 'maternity',
  admittedOn: '2020-03-01',
  dischargedOn: '2020-03-05',
}

function birth(...attributes: readonly Stated[]) {
  return { ...CHILDBIRTH, institutionId: HERE, lines: [line(1_000_000)], attributes }
}

const paid = (fundFen: number) => ({ amounts: { fundFen } })

function refused(pointer: string, code: string, expected: string) {
  return {
    status: 422,
    body: { code: 'attribute-invalid', errors: [{ pointer, code, expected }] },
  }
}

t.test('stated, quoted, settled, read back, billed anew', async (t) => {
  const { counter, hospital } = await open(t)
  const { attributes: _, ...plain } = birth()
  t.match(await hospital.post(QUOTES, plain), { status: 200, body: paid(200_000) }, 'not stated')
  t.match(await hospital.post(QUOTES, birth()), { status: 200, body: paid(200_000) }, 'none')
  const quoted = await hospital.post(QUOTES, birth(babies(2)))
  t.match(quoted, { status: 200, body: paid(250_000) })
  t.equal((await hospital.postMsgpack(QUOTES, birth(babies(2)))).body.amounts.fundFen, 250_000)
  const { quoteId } = quoted.body

  const message = { requestId: messageId(HERE), quoteId, ...birth(babies(2)) }
  for (const other of [birth(babies(3)), birth(), plain]) {
    const moved = await hospital.post(SETTLEMENTS, { ...message, attributes: undefined, ...other })
    t.match(moved, { status: 422, body: { code: 'quote-mismatch' } }, 'another claim is not quoted')
  }
  const booked = await hospital.post(SETTLEMENTS, message)
  t.match(booked, { status: 201, body: paid(250_000) })
  const again = await hospital.post(SETTLEMENTS, message)
  t.equal(again.bytes, booked.bytes)
  t.match(
    await hospital.post(SETTLEMENTS, { ...message, ...birth(babies(1)) }),
    { status: 422, body: { code: 'request-id-reused' } },
    'another statement is another request',
  )
  const { settlementId } = booked.body
  t.equal((await hospital.get(`${SETTLEMENTS}/${settlementId}`)).bytes, booked.bytes)
  const { record } = settlementAt(counter.ports, positionOf(settlementId)!)
  t.strictSame(record.claim.attributes, [babies(2)], 'the row keeps what was stated')
  t.match(record.decision.facts, { babies: 2, delivery: 'none' })

  const rebill = (...stated: Stated[]) =>
    hospital.post('/v1/rebills', {
      requestId: messageId(HERE),
      settlementId,
      replacement: birth(...stated),
    })
  t.match(
    await rebill(babies(2), { name: 'delivery', value: 'forceps' }),
    refused('/replacement/attributes/1/value', 'not-allowed', 'caesarean'),
  )
  t.match(await rebill(babies(3), { name: 'delivery', value: 'caesarean' }), {
    status: 201,
    body: { reversal: paid(-250_000), settlement: paid(400_000) },
  })
})

t.test('what the policy does not know is refused', async (t) => {
  const { counter, hospital } = await open(t)
  const all = 'babies, delivery, visitKind, months, injury'
  const cases: readonly [Stated[], ...Parameters<typeof refused>][] = [
    [[{ name: 'infants', value: 2 }], '/attributes/0/name', 'unknown', all],
    [[{ name: '__proto__', value: 2 }], '/attributes/0/name', 'unknown', all],
    [[{ name: 'age', value: 2 }], '/attributes/0/name', 'unknown', all],
    [[babies(1), babies(1)], '/attributes/1/name', 'duplicate', 'each name once'],
    [[babies('2')], '/attributes/0/value', 'not-allowed', 'a whole number from 0'],
    [[{ name: 'visitKind', value: 1 }], '/attributes/0/value', 'not-allowed', 'first, return'],
    [[{ name: 'visitKind', value: 'none' }], '/attributes/0/value', 'not-allowed', 'first, return'],
  ]
  for (const [stated, ...fault] of cases) {
    const bill = birth(...stated)
    const [pointer] = fault
    const why = `${JSON.stringify(stated)} ${pointer}`
    t.match(await hospital.post(QUOTES, bill), refused(...fault), `${why}, quoted`)
    const message = { requestId: messageId(HERE), ...bill }
    t.match(await hospital.post(SETTLEMENTS, message), refused(...fault), `${why}, settled`)
  }
  // A city that declares none.
  t.match(
    await counter.as(L2).post(QUOTES, stay(1, { attributes: [babies(2)] })),
    refused('/attributes/0/name', 'unknown', 'none'),
  )
})

t.test('what the form does not allow', async (t) => {
  const { hospital } = await open(t)
  const cases: readonly [unknown, pointer: string][] = [
    [{ babies: 2 }, '/attributes'],
    [[babies(-1)], '/attributes/0/value'],
    [[babies(1.5)], '/attributes/0/value'],
    [[babies(1e9 + 1)], '/attributes/0/value'],
    [[babies(null)], '/attributes/0/value'],
    [[babies(true)], '/attributes/0/value'],
    [[babies('two babies')], '/attributes/0/value'],
    [[{ name: 'ba bies', value: 2 }], '/attributes/0/name'],
    [[{ name: 'babies' }], '/attributes/0/value'],
    [[{ ...babies(2), from: '2020-01-01' }], '/attributes/0/from'],
    [Array.from({ length: 21 }, () => babies(1)), '/attributes'],
  ]
  for (const [attributes, pointer] of cases) {
    const reply = await hospital.post(QUOTES, { ...birth(), attributes })
    t.match(
      reply,
      { status: 400, body: { code: 'invalid-request', errors: [{ pointer }] } },
      `${JSON.stringify(attributes)?.slice(0, 60)}`,
    )
  }
  // The largest number is one that can be computed with: the fund pays the bill.
  const most = await hospital.post(QUOTES, birth(babies(1e9)))
  t.match(most, { status: 200, body: paid(1_000_000) })
})

t.test('a bill paid elsewhere states it, too', async (t) => {
  const { counter } = await open(t)
  const claim = (invoice: string, ...attributes: Stated[]) =>
    counter.as('agency').post('/v1/manual-claims', {
      requestId: messageId('agency'),
      ...paidElsewhere(invoice, { ...CHILDBIRTH, attributes }),
    })
  const booked = await claim('1', babies(2))
  t.match(booked, { status: 201, body: paid(250_000) })
  const { record } = settlementAt(counter.ports, positionOf(booked.body.settlementId)!)
  t.match(record.claim, { attributes: [babies(2)], manual: { invoiceNumber: '1' } })
  t.match(
    await claim('2', { name: 'infants', value: 2 }),
    refused('/attributes/0/name', 'unknown', 'babies, delivery, visitKind, months, injury'),
  )
})

t.test('before there is a bill nothing is stated', async (t) => {
  const { hospital } = await open(t)
  const { status, body } = await hospital.get('/v1/persons/MOTHER/benefits?on=2020-03-01')
  t.equal(status, 200)
  t.strictSame(
    body.remaining,
    { accountBalanceFen: 0 },
    'a limit by the number of babies is left out',
  )
})
