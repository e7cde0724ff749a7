import t from 'tap'
import { chinaDate } from '../../engine/calendar/china-time.ts'
import { DAY_MS } from '../../engine/calendar/civil-days.ts'
import { findVisit } from '../../engine/counter/find-visit.ts'
import { L2 } from '../../fixtures/counter/bills.ts'
import {
  ADMISSION,
  HospitalSystem,
  type Message,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'

/** Stays over the national interface, from admission to discharge, and what is said of diagnoses. */

/** Number, code, and whether it is the main one of a stay, or void in care of one day. */
type SaidDiagnosis = readonly [number: string, code: string, flag?: string]

t.test('a message changes the diagnoses that it names, by their numbers', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    const MAIN: SaidDiagnosis = ['1', 'J18', '1']
    const SECOND: SaidDiagnosis = ['2', 'E11', '0']
    const CASES: readonly (readonly [string, readonly SaidDiagnosis[], readonly string[]])[] = [
      [ADMISSION, [SECOND, MAIN], ['J18', 'E11']],
      ['2403', [], ['J18', 'E11']],
      ['2403', [['3', 'I10', '0']], ['J18', 'E11', 'I10']],
      ['2403', [['2', 'E14', '0']], ['J18', 'E14', 'I10']],
      ['2403', [['4', 'C34', '1']], ['C34', 'J18', 'E14', 'I10']],
      ['2403', [['4', 'C50', '0']], ['J18', 'E14', 'I10', 'C50']],
      ['2402', [MAIN], ['J18']],
      ['2403', [SECOND], ['J18', 'E11']],
      ['zj-2201', [], []],
      [
        'zj-2203A',
        [
          ['2', 'E11'],
          ['1', 'J18'],
        ],
        ['J18', 'E11'],
      ],
      ['zj-2203A', [['3', 'I10']], ['J18', 'E11', 'I10']],
      ['zj-2203A', [['2', 'E11', '0']], ['J18', 'I10']],
      [
        'zj-2203A',
        [
          ['1', 'J15', '1'],
          ['3', 'I10', '0'],
        ],
        ['J15'],
      ],
    ]
    for (const [name, said, expected] of CASES) {
      const shape = (message: Message): Message => {
        const { diseinfo, ...input } = message['input'] as { diseinfo: Message }
        const rows = said.map(([diag_srt_no, diag_code, flag = '1']) => ({
          ...diseinfo,
          diag_srt_no,
          diag_code,
          ...('vali_flag' in diseinfo ? { vali_flag: flag } : { maindiag_flag: flag }),
        }))
        return { ...message, input: rows.length === 0 ? input : { ...input, diseinfo: rows } }
      }
      const answer = await client.send(t, name, { shape })
      const what = `${name} ${JSON.stringify(said)}`
      t.equal(answer.infcode, 0, `${what}: ${answer.err_msg}`)
      const opened = answer.output?.result ?? answer.output?.data
      if (opened !== undefined) client.ids['mdtrt_id'] = opened.mdtrt_id
      const visit = await findVisit(counter.ports, {
        requester: { role: 'institution', id: L2 },
        visitId: client.ids['mdtrt_id']!,
      })
      t.strictSame('info' in visit && (visit.info.diagnoses ?? []), expected, what)
    }
  }),
)

t.test('a stay from admission to discharge, with what is refused on the way', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    const returned = {
      feedetl_sn: '2',
      init_feedetl_sn: '1',
      cnt: '-10',
      det_item_fee_sumamt: '-1200',
    }
    const later = { feedetl_sn: '3', fee_ocur_time: '2022-01-25' }
    const inDays = (days: number) => chinaDate(counter.now + days * DAY_MS)
    // Transaction, what it says besides, a refusal or what the answer has, and what it warns of.
    const STEPS: readonly (readonly [string, Message, RegExp | Message | null, RegExp?])[] = [
      [ADMISSION, { med_type: '99' }, /医疗类别/],
      [ADMISSION, { med_type: '11' }, /医疗类别（med_type）为门诊类，不能按住院办理/],
      [ADMISSION, { begntime: inDays(2) }, new RegExp(`begntime）不应晚于${inDays(1)}`)],
      [ADMISSION, { begntime: inDays(1) }, { result: { mdtrt_id: /^V\d+$/ } }],
      ['2404', {}, null],
      [ADMISSION, {}, { result: { mdtrt_id: /^V\d+$/ } }],
      ['2403', { begntime: '2099-01-20' }, /开始时间（begntime）不应晚于/],
      [ADMISSION, {}, /在院状态.*机构编号：H50011300002.*就诊ID/],
      ['2403', { begntime: '2022-01-20 10:00:00' }, null],
      ['2404', { psn_no: 'CQE3' }, /不属于该人员/],
      ['2301', { cnt: '0' }, /数量/],
      [
        '2301',
        { fee_ocur_time: '2022-01-19' },
        /流水号：1，明细日期（fee_ocur_time）不应早于2022-01-20）/,
      ],
      ['2301', { ...returned, init_feedetl_sn: '9' }, /未找到原费用流水号/],
      ['2301', {}, { result: [{ cnt: 100, inscp_scp_amt: 12_000 }] }],
      ['2301', returned, { result: [{ cnt: -10, pric: 120, inscp_scp_amt: -1200 }] }],
      ['2301', { ...returned, feedetl_sn: '4', cnt: '-91', det_item_fee_sumamt: '-10920' }, /超过/],
      ['2404', {}, /未撤销的费用明细.*共2条.*feedetl_sn）填0000/],
      ['2303', {}, /明细合计不符.*明细合计：10,800.00元/],
      ['2303', { medfee_sumamt: '10800', dscgTime: '' }, { setlinfo: { medfee_sumamt: 10_800 } }],
      ['2303', { medfee_sumamt: '10800' }, { setlinfo: { medfee_sumamt: 10_800 } }],
      [
        '2304',
        { medfee_sumamt: '10800', mid_setl_flag: '1', dscgTime: '2022-01-24' },
        { setlinfo: { medfee_sumamt: 10_800, med_type: '21' } },
      ],
      ['2302', { feedetl_sn: '1' }, /不能撤销.*流水号：1，结算ID：S\d+/],
      ['2302', { feedetl_sn: '77' }, /未找到此费用明细.*流水号：77）/],
      ['2301', { ...returned, feedetl_sn: '5' }, /不能撤销或退费.*流水号：5，结算ID：S\d+/],
      ['2402', { endtime: '2099-01-25' }, /结束时间（endtime）不应晚于/],
      ['2402', { endtime: '2022-01-19' }, /结束时间（endtime）不应早于2022-01-20）/],
      ['2402', { endtime: '2022-01-23' }, /结束时间（endtime）不应早于2022-01-24）/],
      ['2301', later, { result: [{ cnt: 100 }] }],
      ['2304', { mid_setl_flag: '2' }, /中途结算标志（mid_setl_flag）只能是0（否）或1（是）/],
      ['2304', { dscgTime: inDays(2) }, /出院时间（dscgTime）不应晚于/],
      ['2303', { dscgTime: '2022-01-19' }, /出院时间（dscgTime）不应早于2022-01-24）/],
      ['2304', { dscgTime: '' }, /尚未办理出院.*2402.*dscgTime.*mid_setl_flag/],
      ['2303', { dscgTime: '2022-01-24' }, /流水号：3，明细日期应在2022-01-24至2022-01-24/],
      ['2402', {}, null],
      ['2402', {}, /已办理出院.*出院日期：2022-01-28，.*请先撤销出院（2405）/],
      [
        '2301',
        { feedetl_sn: '6', fee_ocur_time: '2022-01-29' },
        /流水号：6，明细日期应在2022-01-20至2022-01-28之间/,
      ],
      [
        '2301',
        { ...returned, feedetl_sn: '6', init_feedetl_sn: '3', fee_ocur_time: '2022-01-29' },
        { result: [{ cnt: -10 }] },
      ],
      ['2302', { feedetl_sn: '6' }, null],
      ...['2303', '2304'].map(
        (infno) =>
          [
            infno,
            { dscgTime: '2022-01-27' },
            { setlinfo: { medfee_sumamt: 12_000 } },
            /dscgTime）与出院登记不一致：报文为2022-01-27，已按2022-01-28结算/,
          ] as const,
      ),
      ['2304', {}, { setlinfo: { medfee_sumamt: 12_000 } }, /^$/],
      ['2405', {}, /未撤销的结算/],
      ['2305', {}, { setlinfo: { medfee_sumamt: -12_000 } }],
      ['2405', {}, null],
      ['2302', {}, null],
      ['2404', {}, /未撤销的结算/],
    ]
    for (const [infno, more, expected, warned = /(?:)/] of STEPS) {
      const what = `${infno} ${JSON.stringify(more)}`
      const answer = await client.send(t, infno, { more })
      if (expected instanceof RegExp) t.match(answer, { infcode: -1, err_msg: expected }, what)
      else t.match(answer, { infcode: 0, output: expected }, `${what}: ${answer.err_msg}`)
      if (answer.infcode !== 0) continue
      t.match(answer.warn_msg, warned, what)
      if (infno === ADMISSION) client.ids['mdtrt_id'] = answer.output.result.mdtrt_id
      if (infno === '2304') client.ids['setl_id'] = answer.output.setlinfo.setl_id
    }
  }),
)

t.test('lost answers of a stay', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    const undo = 'zj-2601-after-2208-rejected'
    const lost = client.nextId()
    const admitted = await client.bytes(t, ADMISSION, { id: lost })
    t.equal(await client.bytes(t, ADMISSION, { id: lost }), admitted)
    const undoing = { more: { omsgid: lost, oinfno: '2401' } }
    t.equal((await client.send(t, undo, undoing)).infcode, 0)
    t.equal(await client.bytes(t, ADMISSION, { id: lost }), admitted, 'also after it was undone')
    const answer = await client.send(t, ADMISSION)
    client.ids['mdtrt_id'] = answer.output.result.mdtrt_id
    t.equal((await client.send(t, '2301')).infcode, 0)
    const id = client.nextId()
    const first = await client.bytes(t, '2304', { id })
    t.equal(JSON.parse(first).infcode, 0)
    t.equal(await client.bytes(t, '2304', { id }), first)
    t.strictSame((await client.send(t, '2304')).output, JSON.parse(first).output)
    t.equal((await client.send(t, undo, { more: { omsgid: id, oinfno: '2304' } })).infcode, 0)
    t.equal(await client.bytes(t, '2304', { id }), first, 'also after it was undone')
    t.equal((await client.send(t, '2304')).infcode, 0, 'and can be settled anew')
  }),
)
