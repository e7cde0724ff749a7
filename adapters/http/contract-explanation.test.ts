import { SaxesParser } from 'saxes'
import t from 'tap'
import {
  L1,
  L2,
  line,
  messageId,
  paidElsewhere,
  stay,
  visit,
} from '../../fixtures/counter/bills.ts'
import { hospitalOf, resident } from '../../fixtures/counter/records.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'

/**
 * The page of a settlement over HTTP. What it says of every layer and step is tested on all shipped
 * cases in adapters/pages/settlement.
 */
async function open(t: { teardown(end: () => unknown): void }) {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const at = counter.as(L2)
  const settle = async (body: object, requestId = messageId()) =>
    (await at.post('/v1/settlements', { requestId, ...body })).body
  const pageOf = (id: string, query = '', headers = {}) =>
    at.get(`/v1/settlements/${id}/explanation${query}`, headers)
  return { counter, at, settle, pageOf }
}

/** The text of a page cell by cell; throws where it is not well-formed, or has what it should not. */
function read(html: string): { lang: string; text: string } {
  const parser = new SaxesParser()
  let lang = ''
  let text = ''
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'html') lang = attributes['lang'] ?? ''
    const loads = ['src', 'href', 'srcset', 'action'].filter((one) => one in attributes)
    const acts = Object.keys(attributes).filter((one) => one === 'style' || /^on/.test(one))
    if (loads.length + acts.length > 0 || /script|link|iframe|img/.test(name)) {
      throw new Error(`<${name} ${[...loads, ...acts].join(' ')}>`)
    }
  })
  parser.on('closetag', ({ name }) => {
    if (/^(t[dh]|p|h\d|dt|dd|li|div)$/.test(name)) text += '|'
  })
  parser.on('text', (piece) => {
    text += piece.replaceAll(/\s+/g, ' ')
  })
  parser.write(html.replace('<!doctype html>', '')).close()
  return { lang, text }
}

t.test('the published bill, step by step, in both languages', async (t) => {
  const { counter } = await open(t)
  const hospital = 'H50011200001'
  counter.putPerson(resident('MARGIN', '500112', { grade: 1 }, ['low-income-margin']))
  counter.putInstitution(hospitalOf(hospital, 2))
  const at = counter.as(hospital)
  const claim = stay(1, {
    personId: 'MARGIN',
    institutionId: hospital,
    admittedOn: '2023-10-10',
    dischargedOn: '2023-10-20',
    lines: [line(5_000_000), line(200_000, { lineId: '2', code: 'DEMO-C' })],
  })
  const { body } = await at.post('/v1/settlements', { requestId: 'YB-1', ...claim })
  const url = `/v1/settlements/${body.settlementId}/explanation`
  const arithmetic = [
    '(50,000.00 − 300.00) × 70 % = 34,790.00',
    '(15,210.00 − 15,210.00) × 60 % = 0.00',
    '15,210.00 × 70 % = 10,647.00',
    '(4,563.00 − 3,000.00) × 60 % = 937.80',
    '52,000.00 − 46,374.80 = 5,625.20',
  ]
  const pages = [
    ['', 'zh-CN', ['较小者（16,901.00；15,210.00） = 15,210.00', '未超过起付线 16,901.00 元']],
    ['?lang=zh', 'zh-CN', ['假定，非该市规定', '2023年10月10日', '低保边缘家庭成员']],
    ['?lang=en', 'en', ['the smaller of (16,901.00; 15,210.00)', '10 October 2023']],
  ] as const
  for (const [query, lang, also] of pages) {
    const reply = await at.get(url + query)
    t.match(reply, {
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': /^default-src 'none'; style-src 'sha256-[\w+/]+='; /,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      },
    })
    const page = read(reply.body)
    t.equal(page.lang, lang)
    const { hash } = body.policy
    for (const said of [...arithmetic, ...also, body.settlementId, 'MARGIN', hospital, hash]) {
      t.ok(page.text.includes(said), `${query} ${said}`)
    }
  }
  const [zh, again] = [await at.get(url), await counter.as('agency').get(`${url}?lang=zh`)]
  t.equal(zh.bytes, again.bytes, 'the agency sees the same, and Chinese is what is not asked for')
})

t.test('who may see it, and in which form', async (t) => {
  const { counter, at, settle, pageOf } = await open(t)
  const { settlementId: id } = await settle(stay(1_000_000))
  const url = `/v1/settlements/${id}/explanation`
  const refusals = [
    [counter.as(L1), url, {}, 404, 'settlement-not-found'],
    [at, '/v1/settlements/S999999/explanation', {}, 404, 'settlement-not-found'],
    [at, '/v1/settlements/R1/explanation', {}, 404, 'settlement-not-found'],
    [at, `${url}?lang=fr`, {}, 400, 'invalid-request'],
    [at, `${url}?lang=`, {}, 400, 'invalid-request'],
    [at, `${url}?tongue=en`, {}, 400, 'invalid-request'],
    [at, url, { authorization: '' }, 401, 'unauthorized'],
    [counter.as('policy'), url, {}, 403, 'role-not-allowed'],
    [counter.as('registry'), url, {}, 403, 'role-not-allowed'],
    [at, url, { accept: 'application/json' }, 406, 'not-acceptable'],
    [at, url, { accept: 'text/html;q=0, */*' }, 406, 'not-acceptable'],
  ] as const
  for (const [who, address, headers, status, code] of refusals) {
    const reply = await who.get(address, headers)
    t.match(reply, { status, body: { code } }, `${address} ${JSON.stringify(headers)}`)
  }
  for (const accept of ['text/html', 'text/*', '*/*', 'application/json, text/html;q=0.1', '']) {
    t.equal((await pageOf(id, '', { accept })).status, 200, `accept: ${accept}`)
  }
})

t.test('what was sent is shown as text, whatever it is', async (t) => {
  const { settle, pageOf } = await open(t)
  const nasty = `<script>alert("1")</script>&'`
  const { settlementId } = await settle(
    stay(1, { lines: [line(1_000_000, { lineId: nasty.slice(0, 32) })] }),
  )
  const { body } = await pageOf(settlementId)
  t.ok(read(body).text.includes(nasty.slice(0, 32)))
  t.notOk(body.includes('<script'))
})

t.test('reversed, replaced, paid from an account, claimed by hand', async (t) => {
  const { counter, at, settle, pageOf } = await open(t)
  const text = async (id: string) => read((await pageOf(id)).body).text
  const wrong = await settle(stay(3_000_000))
  t.notOk((await text(wrong.settlementId)).includes('已撤销'))
  const replacement = stay(2_000_000)
  const rebill = {
    requestId: 'RB',
    settlementId: wrong.settlementId,
    reason: '明细有误',
    replacement,
  }
  const { reversal, settlement } = (await at.post('/v1/rebills', rebill)).body
  const old = await text(wrong.settlementId)
  for (const said of ['本笔结算已撤销', reversal.reversalId, '明细有误', settlement.settlementId]) {
    t.ok(old.includes(said), said)
  }
  const instead = await text(settlement.settlementId)
  t.ok(instead.includes(`本笔结算替代原结算 ${wrong.settlementId}`))
  t.notOk(instead.includes('已撤销'))
  const agency = counter.as('agency')
  const url = `/v1/settlements/${settlement.settlementId}`
  await agency.post(`${url}/reversal`, { requestId: 'UNDO' })
  t.ok((await text(settlement.settlementId)).includes('按结算单号撤销'))

  const paid = await settle(visit(100_000, { personId: 'CQE1', account: { maxFen: 20_000 } }))
  t.ok(paid.amounts.accountFen > 0)
  t.ok((await text(paid.settlementId)).includes('其中个人账户'))

  const byHand = await agency.post('/v1/manual-claims', {
    requestId: 'BY-HAND',
    ...paidElsewhere('INVOICE-7'),
  })
  const page = await agency.get(`/v1/settlements/${byHand.body.settlementId}/explanation`)
  for (const said of ['INVOICE-7', '成都市第一医院', '您最终负担', '手工报销']) {
    t.ok(read(page.body).text.includes(said), said)
  }
})

t.test('the version that decided is the one that is shown', async (t) => {
  const { counter, settle, pageOf } = await open(t)
  const officer = counter.as('policy')
  const { settlementId: id, policy } = await settle(stay(1_000_000))
  const before = (await pageOf(id)).bytes
  const rate = 'chongqing/resident/inpatient-rate.yaml'
  counter.editRules(rate, 'level: 2, ratePermyriad: 6000', 'level: 2, ratePermyriad: 5000')
  t.equal((await officer.post('/v1/policy/reload', {})).status, 200)
  const later = await settle(stay(1_000_000))
  t.not(later.policy.hash, policy.hash)
  t.equal((await pageOf(id)).bytes, before, 'after a change')
  const changed = (await pageOf(later.settlementId)).bytes
  t.equal((await officer.post('/v1/policy/rollback', {})).status, 200)
  t.equal((await pageOf(id)).bytes, before, 'after a rollback')
  t.equal((await pageOf(later.settlementId)).bytes, changed, 'of the version rolled back, too')

  Object.assign(counter.ports, { packByHash: () => undefined })
  t.match(await pageOf(id), {
    status: 422,
    body: { code: 'policy-version-missing', pack: 'chongqing', hash: policy.hash },
  })
})
