import t from 'tap'
import { FACTS } from '../../engine/policy/facts.ts'
import { PARTS } from '../../engine/policy/parts.ts'
import * as amounts from './amounts.ts'
import { codeText, codeWords } from './codes.ts'
import { COLUMN_WORDS } from './columns.ts'
import { FACT_WORDS } from './facts.ts'
import { dateText, percent, periodText, timeText, valueText, yuan } from './format.ts'
import * as steps from './steps.ts'
import type { Words } from './words.ts'

/** That nothing is missing is the compiler's to say; here, that nothing is empty or said twice. */
t.test('labels', async (t) => {
  const tables: Record<string, Readonly<Record<string, Words>>> = {
    ...amounts,
    ...steps,
    FACT_WORDS,
    COLUMN_WORDS,
  }
  for (const [table, words] of Object.entries(tables)) {
    const entries = Object.entries(words)
    const zhs = entries.map(([, [zh]]) => zh)
    for (const [name, [zh, en]] of entries) {
      t.match(zh, /\p{Script=Han}/u, `${table} ${name} in Chinese`)
      t.match(en, /^[^\p{Script=Han}]+$/u, `${table} ${name} in English`)
    }
    t.equal(new Set(zhs).size, zhs.length, `${table} tells its members apart`)
  }
})

t.test('codes that the engine lists', async (t) => {
  for (const [fact, { domain }] of Object.entries(FACTS)) {
    if (typeof domain === 'string') continue
    for (const code of domain) t.ok(codeWords(fact, code), `${fact} ${code}`)
  }
  for (const { required, optional } of Object.values(PARTS)) {
    for (const [column, type] of Object.entries({ ...required, ...optional })) {
      if (typeof type === 'string') continue
      for (const code of type as readonly string[]) {
        t.ok(codeWords(column, code), `${column} ${code}`)
      }
    }
  }
  t.equal(codeText('category', 'low-income', 'zh'), '低保对象')
  t.equal(codeText('category', 'a-code-of-the-pack', 'zh'), 'a-code-of-the-pack')
  t.equal(codeText('constructor', 'toString', 'en'), 'toString')
})

t.test('amounts, shares and dates', async (t) => {
  for (const [fen, text] of [
    [0, '0.00'],
    [5, '0.05'],
    [100, '1.00'],
    [99_999, '999.99'],
    [123_456_789, '1,234,567.89'],
    [-100_000, '−1,000.00'],
    [9_007_199_254_740_991, '90,071,992,547,409.91'],
  ] as const) {
    t.equal(yuan(fen), text)
  }
  for (const [permyriad, text] of [
    [0, '0 %'],
    [10_000, '100 %'],
    [6_000, '60 %'],
    [505, '5.05 %'],
    [833.33, '8.3333 %'],
    [-2_000, '−20 %'],
    [12_500, '125 %'],
  ] as const) {
    t.equal(percent(permyriad), text)
  }
  t.equal(dateText('1999-07-01', 'zh'), '1999年7月1日')
  t.equal(dateText('1999-07-01', 'en'), '1 July 1999')
  t.equal(timeText('1999-07-01T08:05:09.123+08:00', 'en'), '1 July 1999 08:05:09')
  t.equal(periodText('1999-01-01', '1999-07-01', 'zh'), '1999年1月1日起，至1999年7月1日前')
  t.equal(valueText('capFen', 7_000_000, 'zh'), '70,000.00')
  t.equal(valueText('ratePermyriad', 6_000, 'en'), '60 %')
  t.equal(valueText('joined', true, 'zh'), '是')
  t.equal(valueText('employment', 'retired', 'en'), 'retired')
  t.equal(valueText('beginsOn', '1999-07-01', 'en'), '1 July 1999')
  t.equal(valueText('age', 45, 'zh'), '45')
})
