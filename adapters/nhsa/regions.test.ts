import t, { type Test } from 'tap'
import { L2 } from '../../fixtures/counter/bills.ts'
import type { TestCounter } from '../../fixtures/counter/test-counter.ts'
import { ID_CARD, PERSON, withCounter } from '../../fixtures/nhsa/hospital-system.ts'
import { type Known, REGIONS, type Region, requestOf } from '../../fixtures/nhsa/regions.ts'
import { brokenIdentity } from './money/identities.ts'

/** Whole visits in the spelling of the clients of several provinces, none of which was captured. */

// biome-ignore lint/suspicious/noExplicitAny: whatever was answered; the test says what it should be
type Answer = any

/** The transaction, and what comes of it besides `infcode` 0. */
type Step = readonly [code: string, expected: object | RegExp | null]

const AMOUNTS = { medfee_sumamt: 25.1, preselfpay_amt: 0.45, inscp_scp_amt: 24.65, acct_pay: 25.1 }
const OUTPATIENT: readonly Step[] = [
  ['9001', { signinoutb: { sign_no: /^\d{18}$/ } }],
  ['1101', { baseinfo: { psn_no: PERSON } }],
  ['2201', { data: { psn_no: PERSON } }],
  ['2203', null],
  ['2204', { result: [{ det_item_fee_sumamt: 20.58, cnt: 2 }, { preselfpay_amt: 0.45 }] }],
  ['2206', { setlinfo: AMOUNTS }],
  ['2207', { setlinfo: AMOUNTS }],
  ['2208', { setlinfo: { medfee_sumamt: -25.1 } }],
  ['2601', /已退费/],
  ['2205', null],
]
const STAY: readonly Step[] = [
  ['2401', { result: { mdtrt_id: /./ } }],
  ['2301', { result: [{ cnt: 30 }, { cnt: -10 }, { overlmt_amt: 30 }] }],
  ['2303', { setlinfo: { medfee_sumamt: 620, overlmt_selfpay: 30 } }],
  ['2402', null],
  ['2304', { setlinfo: { medfee_sumamt: 620, inscp_scp_amt: 590 } }],
  ['2305', { setlinfo: { medfee_sumamt: -620 } }],
  ['2405', null],
  ['2404', /未撤销的费用明细/],
  ['2302', null],
  ['2404', null],
]

t.test('clients of other provinces play whole visits', (t) =>
  withCounter(async (counter) => {
    for (const region of REGIONS) {
      await t.test(region.name, async (t) => {
        const client = new Client(counter, region)
        for (const [code, expected] of [...OUTPATIENT, ...STAY]) {
          const answer = await client.send(t, code)
          const what = `${code}: ${answer.err_msg}`
          if (expected instanceof RegExp) t.match(answer, { infcode: -1, err_msg: expected }, what)
          else t.match(answer, { infcode: 0, output: expected }, what)
        }
      })
    }
  }),
)

class Client {
  readonly #counter: TestCounter
  readonly #region: Region
  #count: number
  #known: Known = {
    institution: L2,
    person: PERSON,
    idCard: ID_CARD,
    mdtrtId: '',
    setlId: '',
    lostId: '',
  }

  constructor(counter: TestCounter, region: Region) {
    this.#counter = counter
    this.#region = region
    this.#count = REGIONS.indexOf(region) * 100
  }

  async send(t: Test, code: string): Promise<Answer> {
    this.#count += 1
    const messageId = this.#region.messageId(L2, this.#count)
    const { url, headers, payload } = requestOf(this.#region, code, messageId, this.#known)
    const reply = await this.#counter.app.inject({ method: 'POST', url, headers, payload })
    t.equal(reply.statusCode, 200)
    const answer: Answer = reply.json()
    this.#learn(code, messageId, answer.output ?? {})
    const { setlinfo, setldetail } = answer.output ?? {}
    if (setlinfo) t.equal(brokenIdentity({ setlinfo, setldetail }), undefined, `${code} adds up`)
    return answer
  }

  #learn(code: string, messageId: string, { data, result, setlinfo }: Answer): void {
    if (code === '2201') this.#known = { ...this.#known, mdtrtId: data?.mdtrt_id ?? '' }
    if (code === '2401') this.#known = { ...this.#known, mdtrtId: result?.mdtrt_id ?? '' }
    if (code === '2207' || code === '2304') {
      this.#known = { ...this.#known, setlId: setlinfo?.setl_id ?? '', lostId: messageId }
    }
  }
}
