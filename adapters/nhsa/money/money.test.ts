import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Decision, TraceStep } from '../../../engine/claim/decision.ts'
import { toFen } from '../../../engine/money/fen.ts'
import { compilePack } from '../../../engine/policy/compile.ts'
import { NO_FACTS } from '../../../engine/policy/facts.ts'
import { nhsaCode, payingAgency } from '../../../engine/policy/nhsa.ts'
import { FUND_COLUMNS } from '../../../engine/policy/pack.ts'
import { chapterOf, cityOf } from '../../../fixtures/oracle/city.ts'
import { engineSide } from '../../../fixtures/oracle/engine-side.ts'
import { loadRules } from '../../../fixtures/oracle/load-rules.ts'
import { readBody } from '../body.ts'
import { TRANSACTIONS } from '../spec/spec.ts'
import { settlementOutput } from '../transactions/settled.ts'
import { outputPieces } from '../write-node.ts'
import { exactDecimal, roundedOff } from './exact-decimal.ts'
import {
  type BrokenIdentity,
  brokenIdentity,
  brokenLineIdentity,
  type ParsedRow,
  type ParsedSettlement,
} from './identities.ts'
import { PROCESS_INFO_MAX, processInfo } from './process-info.ts'
import type { Settled } from './setlinfo.ts'
import {
  cancellationNodes,
  lineNodes,
  queriedNodes,
  type SettlementNodes,
  settlementNodes,
} from './settlement-answer.ts'

/** The amounts of the national interface: what is answered, and that it adds up. */

const SAMPLES = 'fixtures/nhsa/samples'

function sample(name: string) {
  return JSON.parse(readFileSync(`${SAMPLES}/${name}.json`, 'utf8'))
}

/** What was captured of real platforms, and what the checker says of it. */
const CAPTURED: Readonly<Record<string, BrokenIdentity['identity'] | 'sound'>> = {
  'nt-2206-resp-1': 'sound',
  'nt-2207-resp-1': 'sound',
  // A cancellation, without the patient's and the hospital's part.
  'nt-2208-resp-1': 'sound',
  // Lists of a platform in between, under names of its own (med_fee_sumamt): nothing to add up.
  'hsahis-5261-resp': 'unreadable',
  'hsahis-5262-resp': 'unreadable',
}

t.test('every captured answer obeys the identities, but for the known exceptions', async (t) => {
  for (const [name, expected] of Object.entries(CAPTURED)) {
    const { setlinfo, setldetail = [] } = sample(name).response.output
    const broken = brokenIdentity({ setlinfo, setldetail })
    t.equal(broken?.identity ?? 'sound', expected, name)
    if (expected !== 'sound') continue
    // The same answer from a platform that writes numbers as texts.
    const texts = { setlinfo: asTexts(setlinfo), setldetail: setldetail.map(asTexts) }
    t.equal(brokenIdentity(texts), undefined, `${name} in texts`)
  }
  for (const line of sample('zj-2204').response.output.result) {
    t.equal(brokenLineIdentity(line), undefined)
    t.equal(brokenLineIdentity(asTexts(line)), undefined)
  }
  // Of these only the beginning was captured, without half of what any identity needs.
  for (const name of ['zj-2206A', 'zj-2207A', 'zj-2208']) {
    t.throws(() => JSON.parse(sample(name).response_text_truncated), name)
  }
})

function asTexts(row: ParsedRow): ParsedRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, it]) => [name, typeof it === 'number' ? String(it) : it]),
  )
}

/** A settlement in which every part is something. */
const WHOLE: ParsedSettlement = {
  setlinfo: {
    medfee_sumamt: '1000.00',
    fulamt_ownpay_amt: '100.01',
    overlmt_selfpay: '50.00',
    preselfpay_amt: '49.99',
    inscp_scp_amt: '800.00',
    hifp_pay: '400.00',
    cvlserv_pay: '10.00',
    hifes_pay: '9.00',
    hifmi_pay: '8.00',
    hifob_pay: '7.00',
    maf_pay: '6.00',
    oth_pay: '5.00',
    hifdm_pay: '4.00',
    fund_pay_sumamt: '449.00',
    psn_part_amt: '531.00',
    acct_pay: '31.00',
    psn_cash_pay: '500.00',
    hosp_part_amt: '20.00',
  },
  setldetail: [{ fund_payamt: '449.00' }, { fund_payamt: '31.00' }, { fund_payamt: '20.00' }],
}

t.test('a fen that is wrong anywhere is named by the identity that it breaks', async (t) => {
  t.equal(brokenIdentity(WHOLE), undefined)
  const wrong: Readonly<Record<string, BrokenIdentity['identity']>> = {
    medfee_sumamt: 'I1',
    fulamt_ownpay_amt: 'I1',
    overlmt_selfpay: 'I1',
    preselfpay_amt: 'I1',
    inscp_scp_amt: 'I1',
    hifp_pay: 'I2',
    cvlserv_pay: 'I2',
    hifes_pay: 'I2',
    hifmi_pay: 'I2',
    hifob_pay: 'I2',
    maf_pay: 'I2',
    oth_pay: 'I2',
    hifdm_pay: 'I2',
    fund_pay_sumamt: 'I2',
    psn_part_amt: 'I3',
    hosp_part_amt: 'I3',
    acct_pay: 'I4',
    psn_cash_pay: 'I4',
  }
  t.same(Object.keys(wrong).sort(), Object.keys(WHOLE.setlinfo).sort(), 'all amounts are tried')
  for (const [name, identity] of Object.entries(wrong)) {
    const setlinfo = { ...WHOLE.setlinfo, [name]: oneMore(WHOLE.setlinfo[name]) }
    t.equal(brokenIdentity({ ...WHOLE, setlinfo })?.identity, identity, name)
  }
  for (const at of WHOLE.setldetail.keys()) {
    const setldetail = WHOLE.setldetail.map((row, index) =>
      index === at ? { fund_payamt: oneMore(row['fund_payamt']) } : row,
    )
    t.match(brokenIdentity({ ...WHOLE, setldetail }), {
      identity: 'I5',
      detail: /500\.01 is not 500\.00/,
    })
  }
})

t.test('what nobody wrote says nothing, and the rest is still held together', async (t) => {
  const without = (names: readonly string[], more: ParsedRow = {}) => ({
    ...WHOLE,
    setlinfo: {
      ...WHOLE.setlinfo,
      ...Object.fromEntries(names.map((name) => [name, null])),
      ...more,
    },
  })
  const parts = ['psn_part_amt', 'hosp_part_amt']
  t.equal(brokenIdentity(without(parts)), undefined)
  t.equal(brokenIdentity(without(parts, { acct_pay: '31.01' })), undefined, 'nothing to hold it to')
  t.equal(brokenIdentity(without(parts, { psn_cash_pay: '500.01' }))?.identity, 'I5')
  const others = { psn_pay: '531.00', ownpay_hosp_part: '20.00' }
  t.equal(brokenIdentity(without(parts, others)), undefined)
  t.equal(brokenIdentity(without(parts, { ...others, psn_pay: '530.99' }))?.identity, 'I3')
  t.match(brokenIdentity(without(['hifp_pay'])), { identity: 'unreadable', detail: /hifp_pay/ })
  t.equal(brokenIdentity(without([], { hifp_pay: 'much' }))?.identity, 'unreadable')
  t.equal(brokenIdentity(without([], { hifp_pay: '400.001' }))?.identity, 'unreadable')
})

function oneMore(value: unknown): string {
  const fen = exactDecimal(value, 2)! + 1n
  return `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`
}

t.test('lines: parts, count times price, first self-pay', async (t) => {
  const line = {
    det_item_fee_sumamt: 4.52,
    cnt: 1,
    pric: 4.52,
    fulamt_ownpay_amt: 0,
    overlmt_amt: 0,
    preselfpay_amt: 0.23,
    inscp_scp_amt: 4.29,
    selfpay_prop: 0.05,
  }
  const cases: readonly [string, ParsedRow, BrokenIdentity['identity'] | undefined][] = [
    ['as captured', {}, undefined],
    ['a fen from one part to another', { preselfpay_amt: 0.22, inscp_scp_amt: 4.3 }, 'I7'],
    ['a part that is a fen less', { inscp_scp_amt: 4.28 }, 'I6'],
    ['a price of six places', { cnt: '3', pric: '1.506667' }, undefined],
    ['another count', { cnt: 2 }, 'I6'],
    ['no share', { selfpay_prop: null, preselfpay_amt: 0.22, inscp_scp_amt: 4.3 }, undefined],
    ['no price', { pric: '' }, undefined],
    ['in yuan and thousandths', { inscp_scp_amt: 4.291 }, 'unreadable'],
  ]
  for (const [what, change, expected] of cases) {
    t.equal(brokenLineIdentity({ ...line, ...change })?.identity, expected, what)
  }
})

t.test('decimals are exact, whatever form they have', async (t) => {
  const cases: readonly [unknown, number, bigint | undefined][] = [
    [0.1 + 0.7, 17, 79999999999999990n],
    ['23442.46', 2, 2344246n],
    [23442.46, 2, 2344246n],
    [-25.1, 2, -2510n],
    ['9999999999999.99', 2, 999999999999999n],
    [0, 2, 0n],
    ['0.50', 1, 5n],
    ['', 2, undefined],
    [null, 2, undefined],
    [undefined, 2, undefined],
  ]
  for (const [value, places, expected] of cases) t.equal(exactDecimal(value, places), expected)
  for (const bad of ['1e3', 'x', '1.234', true, {}, Number.NaN, 1e21, '1,000.00', ' 1']) {
    t.throws(() => exactDecimal(bad, 2), RangeError, String(bad))
  }
  const roundings = [
    [5n, 1n],
    [4n, 0n],
    [-5n, -1n],
    [-4n, 0n],
    [15n, 2n],
  ] as const
  for (const [tenths, whole] of roundings) t.equal(roundedOff(tenths, 1), whole)
})

const { packs, holidays, calendar } = loadRules(['rules'])
/** Ten thousand with PROPERTY_RUNS=4. */
const CLAIMS = 2_500 * Number(process.env['PROPERTY_RUNS'] ?? 1)
const MESSAGE = 'H00000000001202611270901010001'
const CANCEL_MESSAGE = 'H00000000001202611270901020002'
/** Noon in China. */
const AT = Date.UTC(2024, 5, 1, 4)

/** Every amount of setlinfo that a cancellation negates. */
const AMOUNTS = [
  'medfee_sumamt',
  'fulamt_ownpay_amt',
  'overlmt_selfpay',
  'preselfpay_amt',
  'inscp_scp_amt',
  'act_pay_dedc',
  ...FUND_COLUMNS,
  'fund_pay_sumamt',
  'psn_part_amt',
  'acct_pay',
  'psn_cash_pay',
  'acct_mulaid_pay',
  'hosp_part_amt',
]

t.test(
  'the identities hold for random claims of all cities, and for their cancellations',
  async (t) => {
    const met = new Map<string, number>()
    const meet = (what: string) => met.set(what, (met.get(what) ?? 0) + 1)
    const seen: { decision: Decision; settled: Settled }[] = []
    const engine = engineSide(packs, calendar, (decision, { claim, person }, pack) => {
      const settled: Settled = {
        pack,
        claim,
        decision,
        person: person!,
        visit: { mdtrtId: 'V1', psnNo: claim.personId },
        messageId: MESSAGE,
        balanceFen: toFen(0),
        booked: { setlId: 'S1', bookedAt: AT },
      }
      meet(pack.id)
      check(settled, meet)
      if (seen.length < 200) seen.push({ decision, settled })
    })
    const cities = packs.map((pack) => cityOf(pack, 20_26, holidays))
    const total = () => packs.reduce((sum, { id }) => sum + (met.get(id) ?? 0), 0)
    for (let number = 0; total() < CLAIMS; number++) {
      for (const city of cities) {
        const chapter = chapterOf(city, 20_26, number)
        const side = engine(city, chapter)
        const settled: string[] = []
        let refusals = 0
        for (let index = 0; index < chapter.length && refusals < 2; index++) {
          const step = chapter.next(index, settled, settled.at(-1))
          if ('reverse' in step) {
            settled.splice(settled.indexOf(step.reverse), 1)
            side.reverse(step.reverse)
            continue
          }
          const { claim, approval } = step
          const answer = side.settle({
            settlement: step.settle,
            claim,
            person: claim.personId === chapter.person.personId ? chapter.person : undefined,
            institution: city.institutions.find((it) => it.institutionId === claim.institutionId),
            approval: approval?.approvalId === claim.approvalId ? approval : undefined,
            sharer: chapter.sharers.find((it) => it.personId === claim.account?.sharedFrom),
          })
          refusals = 'refused' in answer ? refusals + 1 : 0
          if (!('refused' in answer)) settled.push(step.settle)
        }
      }
    }
    t.ok(total() >= CLAIMS, `${total()} claims`)
    for (const { id } of packs) t.ok((met.get(id) ?? 0) > CLAIMS / 20, `${id}: ${met.get(id)}`)
    for (const what of [
      'account',
      'shared account',
      'hospital',
      'pays nothing',
      'cap',
      'no fund',
    ]) {
      t.ok((met.get(what) ?? 0) > 0, `${what}: ${met.get(what)}`)
    }
    for (const column of ['hifp_pay', 'hifmi_pay', 'hifob_pay', 'maf_pay', 'oth_pay']) {
      t.ok((met.get(column) ?? 0) > 0, `${column}: ${met.get(column)}`)
    }
    // A fen of a difference in what is written is never let out.
    const { decision, settled } = seen.find(({ decision: { amounts } }) => amounts.fundFen > 0)!
    const [first, ...rest] = decision.funds
    const funds = [{ ...first!, payFen: toFen(first!.payFen + 1) }, ...rest]
    t.throws(() => settlementNodes({ ...settled, decision: { ...decision, funds } }), /breaks I2/)
  },
)

/** Everything that must hold for the answers about one settlement. */
function check(settled: Settled, meet: (what: string) => void): void {
  const { decision } = settled
  const nodes = settlementNodes(settled)
  const { setlinfo, setldetail } = nodes
  const cancelled = cancellationNodes(settled, {
    setlId: 'R2',
    bookedAt: AT + 1_000,
    messageId: CANCEL_MESSAGE,
    balanceFen: toFen(1),
  })
  for (const { setlinfo: info, setldetail: rows } of [nodes, cancelled]) {
    const texts = written({ setlinfo: info, setldetail: rows })
    must(brokenIdentity(texts)?.detail === undefined, 'identities of texts')
    const numbers = {
      setlinfo: asNumbers(texts.setlinfo),
      setldetail: texts.setldetail.map(asNumbers),
    }
    must(brokenIdentity(numbers)?.detail === undefined, 'identities of numbers')
  }
  for (const name of AMOUNTS) {
    const [was, is] = [setlinfo[name] as number, cancelled.setlinfo[name] as number]
    must(was + is === 0 && !Object.is(is, -0), `${name} is negated`)
  }
  must(setldetail.length === cancelled.setldetail.length, 'as many rows')
  setldetail.forEach((row, at) => {
    const other = cancelled.setldetail[at]!
    must(row['fund_pay_type'] === other['fund_pay_type'], 'the same fund')
    must((row['fund_payamt'] as number) + (other['fund_payamt'] as number) === 0, 'negated')
    must((row['setl_proc_info'] as string).length <= PROCESS_INFO_MAX, 'the trace fits')
    must(!/原因[a-z]/.test(row['setl_proc_info'] as string), 'reasons are told in words')
    must(!/限额名称[a-z]/.test(row['setl_proc_info'] as string), 'caps, too')
  })
  for (const name of ['age', 'pool_prop_selfpay', 'clr_type', 'clr_optins', 'psn_type']) {
    must(setlinfo[name] === cancelled.setlinfo[name] && setlinfo[name] !== undefined, name)
  }
  const types = setldetail.map((row) => row['fund_pay_type'])
  must(new Set(types).size === types.length, 'one row for each type')
  const { booked: _, ...unbooked } = settled
  const trial = settlementNodes(unbooked)
  for (const name of AMOUNTS) must(trial.setlinfo[name] === setlinfo[name], `trial ${name}`)
  must(
    trial.setlinfo['setl_id'] === undefined && trial.setlinfo['setl_time'] === undefined,
    'trial',
  )
  const queried = queriedNodes(settled, 'standing').setlinfo
  must(queried['psn_pay'] === setlinfo['psn_part_amt'], 'queried')
  must(lineNodes(settled).length === decision.lines.length, 'lines')

  for (const column of FUND_COLUMNS) if (setlinfo[column] !== 0) meet(column)
  if (setlinfo['acct_pay'] !== 0) meet('account')
  if (setlinfo['acct_mulaid_pay'] !== 0) meet('shared account')
  if (setlinfo['hosp_part_amt'] !== 0) meet('hospital')
  if (setlinfo['fund_pay_sumamt'] === 0) meet('no fund')
  if (setldetail.some((row) => row['fund_payamt'] === 0)) meet('pays nothing')
  if (setldetail.some((row) => row['crt_payb_lmt_amt'] !== undefined)) meet('cap')
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`)
}

/** The nodes as the answer of a settlement has them, every number the text that was written. */
function written(nodes: SettlementNodes): ParsedSettlement {
  const spec = TRANSACTIONS.get('2207')!
  const body = readBody(
    Buffer.from([...outputPieces(spec, settlementOutput(spec, nodes))].join('')),
  )
  must(body.ok, 'what is written can be read')
  return (body as { readonly value: unknown }).value as ParsedSettlement
}

function asNumbers(row: ParsedRow): ParsedRow {
  const isDecimal = (it: unknown) => typeof it === 'string' && /^-?\d+\.\d+$/.test(it)
  const entries = Object.entries(row).map(([name, it]) => [name, isDecimal(it) ? Number(it) : it])
  return JSON.parse(JSON.stringify(Object.fromEntries(entries)))
}

t.test('codes follow from the facts, by the data of the city', async (t) => {
  for (const source of packs) {
    const { pack } = compilePack(source, 'h')
    const nhsa = pack.nhsa!
    const employee = { ...NO_FACTS, scheme: 'employee', careType: 'inpatient' }
    t.equal(nhsaCode(nhsa, 'insutype', employee), '310')
    t.equal(nhsaCode(nhsa, 'psn_type', { ...employee, employment: 'active', age: 40 }), '11')
    t.equal(nhsaCode(nhsa, 'psn_type', { ...employee, employment: 'retired', age: 70 }), '12')
    const resident = { ...employee, scheme: 'resident' }
    t.equal(nhsaCode(nhsa, 'insutype', resident), '390')
    t.same(
      [0, 6, 7, 17, 18, 59, 60].map((age) => nhsaCode(nhsa, 'psn_type', { ...resident, age })),
      ['1402', '1402', '1403', '1403', '15', '15', '16'],
    )
    const away = { ...resident, inCity: false, sameDistrict: false }
    t.equal(nhsaCode(nhsa, 'pay_loc', resident), '2')
    t.equal(nhsaCode(nhsa, 'pay_loc', { ...resident, sameDistrict: false }), '6')
    t.equal(nhsaCode(nhsa, 'pay_loc', away), '3')
    t.equal(nhsaCode(nhsa, 'pay_loc', { ...away, sameProvince: false }), '4')
    t.equal(nhsaCode(nhsa, 'pay_loc', { ...away, channel: 'agency' }), '1')
    const clearing = { homeDistrict: '990101', careDistrict: '990102' }
    const agency = (payer: string) => payingAgency(nhsa, { ...clearing, payer })
    t.equal(agency('home-district-agency'), '990101')
    t.equal(agency('care-district-agency'), '990102')
    t.match(agency('city-agency'), /^\d{4}99$/)
    t.throws(() => agency('nobody'), /no agency/)
  }
})

t.test(
  'the trace is cut to the length of the field, and what is left out is counted',
  async (t) => {
    const step: TraceStep = {
      step: 'layer',
      inputs: { baseFen: 100_000 },
      result: { payFen: 80_000 },
    }
    const steps = Array.from({ length: 1_000 }, () => step)
    const one = processInfo([], [], [step])
    t.match(one, /1,000\.00→.*800\.00/)
    for (const most of [PROCESS_INFO_MAX, 300, 100]) {
      const text = processInfo([], [], steps, most)
      t.ok(text.length <= most, `${text.length} of ${most}`)
      t.ok(text.length + one.length + 1 > most - 5, 'as much as fits')
      const [, left] = /另有(\d+)项从略/.exec(text) ?? []
      t.equal(Number(left), steps.length - (text.split('；').length - 1), 'all are accounted for')
    }
    t.equal(processInfo([], [], steps.slice(0, 3)).includes('从略'), false)
  },
)

t.test('a city that does not speak the interface is told so', async (t) => {
  const source = packs[0]!
  const { nhsa: _, ...silent } = source
  const { pack } = compilePack(silent, 'h')
  const settled = { pack, decision: { packHash: 'h' } } as Settled
  t.throws(() => settlementNodes(settled), /has no nhsa\.yaml/)
  t.throws(
    () => settlementNodes({ ...settled, decision: { packHash: 'x' } } as Settled),
    /decided by/,
  )
})
