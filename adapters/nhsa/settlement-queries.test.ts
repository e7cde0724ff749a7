import t from 'tap'
import { L1, L2, PHARMACY } from '../../fixtures/counter/bills.ts'
import { DEMO_INSTITUTIONS } from '../../fixtures/demo.ts'
import {
  ADMISSION,
  type Answer,
  HospitalSystem,
  type Message,
  PERSON,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'

/** What institutions ask about settlements, held against what these answered. */

t.test('5204 and 5206: what a settlement did to lines and to the year', (t) =>
  withCounter(async (counter) => {
    counter.now = Date.UTC(2023, 8, 15, 2)
    const client = new HospitalSystem(counter)
    const settle = async (month: string): Promise<Answer> => {
      const day = `2023-${month}-01 10:00:00`
      const said = { begntime: day, fee_ocur_time: day, acct_used_flag: '0' }
      const opened = await client.send(t, 'zj-2201', { more: said })
      const more = { ...said, mdtrt_id: opened.output.data.mdtrt_id, med_list_codg: 'DEMO-LIM' }
      for (const name of ['zj-2203A', 'zj-2204']) {
        const answer = await client.send(t, name, { more })
        t.equal(answer.infcode, 0, `${name}: ${answer.err_msg}`)
      }
      return (await client.send(t, 'zj-2207A', { more })).output.setlinfo
    }
    const [june, august] = [await settle('06'), await settle('08')]
    const of = { psn_no: PERSON, mdtrt_id: june.mdtrt_id, setl_id: june.setl_id }
    const lines = (await client.ask(t, '5204', { data: of })).output
    t.match(lines, [
      {
        ...of,
        psn_no: undefined,
        feedetl_sn: '33010000000000000002577438',
        med_type: '11',
        fee_ocur_time: '2023-06-01 10:00:00',
        rx_drord_no: '1',
        medins_list_codg: 'XJ01CAA040A001010102699',
        bilg_dept_codg: '1',
        bilg_dr_name: '',
        hilist_code: 'DEMO-LIM',
        hilist_name: '演示限价项目',
        list_type: '201',
        pric_uplmt_amt: 100,
        cnt: 10,
        pric: 120,
        det_item_fee_sumamt: 1200,
        overlmt_amt: 200,
        inscp_scp_amt: 1000,
        chrgitm_lv: '01',
        med_list_codg: 'DEMO-LIM',
      },
    ])
    t.equal(lines.length, 1)
    for (const [more, sentence] of [
      [{ mdtrt_id: august.mdtrt_id }, /未找到该结算/],
      [{ setl_id: 'S1' }, /未找到该结算/],
      [{ psn_no: 'CQE3' }, /不属于该人员/],
    ] as const) {
      const answer = await client.ask(t, '5204', { data: { ...of, ...more } })
      t.match(answer, { infcode: -1, err_msg: sentence })
    }
    const foreign = await new HospitalSystem(counter, L1).ask(t, '5204', { data: of })
    t.match(foreign, { infcode: -1, err_msg: /未找到该就诊/ })

    const year = async (cum_ym?: string): Promise<Record<string, number>> => {
      const data = { psn_no: PERSON, ...(cum_ym === undefined ? {} : { cum_ym }) }
      const { cuminfo } = (await client.ask(t, '5206', { data })).output
      for (const row of cuminfo) {
        t.match(row, { insutype: '310', year: '2023', cum_ym: cum_ym ?? '202309' })
      }
      return Object.fromEntries(cuminfo.map((row: Answer) => [row.cum_type_code, row.cum]))
    }
    const paid = (...settled: readonly Answer[]) => ({
      '310100': settled.reduce((sum, { hifp_pay }) => sum + hifp_pay, 0),
      DEDC: settled.reduce((sum, { act_pay_dedc }) => sum + act_pay_dedc, 0),
      INSCP: settled.reduce((sum, { inscp_scp_amt }) => sum + inscp_scp_amt, 0),
      IPTCNT: 0,
    })
    t.ok(june.hifp_pay > 0 && june.act_pay_dedc > 0)
    t.match(await year(), paid(june, august))
    t.match(await year('202308'), paid(june, august))
    t.match(await year('202307'), paid(june), 'by the end of July')
    t.match(await year('202305'), paid())
    t.equal((await client.send(t, 'zj-2208', { more: of })).infcode, 0)
    t.match(await year(), paid(august), 'what was reversed was not used')
    const asItWas = async (when: string) =>
      t.strictSame((await client.ask(t, '5204', { data: of })).output, lines, when)
    await asItWas('of a reversed settlement as it was')
    const { mdtrt_id } = of
    const batch = { more: { mdtrt_id, psn_no: PERSON } }
    t.equal((await client.send(t, 'zj-2205', batch)).infcode, 0)
    await asItWas('when its lines were removed')
    const other = { ...batch.more, rxno: '2', fee_ocur_time: '2023-06-02 10:00:00' }
    t.equal((await client.send(t, 'zj-2204', { more: other })).infcode, 0)
    await asItWas('when the number of its line stands for another one')
    counter.editRules('../catalogue/national.csv', '演示限价项目', '别的名称')
    t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
    await asItWas('when another catalogue is in force')
    for (const cum_ym of ['202310', '202313', '2023', '002306', '000012', '20230601', '201112']) {
      const answer = await client.ask(t, '5206', { data: { psn_no: PERSON, cum_ym } })
      t.match(answer, { infcode: -1, err_msg: /cum_ym/ }, cum_ym)
    }
  }),
)

/** What opens and loads each settlement, and what its messages say beside what decides. */
const SETTLEMENTS: Readonly<Record<string, readonly string[]>> = {
  'zj-2207A': ['zj-2201', 'zj-2203A', 'zj-2204'],
  '2304': [ADMISSION, '2301', '2402'],
  '2102': [],
}

t.test('5203 gives back what was said of a settlement, whatever is said later', (t) =>
  withCounter(async (counter) => {
    for (const [infno, before] of Object.entries(SETTLEMENTS)) {
      const at = infno === '2102' ? PHARMACY : L2
      const client = new HospitalSystem(counter, at)
      const more: Message = { mdtrt_cert_type: '02', invono: `I${infno}` }
      for (const name of before) {
        const { infcode, err_msg, output } = await client.send(t, name, { more })
        t.equal(infcode, 0, `${name}: ${err_msg}`)
        more['mdtrt_id'] ??= (output.data ?? output.result).mdtrt_id
      }
      const id = client.nextId()
      const shape = (message: Message) => withInvoice(message, String(more['invono']))
      const bytes = await client.bytes(t, infno, { id, more, shape })
      const { setlinfo } = JSON.parse(bytes).output
      const { setl_id, mdtrt_id, med_type } = setlinfo
      const told = {
        setl_id,
        med_type,
        invono: `I${infno}`,
        mdtrt_cert_type: '02',
        fixmedins_name: DEMO_INSTITUTIONS.find((one) => one.institutionId === at)!.name,
        psn_name: '',
        certno: '',
      }
      const query = { more: { setl_id, mdtrt_id } }
      const asked = async (what: string) => {
        const { output } = await client.send(t, '5203', query)
        const names = Object.keys(told)
        t.strictSame(
          Object.fromEntries(names.map((name) => [name, output.setlinfo[name]])),
          told,
          what,
        )
      }
      await asked(infno)
      if (infno === '2304') {
        const edited = { ...query.more, med_type: '2101' }
        await client.send(t, '2403', { more: edited })
        t.equal(await client.bytes(t, infno, { id, more, shape }), bytes, 'byte for byte')
        await asked('as it was settled')
      }
    }
  }),
)

function withInvoice(message: Message, invono: string): Message {
  const input = message['input'] as Record<string, Message>
  const [node] = Object.keys(input) as [string]
  return { ...message, input: { ...input, [node]: { ...input[node], invono } } }
}
