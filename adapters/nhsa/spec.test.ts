import t, { type Test } from 'tap'
import { Dictionaries } from './dictionaries.ts'
import { referencePage } from './reference-page.ts'
import { readDecimal, readMoment, writeDecimal } from './scalars.ts'
import { PREFIX, takenAt } from './service-paths.ts'
import notDemanded from './spec/not-demanded.json' with { type: 'json' }
import { type NodeSpec, TRANSACTIONS } from './spec/spec.ts'

t.test('decimals are exact, whatever they are written as', async (t) => {
  const cases: [text: string, places: number, value: number | string][] = [
    ['12.5', 2, 1_250],
    ['1200', 2, 120_000],
    ['.5', 2, 50],
    ['5.', 2, 500],
    ['-25.10', 2, -2_510],
    ['+1', 2, 100],
    ['-0', 2, 0],
    ['02', 0, 2],
    ['1.2E7', 2, 1_200_000_000],
    ['12345E-2', 2, 12_345],
    ['1e-2', 2, 1],
    ['0.29', 2, 29],
    ['1.005', 2, 'too-fine'],
    ['0.30000000000000004', 2, 30],
    ['25.099999999999998', 2, 2_510],
    ['-25.099999999999998', 2, -2_510],
    ['9.9999999999999998', 0, 10],
    ['4.5200000000000000001', 2, 452],
    ['4.5249999', 2, 'too-fine'],
    ['4.52000001', 6, 'too-fine'],
    ['4.520000000000000000', 2, 452],
    ['0.0001', 4, 1],
    ['1.5', 0, 'too-fine'],
    ['99999999999999', 2, 'too-large'],
    ['1e99', 2, 'too-large'],
    ['', 2, 'not-decimal'],
    ['.', 2, 'not-decimal'],
    ['1,200', 2, 'not-decimal'],
    ['１２', 2, 'not-decimal'],
    ['0x10', 2, 'not-decimal'],
    ['1e', 2, 'not-decimal'],
    ['Infinity', 2, 'not-decimal'],
  ]
  for (const [text, places, value] of cases) t.equal(readDecimal(text, places), value, text)
  // By a pattern that looks for zeros at the end, this takes minutes.
  t.equal(readDecimal(`0.${'0'.repeat(1_000_000)}1`, 2), 0, 'a million zeros before the last digit')
  t.equal(readDecimal('3.3333333333333335', 6, 'rounded'), 3_333_333)
  t.equal(readDecimal('-0.66666666', 6, 'rounded'), -666_667)
  for (const [scaled, places, text] of [
    [120_000, 2, '1200.00'],
    [-5, 2, '-0.05'],
    [0, 2, '0.00'],
    [7, 0, '7'],
    [999_999_999_999_999, 6, '999999999.999999'],
  ] as const) {
    t.equal(writeDecimal(scaled, places), text)
  }
})

t.test('dates in every form that is met with', async (t) => {
  const cases: [text: string, moment: string | undefined][] = [
    ['2022-01-21', '2022-01-21'],
    ['20220121', '2022-01-21'],
    ['2022/01/21', '2022-01-21'],
    ['2022-01-21 23:59:59', '2022-01-21 23:59:59'],
    ['2022-01-21 23:59:59.0', '2022-01-21 23:59:59'],
    ['2022-01-21T08:00:00', '2022-01-21 08:00:00'],
    ['2022-01-21T08:00:00.1234567+08:00', '2022-01-21 08:00:00'],
    ['1642723200000', '2022-01-21 08:00:00'],
    ['2022-01-21T00:00:00Z', undefined],
    ['2022-01-21 08:00', '2022-01-21 08:00:00'],
    ['20220121080000', '2022-01-21 08:00:00'],
    ['2022/1/5 8:03:05', '2022-01-05 08:03:05'],
    ['2022-1-5', '2022-01-05'],
    ['2022-1/5', undefined],
    ['202215', undefined],
    ['2022-01-2108:00:00', '2022-01-21 08:00:00'],
    ['2024-02-29', '2024-02-29'],
    ['2023-02-29', undefined],
    ['2022-13-01', undefined],
    ['2022-01-21 24:00:00', undefined],
    ['2022-0121', undefined],
    ['21.01.2022', undefined],
    ['yesterday', undefined],
  ]
  for (const [text, moment] of cases) t.equal(readMoment(text), moment, text)
})

t.test('addresses', async (t) => {
  const SINGLE = `${PREFIX}rsfComIfsService/callService`
  t.equal(takenAt(SINGLE), 'any')
  t.same(takenAt(`${SINGLE}/2207A`), ['2207'])
  t.same(takenAt('/fsi/api/outpatientSettleService/saveSettletmentA'), ['2207'])
  t.same(takenAt('/fsi/api/hospSettService/settV2'), ['2304'])
  t.same(takenAt('/fsi/api/nothing/here'), [])
})

t.test("a city's own dictionary", async (t) => {
  const dictionaries = { med_type: { name: '医疗类别', codes: { 11: '门诊', 2107: '另一种' } } }
  const city = (unknownCodes: 'accept' | 'refuse') =>
    new Dictionaries({ unknownCodes, dictionaries })
  const cases: [dictionary: string, code: string, codes: Dictionaries, refused: boolean][] = [
    ['med_type', '11', city('refuse'), false],
    ['med_type', '2107', city('refuse'), false],
    ['med_type', '12', city('refuse'), true],
    ['med_type', 'constructor', city('refuse'), true],
    ['med_type', '12', city('accept'), false],
    ['med_type', '12', new Dictionaries(), false],
    ['insutype', '39999', city('refuse'), false],
  ]
  for (const [dictionary, code, codes, refused] of cases) {
    t.equal(codes.refuses(dictionary, code), refused, `${dictionary} ${code}`)
  }
  t.equal(city('accept').nameOf('med_type', '2107'), '另一种', 'the city before the published list')
  t.equal(city('accept').nameOf('med_type', '14'), '门诊慢特病')
  t.equal(new Dictionaries().nameOf('fund_pay_type', '310100'), '城镇职工基本医疗保险统筹基金')
  t.equal(new Dictionaries().nameOf('fund_pay_type', 'toString'), undefined)
})

t.test('the spec is sound', async (t) => {
  t.equal(TRANSACTIONS.size, 70)
  for (const { code, input, output } of TRANSACTIONS.values()) {
    for (const node of [...input, ...output]) checkNode(t, code, node)
  }
  const rows = (node: NodeSpec) => node.fields.filter(({ type }) => type === 'rows')
  for (const { code, input } of TRANSACTIONS.values()) {
    for (const { code: name } of input.flatMap(rows)) {
      t.ok(
        input.some((node) => node.name === name && node.optional),
        `${code} ${name}`,
      )
    }
  }
  for (const [code, nodes] of Object.entries(notDemanded)) {
    for (const [name, fields] of Object.entries(nodes)) {
      const node = TRANSACTIONS.get(code)?.input.find((one) => one.name === name)
      const told = node?.fields.filter(({ need }) => need === 'told').map((field) => field.code)
      t.same(told?.sort(), [...fields].sort(), `${code} ${name}`)
    }
  }
  t.match(referencePage(), '### 2207 门诊结算')
})

/** No two fields of a node may go by one name, and every type must be known. */
function checkNode(t: Test, code: string, node: NodeSpec): void {
  const bare = node.fields.map((field) => field.code.replaceAll('_', '').toLowerCase())
  t.equal(new Set(bare).size, bare.length, `${code} ${node.name}`)
  for (const { code: field, type, need } of node.fields) {
    t.ok(type && ['required', 'province', 'told', 'optional'].includes(need), `${code} ${field}`)
  }
}
