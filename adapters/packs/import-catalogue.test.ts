import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { BAD_CATALOGUES, CATALOGUE_HEAD } from '../../fixtures/bad-catalogues.ts'
import { DEMO_CATALOGUE } from '../../fixtures/demo.ts'
import { type SheetCell, workbook } from '../../fixtures/xlsx.ts'
import { CATALOGUE_COLUMNS } from './catalogue-columns.ts'
import { catalogueCells } from './catalogue-csv.ts'
import { compareCatalogues } from './compare-catalogues.ts'
import { readCatalogueTable, writeCatalogue } from './import-catalogue.ts'
import { loadCatalogue } from './load-catalogue.ts'

/** What a sheet says otherwise than CSV, because a sheet has no lines and no fixed width. */
const OTHERWISE: Readonly<Record<string, { csv?: string[]; xlsx?: string[] }>> = {
  'an empty file': { csv: ['1 : an empty file'], xlsx: ['1 : an empty file'] },
  'a column twice': { csv: ['1 : code'], xlsx: ['1 : code'] },
  'a name over two lines': { xlsx: ['2 name: 名\n字', '3 class: D'] },
  'too few and too many cells': { xlsx: ['2 class: ', '2 from: ', '2 kind: '] },
  'an empty line': { csv: [], xlsx: [] },
  'an open quote': { xlsx: [] },
}

const problemsOf = async (file: string) =>
  (await readCatalogueTable(file)).problems
    .map(({ row, column, found }) => `${row} ${column}: ${found}`)
    .sort()

t.test('every faulty row is told with row, column and what was expected', async (t) => {
  const folder = t.testdir()
  for (const [index, [what, text, listed]] of BAD_CATALOGUES.entries()) {
    const { csv = [...listed], xlsx } = OTHERWISE[what] ?? {}
    const file = join(folder, `${index}`)
    writeFileSync(`${file}.csv`, text)
    const found = await problemsOf(`${file}.csv`)
    if (csv[0]?.endsWith('?')) t.equal(found.length, csv.length, what)
    else t.same(found, csv.sort(), `${what}, CSV`)
    if (what === 'an open quote') continue
    const cells = parse(text, { relax_column_count: true }) as string[][]
    const rows = cells.map((row) => row.map((cell) => (cell === '' ? undefined : cell)))
    writeFileSync(`${file}.xlsx`, await workbook(rows))
    t.same(await problemsOf(`${file}.xlsx`), (xlsx ?? csv).sort(), `${what}, XLSX`)
  }
})

t.test('a header of which nothing is known is one fault', async (t) => {
  const file = join(t.testdir(), 'cut.csv')
  for (const sign of [';', '\t']) {
    writeFileSync(
      file,
      'code,name,kind,class,from\nA1,甲,drug,A,2010-01-01\n'.replaceAll(',', sign),
    )
    const { problems } = await readCatalogueTable(file)
    t.equal(problems.length, 1)
    t.match(problems[0], {
      row: 1,
      column: '',
      expected: /^the names .* commas between: code, name/,
    })
  }
})

t.test('CSV and XLSX of the same rows are the same catalogue', async (t) => {
  const folder = t.testdir()
  const [csv, xlsx, written] = ['rows.csv', 'rows.xlsx', 'in/national.csv'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  const grouped = DEMO_CATALOGUE.map((row, at) => ({
    ...row,
    ...(at === 0 ? { group: 'implant-imported', until: '2013-01-01' } : {}),
  }))
  writeCatalogue(csv, grouped)
  const numbers = new Set(['firstSelfPayPermyriad', 'ceilingFen'])
  const dates = new Set(['from', 'until'])
  const cells = grouped.map(catalogueCells).map((row) =>
    CATALOGUE_COLUMNS.map((column): SheetCell => {
      const cell = row[column]
      if (cell === '') return undefined
      if (dates.has(column)) return new Date(`${cell}T00:00:00Z`)
      return numbers.has(column) ? Number(cell) : cell
    }),
  )
  writeFileSync(xlsx, await workbook([CATALOGUE_COLUMNS, ...cells]))
  const shares: number[] = []
  const fromSheet = await readCatalogueTable(xlsx, (share) => shares.push(share))
  t.same(fromSheet.problems, [])
  t.same(fromSheet.rows, (await readCatalogueTable(csv)).rows)
  t.ok(shares.length > 0 && shares.every((share) => share > 0 && share <= 1))
  writeCatalogue(written, fromSheet.rows)
  t.equal(readFileSync(written, 'utf8'), readFileSync(csv, 'utf8'), 'so that the hash is the same')
  const loaded = loadCatalogue('national', [written])
  t.match('rows' in loaded && loaded.rows[0], { group: 'implant-imported', until: '2013-01-01' })
})

t.test('what an import would change', async (t) => {
  const folder = t.testdir({
    'before.csv': `${CATALOGUE_HEAD}\nX1,一,drug,A,2005-01-01,\nX2,二,drug,A,2005-01-01,\n`,
    'after.csv': `${CATALOGUE_HEAD}\nX1,一,drug,B,2005-01-01,2012-01-01\nX1,一,drug,A,2012-01-01,\n`,
  })
  const read = async (name: string) => (await readCatalogueTable(join(folder, name))).rows
  const [before, after] = [await read('before.csv'), await read('after.csv')]
  t.same(compareCatalogues(before, before), { added: [], removed: [], changed: [] })
  t.match(compareCatalogues(before, after), {
    added: [{ code: 'X1', from: '2012-01-01' }],
    removed: [{ code: 'X2' }],
    changed: [
      {
        code: 'X1',
        from: '2005-01-01',
        cells: [
          { column: 'class', before: 'A', after: 'B' },
          { column: 'until', before: '', after: '2012-01-01' },
        ],
      },
    ],
  })
})

t.test('a problem does not repeat a whole file that stands in one cell', async (t) => {
  const file = join(t.testdir(), 'long.csv')
  const long = 'x'.repeat(20_000)
  for (const text of [
    `${CATALOGUE_HEAD}\n${long},名,${long},A,2005-01-01,\n`,
    `${CATALOGUE_HEAD},${long}\nX1,名,drug,A,2005-01-01,,\n`,
  ]) {
    writeFileSync(file, text)
    const { problems } = await readCatalogueTable(file)
    t.ok(problems.length > 0)
    for (const { column, found } of problems) t.ok(`${column}${found}`.length < 200)
  }
})
