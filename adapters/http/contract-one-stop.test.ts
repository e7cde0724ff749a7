import t from 'tap'
import { line, messageId, stay } from '../../fixtures/counter/bills.ts'
import { hospitalOf, resident } from '../../fixtures/counter/records.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'

/**
 * 一站式结算 over HTTP: one settlement runs pool, supplement, serious illness, aid and tilt aid. The
 * district of 渝北 published this bill and its answer (www.ybq.gov.cn, 2023-10-30): a member of a
 * 低保边缘 household, 52,000.00 yuan at level 2, 50,000.00 of them in scope.
 */
const HOSPITAL = 'H50011200001'

const FUNDS = [
  { fund: 'resident-pool', baseFen: 4_970_000, payFen: 3_479_000 },
  // Named without figures: it pays nothing.
  { fund: 'resident-large-sum', baseFen: 0, payFen: 0 },
  // What the patient is left with, 15,210.00, stays below the deductible.
  {
    fund: 'serious-illness',
    baseFen: 0,
    payFen: 0,
    reason: { code: 'nothing-above-deductible' },
  },
  { fund: 'medical-aid', baseFen: 1_521_000, payFen: 1_064_700 },
  { fund: 'tilt-aid', baseFen: 156_300, payFen: 93_780 },
]

const EXAMPLE = {
  policy: { pack: 'chongqing' },
  scheme: 'resident',
  benefitYear: 2023,
  amounts: {
    totalFen: 5_200_000,
    ownPayFen: 200_000,
    inScopeFen: 5_000_000,
    deductibleFen: 30_000,
    fundFen: 4_637_480,
    patientFen: 562_520,
    cashFen: 562_520,
  },
  lines: [
    { lineId: '1', inScopeFen: 5_000_000 },
    { lineId: '2', ownPayFen: 200_000 },
  ],
  clearing: { homeDistrict: '500112', careDistrict: '500112', institutionId: HOSPITAL },
}

t.test('from quote to reversal', async (t) => {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const household = ['low-income-margin']
  counter.putPerson(resident('MARGIN', '500112', { grade: 1 }, household))
  counter.putInstitution(hospitalOf(HOSPITAL, 2))
  const at = counter.as(HOSPITAL)
  const claim = stay(1, {
    personId: 'MARGIN',
    institutionId: HOSPITAL,
    admittedOn: '2023-10-10',
    dischargedOn: '2023-10-20',
    lines: [line(5_000_000), line(200_000, { lineId: '2', code: 'DEMO-C' })],
  })
  const benefits = async () => (await at.get('/v1/persons/MARGIN/benefits?on=2023-12-31')).body
  const before = await benefits()

  const quoted = await at.post('/v1/quotes', claim)
  t.match(quoted, { status: 200, body: { ...EXAMPLE, status: 'quoted' } })
  const { quoteId } = quoted.body
  const message = { requestId: messageId(HOSPITAL), quoteId, ...claim }
  const settled = await at.post('/v1/settlements', message)
  t.match(settled, { status: 201, body: { ...EXAMPLE, status: 'settled' } })
  const { funds, trace, settlementId } = settled.body
  t.match(funds, FUNDS)
  t.equal(funds.length, FUNDS.length, 'each fund once, those that pay nothing too')
  const paid = FUNDS.reduce((total, { payFen }) => total + payFen, 0)
  t.equal(paid, EXAMPLE.amounts.fundFen)

  const about = (table: string) =>
    trace.find((step: { table?: string }) => step.table === `chongqing/resident/${table}`)
  t.match(about('serious-illness-deductible'), {
    step: 'deductible',
    result: { deductibleFen: 1_690_100 },
  })
  for (const step of trace.filter((one: { table?: string }) => one.table !== undefined)) {
    t.match(step, {
      row: Number,
      from: /^\d{4}-\d\d-\d\d$/,
      standing: /^(seed|published|assumed)$/,
    })
    if (step.standing !== 'assumed') t.ok(step.reference, `${step.table} has its clause`)
  }

  const packed = await at.postMsgpack('/v1/settlements', message)
  t.strictSame(packed.body, settled.body)
  t.equal((await at.get(`/v1/settlements/${settlementId}`)).bytes, settled.bytes)
  t.equal((await at.post('/v1/settlements', message)).bytes, settled.bytes)

  const { used, remaining } = await benefits()
  t.match(used, { 'resident-pool/paid/inpatient': 3_479_000, stays: 1 })
  t.equal(before.remaining.medicalAidFen - remaining.medicalAidFen, 1_064_700)
  t.equal(before.remaining.tiltAidFen - remaining.tiltAidFen, 93_780)
  const back = await at.post(`/v1/settlements/${settlementId}/reversal`, { requestId: 'BACK' })
  t.equal(back.status, 201)
  t.match(
    back.body.funds,
    FUNDS.map(({ fund, payFen }) => ({ fund, payFen: 0 - payFen })),
  )
  const { personVersion: _, ...after } = await benefits()
  const { personVersion: __, ...rest } = before
  t.strictSame(after, rest)
})
