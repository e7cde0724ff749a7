import t, { type Test } from 'tap'
import { L1, L2, visit } from '../../fixtures/counter/bills.ts'
import type { TestCounter } from '../../fixtures/counter/test-counter.ts'
import {
  ADMISSION,
  type Answer,
  HospitalSystem,
  type Message,
  same,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'

/** An institution's books held against ours over the national interface. */

const TOTALS = 'zj-3201-wrong-url'

/** What the hospital wrote down of an answer: what it books itself. */
interface Row {
  readonly setlId: string
  readonly setlinfo: Answer
  readonly refunded?: true
}

/** Registers, uploads and settles the captured visit, or cancels it again. */
class Hospital extends HospitalSystem {
  async visit(t: Test): Promise<Row> {
    await this.upTo(t, 'zj-2201', 'zj-2203A', 'zj-2204')
    return this.#booked(t, 'zj-2207A')
  }

  async cancel(t: Test, { setlId, setlinfo }: Row): Promise<Row> {
    this.ids['setl_id'] = setlId
    this.ids['mdtrt_id'] = setlinfo.mdtrt_id
    return { ...(await this.#booked(t, 'zj-2208')), refunded: true }
  }

  /** Admits, uploads and settles up to a day, in the middle of the stay. */
  async interim(t: Test): Promise<Row> {
    const admitted = await this.send(t, ADMISSION)
    this.ids['mdtrt_id'] = admitted.output.result.mdtrt_id
    t.equal((await this.send(t, '2301')).infcode, 0)
    return this.#booked(t, '2304', { mid_setl_flag: '1', dscgTime: '2022-01-24' })
  }

  /** 3201 with what the hospital has, and whatever else it says. */
  async totals(t: Test, rows: readonly Row[], more: Message = {}): Promise<Answer> {
    const sum = (field: string) =>
      rows.reduce((fen, { setlinfo }) => fen + Math.round(setlinfo[field] * 100), 0) / 100
    const said = {
      clr_type: '11',
      setl_optins: '500113',
      stmt_begndate: '2026-11-21',
      stmt_enddate: '2026-11-21 23:59:59',
      medfee_sumamt: String(sum('medfee_sumamt')),
      fund_pay_sumamt: String(sum('fund_pay_sumamt')),
      acct_pay: String(sum('acct_pay')),
      fixmedins_setl_cnt: String(rows.length),
      ...more,
    }
    const shape = (message: Message) => {
      const { data } = message['input'] as { data: Message }
      return { ...message, input: { data: { ...data, ...said } } }
    }
    const answer = await this.send(t, TOTALS, { shape })
    return answer.output?.stmtinfo ?? answer
  }

  async #booked(t: Test, name: string, more: Message = {}): Promise<Row> {
    const answer = await this.send(t, name, { more, shape: same })
    t.equal(answer.infcode, 0, `${name}: ${answer.err_msg}`)
    const { setlinfo } = answer.output
    return { setlId: setlinfo.setl_id, setlinfo }
  }
}

t.test('3201: totals of a kind of settlements, by day, agency and refunds', (t) =>
  withCounter(async (counter) => {
    const hospital = new Hospital(counter)
    const morning = counter.now
    const [dayBegins, dayEnds] = [
      Date.parse('2026-11-21T00:00+08:00'),
      Date.parse('2026-11-22T00:00+08:00'),
    ]
    const at = async (instant: number, book: () => Promise<Row>) => {
      counter.now = instant
      return book()
    }
    await at(dayBegins - 1, () => hospital.visit(t))
    const first = await at(dayBegins, () => hospital.visit(t))
    const second = await at(morning, () => hospital.visit(t))
    const taken = await hospital.visit(t)
    const back = await hospital.cancel(t, taken)
    const rest = restRow(await settledByRest(t, counter, 'outpatient'))
    const interim = await hospital.interim(t)
    await settledByRest(t, counter, 'outpatient', L1)
    const last = await at(dayEnds - 1, () => hospital.visit(t))
    const tomorrow = await at(dayEnds, () => hospital.cancel(t, last))
    const next = await hospital.visit(t)
    t.equal(first.setlinfo.clr_optins, '500113')

    const kept = [first, second, rest]
    const refunds = [taken, back, last]
    const all = [...kept, ...refunds]
    const ONE_FEN_MORE = { medfee_sumamt: '7000.01' }
    type Case = readonly [
      what: string,
      rows: readonly Row[],
      more: Message,
      result: '0' | '1',
      told?: RegExp,
    ]
    const CASES: readonly Case[] = [
      ['refunds count where nothing is said of them', all, {}, '0', /^对账平$/],
      ['with the flag', all, { refd_setl_flag: '1' }, '0'],
      ['with an empty flag', all, { REFD_SETL_FLAG: '' }, '0'],
      ['with null', all, { REFD_SETL_FLAG: null }, '0'],
      ['with the word null', all, { REFD_SETL_FLAG: 'null' }, '0'],
      ['without them', kept, { REFD_SETL_FLAG: '0' }, '0'],
      ['without them, in small letters', kept, { refd_setl_flag: '0' }, '0'],
      [
        'only the negative row left out',
        [...kept, taken, last],
        { REFD_SETL_FLAG: '0' },
        '1',
        /结算笔数平台3笔、机构5笔，相差2笔/,
      ],
      ['both rows left out', kept, {}, '1', /医疗费总额.*结算笔数平台6笔、机构3笔，相差-3笔$/],
      [
        'the next day',
        [tomorrow, next],
        { stmt_begndate: '2026-11-22', stmt_enddate: '2026-11-22' },
        '0',
      ],
      ['both days', [...all, tomorrow, next], { stmt_enddate: '2026-11-22' }, '0'],
      [
        'both days without refunds',
        [...kept, next],
        { stmt_enddate: '2026-11-22', refd_setl_flag: '0' },
        '0',
      ],
      [
        'the day without its last settlement',
        all.slice(0, -1),
        {},
        '1',
        /医疗费总额平台.*元、机构.*元，相差-1200.00元/,
      ],
      ['an interim settlement of a stay', [interim], { clr_type: '21' }, '0'],
      ['another insurance', [], { insutype: '390' }, '0'],
      ['another agency', [], { setl_optins: '500199' }, '0'],
      ['one fen', all, ONE_FEN_MORE, '1', /医疗费总额平台.*相差0.01元$/],
    ]
    const medfee = all.reduce((sum, { setlinfo }) => sum + setlinfo.medfee_sumamt, 0)
    ONE_FEN_MORE.medfee_sumamt = (medfee + 0.01).toFixed(2)
    for (const [what, rows, more, result, told = /^对账平$/] of CASES) {
      t.match(
        await hospital.totals(t, rows, more),
        { stmt_rslt: result, stmt_rslt_dscr: told },
        what,
      )
    }
    t.match(await hospital.totals(t, [], { stmt_enddate: '2026-11-20' }), {
      infcode: -1,
      err_msg: /对账结束日期.*早于/,
    })
    const other = new Hospital(counter, L1)
    t.match(await other.totals(t, all), { stmt_rslt: '1' }, "another institution's are not told")
  }),
)

async function settledByRest(
  t: Test,
  counter: TestCounter,
  careType: string,
  institutionId = L2,
): Promise<Answer> {
  const bill = visit(100_000, { careType, institutionId, account: { maxFen: 3_000 } })
  const reply = await counter
    .as(institutionId)
    .post('/v1/settlements', { requestId: `REST-${institutionId}`, ...bill })
  t.equal(reply.status, 201)
  return reply.body
}

/** In the words of the interface. */
function restRow({ settlementId, amounts }: Answer): Row {
  return {
    setlId: settlementId,
    setlinfo: {
      medfee_sumamt: amounts.totalFen / 100,
      fund_pay_sumamt: amounts.fundFen / 100,
      acct_pay: amounts.accountFen / 100,
    },
  }
}
