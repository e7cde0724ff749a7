import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { coverageOf } from '../../engine/policy/coverage.ts'
import { readRules } from '../packs/read-rules.ts'
import { writeBook } from './rules-book.ts'

/** The rulebook of a shipped city, held against the pack that it is made from. */
const out = mkdtempSync(join(tmpdir(), 'yizhan-book-'))
t.teardown(() => rmSync(out, { recursive: true, force: true }))

const { source, pack } = readRules('rules').packs.find((one) => one.source.id === 'ziyang')!

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, one]) => one!)

/** As a browser shows it. */
const shown = (html: string) =>
  html
    .replace(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')

for (const [lang, words] of [
  [
    'en',
    {
      assumed: ' assumed</span>',
      resident: 'contribution tier',
      rate: '95 %',
      yuan: '300,000.00 yuan',
    },
  ],
  ['zh', { assumed: ' 假定</span>', resident: '缴费档次', rate: '95 %', yuan: '300,000.00元' }],
] as const) {
  t.test(`in ${lang}`, async (t) => {
    const folder = join(out, lang)
    const written = await writeBook({ rules: 'rules', out: folder, pack: 'ziyang', lang })
    t.strictSame(written, [join(folder, 'index.html'), join(folder, 'ziyang.html')])
    const [index, page] = written.map((path) => readFileSync(path, 'utf8')) as [string, string]
    t.match(index, 'href="ziyang.html"')

    t.notMatch(page, /<script|<link|<img|@import|url\(|https?:/, 'nothing is loaded')
    const ids = all(page, / id="([^"]+)"/g)
    t.equal(new Set(ids).size, ids.length, 'every id once')
    t.strictSame(
      all(page, /href="#([^"]+)"/g).filter((id) => !ids.includes(id)),
      [],
      'links within the page lead somewhere',
    )
    for (const { table, title } of source.tables) {
      const id = `table-${table.replace('/', '-')}`
      t.ok(ids.includes(id) && page.includes(title), table)
    }
    t.equal(all(page, / id="(plan-\d+)"/g).length, source.plans.length)
    t.equal(page.split(words.assumed).length - 1, coverageOf(source, pack).rows.assumed, 'rows')
    for (const word of Object.values(words)) t.ok(page.includes(word), word)

    const text = shown(page)
    for (const { cite, clauses = {} } of Object.values(source.documents)) {
      t.ok(text.includes(cite), cite)
      for (const [clause, said] of Object.entries(clauses)) {
        t.ok(text.includes(said.split('\n')[0]!), `the words of ${clause}`)
      }
    }
    t.equal(page.split('class="example"').length - 1, source.plans.length, 'an example each')
  })
}

const SAID: readonly (readonly [rules: string, pack: string, said: RegExp])[] = [
  ['rules', 'huainan', /居民医保普通门诊单次支付限额; 周期: 每次就诊; 限于: 支付额/],
  ['rules', 'jilin', /限于: 支付额; 合并计算 居民医保门诊特殊疾病、居民医保按病种付费/],
  [
    'fixtures/packs',
    'monthly-credits',
    /用于: 个人账户划入 \(职工基本医疗保险\). {2}按当月1日取值/,
  ],
]
t.test('caps in words, the other benefits by their titles; what credits accounts', async (t) => {
  for (const [rules, pack, said] of SAID) {
    const options = { rules, out: join(out, 'said'), pack, lang: 'zh' } as const
    const [, page] = await writeBook(options)
    t.ok(said.test(shown(readFileSync(page!, 'utf8'))), pack)
  }
})

t.test('what cannot be written', async (t) => {
  const options = { out, lang: 'en' } as const
  await t.rejects(writeBook({ ...options, rules: 'rules', pack: 'nowhere' }), /no pack nowhere/)
  await t.rejects(
    writeBook({ ...options, rules: 'fixtures/bad-packs/33-gap-between-rows' }),
    /the rules have errors/,
  )
})
