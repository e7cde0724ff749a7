import t from 'tap'
import { readMessage } from '../../fixtures/nhsa/read-message.ts'
import { acceptedAnswer, answerToRefusal, refusedAnswer } from './answer.ts'
import { readBody, type TreeObject } from './body.ts'
import { Dictionaries } from './dictionaries.ts'
import { readEnvelope } from './envelope.ts'
import { Faults } from './faults.ts'
import { readInput } from './read-message.ts'
import { readNodes } from './read-node.ts'
import { TRANSACTIONS } from './spec/spec.ts'
import type { Output } from './write-node.ts'

const SERVICE = '/fsi/api/rsfComIfsService/callService'
const ANY = new Dictionaries()
const STAMP = {
  region: '330100',
  receivedAt: Date.UTC(2022, 0, 21, 16, 59, 59, 7),
  answeredAt: Date.UTC(2022, 0, 21, 17, 0, 0, 42),
  sequence: 42,
}
const NUMBER = { infcode: 'number' } as const

const request = (members: object) => ({
  infno: '2207',
  msgid: 'M1',
  fixmedins_code: 'H1',
  input: { data: SETTLE },
  ...members,
})
const SETTLE = {
  psn_no: 'P1',
  mdtrt_cert_type: '02',
  mdtrt_cert_no: '1',
  med_type: '11',
  medfee_sumamt: '1200',
  psn_setlway: '01',
  mdtrt_id: 'V1',
  chrg_bchno: 'B1',
  insutype: '310',
  acct_used_flag: '1',
  fulamt_ownpay_amt: 0,
  overlmt_selfpay: '0.00',
  preselfpay_amt: '.5',
  inscp_scp_amt: 1199.5,
}
const UNDO = { psn_no: 'P1', oinfno: '2207' }
const read = (message: unknown, path = SERVICE, codes = ANY) =>
  readMessage(Buffer.isBuffer(message) ? message : Buffer.from(textOf(message)), path, codes)
const textOf = (message: unknown) =>
  typeof message === 'string' ? message : JSON.stringify(message)

t.test('numbers stay the text that they were written as', async (t) => {
  const text = String.raw`{"a":4.520,"b":[-1,1.2E+3,true,null],"c":"5 \" 6, \\","d\\":7,"e":""}`
  t.same(readBody(Buffer.from(text)), {
    ok: true,
    value: { a: '4.520', b: ['-1', '1.2E+3', true, null], c: '5 " 6, \\', 'd\\': '7', e: '' },
  })
  t.ok(readBody(Buffer.from('\ufeff{"a":1}')).ok, 'a byte order mark')
  // A serial number may have 30 digits, and no double holds it.
  const long = '{"a":33010000000000000002577438,"b":"9007199254740993","c":[-1e400]}'
  t.same(readBody(Buffer.from(long)), {
    ok: true,
    value: { a: '33010000000000000002577438', b: '9007199254740993', c: ['-1e400'] },
  })
  for (const [text, code] of [
    ['{"a":9007199254740993,"a":1}', 'duplicate-key'],
    ['{"a":9007199254740993,"__proto__":1}', 'malformed-json'],
    ['{"a":9007199254740993,"b":"\\ud800"}', 'malformed-json'],
    ['{"a":9007199254740993', 'malformed-json'],
    ['{"a":09007199254740993}', 'malformed-json'],
  ] as const) {
    t.match(readBody(Buffer.from(text)), { ok: false, code }, text)
  }
})

t.test('both shapes of everything', async (t) => {
  const shapes: [what: string, message: object][] = [
    ['the plain one', {}],
    ['input as text', { input: JSON.stringify({ data: SETTLE }) }],
    ['a row as a list', { input: { data: [SETTLE] } }],
    ['names in other cases', { input: { DATA: { ...SETTLE, PSN_NO: 'P1' } } }],
    ['the same name twice with one value', { input: { data: { ...SETTLE, psnNo: 'P1' } } }],
    ['an empty namesake', { input: { data: { ...SETTLE, PSN_NO: null } } }],
    ['a suffix', { infno: '2207A' }],
    ['numbers for codes', { input: { data: { ...SETTLE, insutype: 310 } } }],
    ['extension as an object', { input: { data: { ...SETTLE, exp_content: { TRUM_FLAG: '0' } } } }],
    ['extension as a list', { input: { data: { ...SETTLE, exp_content: [{ TRUM_FLAG: 0 }] } } }],
    ['extension as text', { input: { data: { ...SETTLE, expContent: '{"TRUM_FLAG":"0"}' } } }],
    ['nothing in many ways', { input: { data: { ...SETTLE, invono: 'null', card_sn: ' NULL ' } } }],
  ]
  for (const [what, members] of shapes) {
    const answer = read(request(members))
    t.ok(answer.ok, what)
    if (!answer.ok) continue
    const { envelope, input } = answer.message
    const row = input.one('data')
    t.equal(envelope.base, '2207')
    t.equal(row.text('psn_no'), 'P1')
    t.equal(row.text('insutype'), '310')
    t.equal(row.amount('medfee_sumamt'), 120_000)
    t.equal(row.amount('inscp_scp_amt'), 119_950)
    t.equal(row.amount('preselfpay_amt'), 50)
    t.equal(row.amount('fulamt_ownpay_amt'), 0, 'zero is a number')
    t.equal(row.text('invono'), undefined)
    t.notOk(row.has('card_sn'))
    if (what.startsWith('extension')) t.same(row.object('exp_content'), { TRUM_FLAG: '0' })
  }
})

t.test('rows, quantities, times and traces of drugs', async (t) => {
  const line = {
    feedetl_sn: '33010000000000000002577438',
    mdtrt_id: 'V1',
    psn_no: 'P1',
    chrg_bchno: 'B1',
    rx_circ_flag: '0',
    fee_ocur_time: '2022-01-21',
    med_list_codg: 'X',
    medins_list_codg: 'X',
    det_item_fee_sumamt: '-12.5',
    cnt: -0.5,
    pric: '25.000000',
    bilg_dept_codg: '1',
    bilg_dept_name: '1',
    bilg_dr_codg: '1',
    bilg_dr_name: '1',
    hosp_appr_flag: '1',
    drug_trac_info: { drugTracCodg: '81', trdn_flag: 0 },
    er_flag: '1',
  }
  for (const feedetail of [line, [line]]) {
    const answer = read(request({ infno: '2204', input: { feedetail } }))
    if (!answer.ok) throw new Error(JSON.stringify(answer))
    const [row, ...others] = answer.message.input.many('feedetail')
    t.same(others, [])
    t.equal(row!.decimal('cnt'), '-0.5')
    t.equal(row!.number('cnt'), -5_000)
    t.equal(row!.decimal('pric'), '25')
    t.equal(row!.amount('det_item_fee_sumamt'), -1_250)
    t.equal(row!.date('fee_ocur_time'), '2022-01-21')
    t.equal(row!.time('fee_ocur_time'), '2022-01-21 00:00:00')
    t.equal(row!.time('fee_ocur_time', '23:59:59'), '2022-01-21 23:59:59')
    t.same(row!.extras, { er_flag: '1' })
    const [trace] = row!.rows('durg_trac_info')
    t.equal(trace!.text('drug_trac_codg'), '81')
    t.equal(trace!.text('feedetl_sn'), line.feedetl_sn, 'a row within a row inherits')
    t.throws(() => row!.text('cnt'), TypeError)
    t.throws(() => row!.text('nowhere'), TypeError)
    t.throws(() => row!.amount('cnt'), TypeError)
    t.throws(() => answer.message.input.many('data'), TypeError)
  }
  for (const file of [Buffer.from('PK').toString('base64'), [80, 75]]) {
    const upload = { in: file, filename: 'f', fixmedins_code: 'H1' }
    const answer = read(request({ infno: '9101', input: { fsUploadIn: upload } }))
    t.ok(answer.ok)
    if (answer.ok)
      t.equal(Buffer.from(answer.message.input.one('fsUploadIn').bytes('in')!).toString(), 'PK')
  }
})

t.test('all faults of an input, in the words of the cashier', async (t) => {
  const data = {
    psn_no: '',
    mdtrt_cert_type: ['02'],
    mdtrt_cert_no: 'x'.repeat(101),
    med_type: true,
    medfee_sumamt: '1.005',
    mdtrt_id: null,
    chrg_bchno: 'B1',
    CHRG_BCHNO: 'B2',
    insutype: '310',
    acct_used_flag: '1',
    psn_setlway: '01',
    fulamt_ownpay_amt: '12,00',
    overlmt_selfpay: '1e15',
    preselfpay_amt: '0',
    inscp_scp_amt: '0',
  }
  const answer = read(request({ input: { data } }))
  t.notOk(answer.ok)
  if (answer.ok || answer.refusal.kind !== 'invalid-input') throw new Error('no faults')
  t.same(answer.refusal.faults.told.map(({ field, sentence }) => [field, sentence]).sort(), [
    ['chrg_bchno', '收费批次号（chrg_bchno）以两种写法给出了不同的值'],
    ['fulamt_ownpay_amt', '全自费金额（fulamt_ownpay_amt）必须是数字'],
    ['mdtrt_cert_no', '就诊凭证编号（mdtrt_cert_no）过长，最多100个字符'],
    [
      'mdtrt_cert_type',
      '就诊凭证类型（mdtrt_cert_type）必须是文本或数字，不能是列表、对象或真假值',
    ],
    ['mdtrt_id', '就诊ID（mdtrt_id）不能为空'],
    ['med_type', '医疗类别（med_type）必须是文本或数字，不能是列表、对象或真假值'],
    ['medfee_sumamt', '医疗费总额（medfee_sumamt）最多只能有2位小数'],
    ['overlmt_selfpay', '超限价金额（overlmt_selfpay）超出允许的范围'],
    ['psn_no', '人员编号（psn_no）不能为空'],
  ])
  const nodes: [infno: string, input: object, text: RegExp][] = [
    ['2207', {}, /节点data不能为空/],
    ['2207', { data: 'x' }, /节点data必须是对象或对象的列表/],
    ['2207', { data: [SETTLE, SETTLE] }, /节点data只能有一行/],
    ['2207', { data: SETTLE, DATA: SETTLE }, /节点data以两种写法出现两次/],
    ['2204', { feedetail: [] }, /节点feedetail不能为空/],
    ['2204', { feedetail: [{}, {}] }, /feedetail第2行：费用明细流水号（feedetl_sn）不能为空/],
    ['2302', { data: [{ feedetl_sn: '0000', mdtrt_id: 'V', psn_no: 'P' }, 1] }, /对象的列表/],
    [
      '1101',
      { data: { psn_name: '甲' } },
      /就诊凭证编号（mdtrt_cert_no）、证件号码（certno）不能都为空/,
    ],
    ['5303', { data: { begntime: '2022-02-30', endtime: 'x' } }, /开始时间（begntime）必须是时间/],
    ['3201', { data: { stmt_begndate: '1.2.' } }, /对账开始日期（stmt_begndate）必须是日期/],
    ['2205', { data: { mdtrt_id: 'V', chrg_bchno: '0000' } }, /人员编号（psn_no）不能为空/],
    ['9101', { fsUploadIn: { in: '?', filename: 'f' } }, /base64/],
    ['9101', { fsUploadIn: { in: [256], filename: 'f' } }, /字节/],
  ]
  for (const [infno, input, text] of nodes) {
    const refused = read(request({ infno, input }))
    t.notOk(refused.ok)
    if (refused.ok || refused.refusal.kind !== 'invalid-input') throw new Error(infno)
    t.match(refused.refusal.faults.told.map(({ sentence }) => sentence).join('；'), text)
  }
  const many = read(request({ infno: '2204', input: { feedetail: Array(30).fill({}) } }))
  if (many.ok || many.refusal.kind !== 'invalid-input') throw new Error('no faults')
  t.equal(many.refusal.faults.told.length, 20)
  t.match(many.refusal.faults.text(), /；另有\d+处错误$/)
})

t.test('what is no request at all', async (t) => {
  const cases: [body: unknown, kind: string, path?: string][] = [
    ['', 'not-json'],
    ['{', 'not-json'],
    // `{"a":"病"}` in GBK.
    [Buffer.from('7b2261223a22b2a1227d', 'hex'), 'not-utf8'],
    ['{"infno":"2207","infno":"2208"}', 'duplicate-key'],
    [`{"a":${'['.repeat(20)}${']'.repeat(20)}}`, 'nesting-too-deep'],
    ['[]', 'not-an-object'],
    ['"2207"', 'not-an-object'],
    [{}, 'incomplete-envelope'],
    [request({ infno: '' }), 'incomplete-envelope'],
    [request({ msgid: 'null' }), 'incomplete-envelope'],
    [request({ fixmedins_code: null }), 'incomplete-envelope'],
    [request({ msgid: ['M1'] }), 'incomplete-envelope'],
    [request({ msgid: '报文１' }), 'incomplete-envelope'],
    [request({ infno: '2601', input: { data: { ...UNDO, omsgid: '１' } } }), 'invalid-input'],
    [request({ infno: '2299' }), 'unknown-transaction'],
    [request({ infno: '__proto__' }), 'unknown-transaction'],
    [request({ infno: '22071' }), 'unknown-transaction'],
    [request({ infno: '2207' }), 'wrong-address', '/fsi/api/reverseService/revsMethod'],
    [request({ infno: '2207' }), 'wrong-address', `${SERVICE}/2208`],
    [request({ infno: '2207' }), 'wrong-address', '/elsewhere'],
    [request({ INPUT: {} }), 'input-unreadable'],
    [request({ INFNO: '2208' }), 'incomplete-envelope'],
    [request({ input: null }), 'input-unreadable'],
    [request({ input: [] }), 'input-unreadable'],
    [request({ input: 'c2VjcmV0' }), 'input-unreadable'],
    [request({ input: '{"data":{}' }), 'not-json'],
    [request({ input: '{"data":{"a":1,"a":1}}' }), 'duplicate-key'],
  ]
  for (const [body, kind, path] of cases) {
    const answer = read(body, path)
    t.equal(answer.ok ? 'ok' : answer.refusal.kind, kind, JSON.stringify(body))
    if (answer.ok) continue
    const who = (body as { fixmedins_code?: string }).fixmedins_code
    t.equal(answer.institution, who ?? undefined, 'who asked')
    const written = JSON.parse(answerToRefusal(answer.refusal, STAMP, NUMBER))
    t.equal(written.infcode, -1)
    t.match(written.err_msg, /[\u4e00-\u9fff]/, 'a sentence')
    t.notMatch(written.err_msg, /undefined|\[object/)
    t.same(Object.keys(written).length, kind === 'wrong-address' ? 11 : 10)
  }
  const notUtf8 = read(Buffer.from([0x7b, 0xb2, 0xe2, 0x7d]).toString('latin1'))
  t.notOk(notUtf8.ok)
})

t.test('what was sent as the name of a field or a transaction is not repeated', async (t) => {
  const cases: [body: unknown, shown: string][] = [
    ['{"infno":"2207","infno":"2208"}', '（/infno）'],
    [request({ infno: '22079' }), '（22079）'],
    ...['11010119900307123X', 'I10.x00', '高血压', 'M00500'].flatMap(
      (name): [unknown, string][] => [
        [`{"${name}":1,"${name}":2}`, '（/*）'],
        [request({ input: `{"data":{"${name}":1,"${name}":1}}` }), '（/input/data/*）'],
        [request({ infno: name }), '（*）'],
      ],
    ),
  ]
  for (const [body, shown] of cases) {
    const answer = read(body)
    if (answer.ok) throw new Error('taken')
    const { err_msg } = JSON.parse(answerToRefusal(answer.refusal, STAMP, NUMBER))
    t.ok(err_msg.includes(shown), `${shown}: ${err_msg}`)
    for (const name of ['1101', 'I10', '高血压', 'M005']) t.notOk(err_msg.includes(name), name)
  }
})

t.test('a code that the city refuses', async (t) => {
  const dictionaries = { med_type: { name: '医疗类别', codes: { 11: '门诊' } } }
  const codes = new Dictionaries({ unknownCodes: 'refuse', dictionaries })
  t.ok(read(request({}), SERVICE, codes).ok)
  const refused = read(request({ input: { data: { ...SETTLE, med_type: '12' } } }), SERVICE, codes)
  if (refused.ok || refused.refusal.kind !== 'invalid-input') throw new Error('taken')
  t.equal(refused.refusal.faults.text(), '医疗类别（med_type）的代码不在本统筹区字典中')
})

t.test('an encrypted input is opened from outside', async (t) => {
  const read = readEnvelope(
    Buffer.from(JSON.stringify(request({ input: 'c2VjcmV0', enc_type: 'SM4' }))),
  )
  if (!read.ok) throw new Error('refused')
  t.equal(read.envelope.encryption, 'SM4')
  t.equal(read.envelope.input, 'c2VjcmV0')
  t.ok(readInput(read.envelope, ANY, JSON.stringify({ data: SETTLE })).ok)
  t.notOk(readInput(read.envelope, ANY, 'noise').ok)
})

t.test('answers', async (t) => {
  const registration = TRANSACTIONS.get('2201')!
  const output = { data: { mdtrt_id: 'V1', psn_no: 'P1', ipt_otp_no: '7' } }
  t.same(JSON.parse(await acceptedAnswer(registration, output, STAMP, { infcode: 'string' })), {
    output: { data: { mdtrt_id: 'V1', psn_no: 'P1', ipt_otp_no: '7', exp_content: '' } },
    infcode: '0',
    warn_msg: '',
    cainfo: '',
    err_msg: '',
    refmsg_time: '20220122005959007',
    signtype: '',
    enctype: '',
    respond_time: '20220122010000042',
    inf_refmsgid: '330100202201220100000000000042',
  })
  const settlement = TRANSACTIONS.get('2208')!
  const negated = {
    setlinfo: { medfee_sumamt: -120_000, pool_prop_selfpay: 7_500 },
    setldetail: [{ fund_pay_type: '310100', fund_payamt: -5 }],
  }
  const text = await acceptedAnswer(settlement, negated, STAMP, NUMBER)
  t.match(text, '"medfee_sumamt":-1200.00,')
  t.match(text, '"pool_prop_selfpay":0.7500,')
  t.match(text, '"fund_payamt":-0.05,')
  t.match(text, '"hifp_pay":0,', 'an empty number is 0')
  t.match(JSON.parse(text), { infcode: 0, output: { setlinfo: { setl_id: '', psn_cash_pay: 0 } } })
  t.equal(
    JSON.parse(await acceptedAnswer(TRANSACTIONS.get('2202')!, {}, STAMP, NUMBER)).output,
    null,
  )
  const upload = { file_qury_no: '1', filename: 'f', fixmedins_code: 'H1' }
  t.match(
    JSON.parse(await acceptedAnswer(TRANSACTIONS.get('9101')!, { '': upload }, STAMP, NUMBER)),
    {
      output: upload,
    },
  )
  const pages = { '': { recordCounts: 1 }, data: [{ med_list_codg: 'X' }] }
  t.match(JSON.parse(await acceptedAnswer(TRANSACTIONS.get('1316')!, pages, STAMP, NUMBER)), {
    output: { recordCounts: 1, data: [{ med_list_codg: 'X', hilist_code: '' }] },
  })
  const lines = { '': [{ setl_id: '1' }, { setl_id: '2' }] }
  t.match(JSON.parse(await acceptedAnswer(TRANSACTIONS.get('5204')!, lines, STAMP, NUMBER)), {
    output: [{ setl_id: '1' }, { setl_id: '2' }],
  })
  const wrongs: Output[] = [
    {},
    { data: { ...output.data, nowhere: '' } },
    { ...output, more: {} },
    { data: { mdtrt_id: 7 } },
  ]
  for (const wrong of wrongs) {
    await t.rejects(acceptedAnswer(registration, wrong, STAMP, NUMBER), TypeError)
  }
  const amount = { setlinfo: { medfee_sumamt: 0.5 } }
  await t.rejects(acceptedAnswer(settlement, amount, STAMP, NUMBER), TypeError)
  const refusal = JSON.parse(refusedAnswer('长'.repeat(500), STAMP, { infcode: 'string' }))
  t.match(refusal, { infcode: '-1', output: null })
  t.equal([...refusal.err_msg].length, 200)
})

t.test('others have their turn while thousands of rows are made and written', async (t) => {
  let turns = 0
  const count = () => {
    turns += 1
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  function* rows() {
    for (let n = 0; n < 1_000; n++) yield { setl_id: String(n) }
  }
  const text = await acceptedAnswer(TRANSACTIONS.get('5204')!, { '': rows() }, STAMP, NUMBER)
  clearImmediate(timer)
  t.equal(JSON.parse(text).output.length, 1_000)
  t.ok(turns >= 19, `${turns} turns`)
})

t.test('nodes by other specs', async (t) => {
  const spec = TRANSACTIONS.get('3302')!
  const input = { fixmedins_code: 'H', fixmedins_hilist_id: '1', list_type: '1', more: 'x' }
  const faults = new Faults()
  const read = readNodes(spec.input, input as TreeObject, ANY, faults)
  t.same(
    faults.told.map(({ field }) => field),
    ['med_list_codg'],
  )
  t.equal(read.one('').text('list_type'), '1', 'fields directly in the input')
})
