import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import exceljs from 'exceljs'
import t from 'tap'
import { ZipFile } from 'yazl'
import { addSheet, type SheetCell, workbook, written } from '../../fixtures/xlsx.ts'
import { type FittedRow, readTable, type TableFormat } from './table.ts'
import { TableError } from './table-row.ts'

const folder = t.testdir()
let files = 0

/** All rows of a file with this content; with an error, `row: expected, found` instead. */
async function read(content: string | Uint8Array, format: TableFormat = 'csv') {
  files += 1
  const file = join(folder, `${files}.${format}`)
  writeFileSync(file, content)
  return readFrom(file, format)
}

async function readFrom(file: string, format: TableFormat): Promise<FittedRow[] | string> {
  const rows: FittedRow[] = []
  try {
    for await (const row of readTable(file, format)) rows.push(row)
  } catch (error) {
    if (!(error instanceof TableError)) throw error
    return `${error.row}: ${error.expected}, ${error.found}`
  }
  return rows
}

const SHEET = 'xl/worksheets/sheet1.xml'
const STYLES = 'xl/styles.xml'
const LONG = /^0: an Excel workbook .*more than 1000000 characters/

/** A workbook by its parts; those that are not given are sound, and say one cell. */
async function zipOf(parts: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const sound = {
    'xl/workbook.xml': '<workbook><sheet r:id="1"/></workbook>',
    'xl/_rels/workbook.xml.rels': `<Relationships>
      <Relationship Id="1" Type="/worksheet" Target="worksheets/sheet1.xml"/>
      <Relationship Id="2" Type="/styles" Target="styles.xml"/></Relationships>`,
    [STYLES]: '<styleSheet><cellXfs><xf/></cellXfs></styleSheet>',
    [SHEET]: '<row><c t="str"><v>a</v></c></row>',
  }
  const zip = new ZipFile()
  for (const [name, text] of Object.entries({ ...sound, ...parts })) {
    zip.addBuffer(Buffer.from(text), name, { compress: text.length > 0 })
  }
  zip.end()
  return buffer(zip.outputStream)
}

const sheet = async (...rows: SheetCell[][]) => read(await workbook(rows), 'xlsx')

t.test('each cell of a sheet is the text that a spreadsheet shows', async (t) => {
  const midday = new Date('2012-02-29T12:00:00Z')
  const day = new Date('2012-02-29T00:00:00Z')
  const cases: readonly [what: string, cell: SheetCell, text: string][] = [
    ['a text', '名称 & <药>', '名称 & <药>'],
    ['spaces', ' a ', ' a '],
    ['digits kept as text', '500113197003150017', '500113197003150017'],
    ['leading zeros kept as text', '0017', '0017'],
    ['a text of a character that XML cannot hold', 'a_x000D_b', 'a\rb'],
    ['a whole number', 500113, '500113'],
    ['15 digits', 999_999_999_999_999, '999999999999999'],
    ['18 digits that are no longer those', 5.001131970031501e17, '5.0011319700315e+17'],
    ['a sum that is shown rounded', 0.1 + 0.2, '0.3'],
    ['a sum that is shown whole', 0.57 * 100, '57'],
    ['a negative fraction', -0.0001, '-0.0001'],
    ['a percentage', { value: 0.1, format: '0%' }, '10%'],
    ['a percentage with places', { value: 0.285, format: '0.00%' }, '28.5%'],
    ['an amount with a colour', { value: 12.5, format: '[Red]#,##0.00;"days"0' }, '12.5'],
    ['a plain number of the region', { value: 3, format: 'G/通用格式' }, '3'],
    ['a day', day, '2012-02-29'],
    ['a day in words', { value: day, format: 'yyyy"年"m"月"d"日"' }, '2012-02-29'],
    ['a time on a day', { value: midday, format: 'yyyy-mm-dd hh:mm' }, '2012-02-29T12:00:00.000Z'],
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['parts in several fonts', { value: { richText: [{ text: '阿' }, { text: '司' }] } }, '阿司'],
    ['a link', { value: { text: '药', hyperlink: 'https://example.org' } }, '药'],
    ['the number of a formula', { value: { formula: '1+1', result: 2 } }, '2'],
    ['the text of a formula', { value: { formula: '"甲"', result: '甲' } }, '甲'],
    ['the day of a formula', { value: { formula: 'X', result: day }, format: 'm/d' }, '2012-02-29'],
    ['the empty text of a formula', { value: { formula: '""', result: '' } }, ''],
    ['nothing', undefined, ''],
  ]
  const names = cases.map((_, at) => `c${at}`)
  const rows = await sheet([...names, 'end'], [...cases.map(([, cell]) => cell), 'end'])
  if (typeof rows === 'string') throw new Error(rows)
  t.strictSame(rows[0], { number: 1, cells: [...names, 'end'] })
  for (const [at, [what, , text]] of cases.entries()) t.equal(rows[1]?.cells[at], text, what)
})

t.test('cells that have no value stop the reading, and are named', async (t) => {
  const cases: readonly [SheetCell, RegExp][] = [
    [{ value: { error: '#N/A' } }, /^2: no error in column 2, #N\/A$/],
    [{ value: { formula: 'A1' } }, /^2: the formula's result in column 2, .*never computed$/],
  ]
  for (const [cell, told] of cases) t.match(await sheet(['a', 'b'], ['x', cell]), told)
})

t.test('blank rows are none; rows keep their numbers; misfits are told', async (t) => {
  const formatted = { value: null, format: '0.00' }
  const rows = await sheet([' a ', 'b'], [], ['1'], [formatted, ' '], ['1', '2', '3'])
  const misfit = { expected: 2, found: 3 }
  t.strictSame(rows, [
    { number: 1, cells: ['a', 'b'] },
    { number: 3, cells: ['1', ''] },
    { number: 5, cells: ['1', '2', '3'], misfit },
  ])
  t.strictSame(await read('\uFEFF a ,b\r\n\r\n1\r\n"x\r\ny",2\r\n,\r\n1,2,3'), [
    { number: 1, cells: ['a', 'b'] },
    { number: 3, cells: ['1'], misfit: { expected: 2, found: 1 } },
    { number: 4, cells: ['x\r\ny', '2'] },
    { number: 7, cells: ['1', '2', '3'], misfit },
  ])
})

t.test('blank columns behind the last name are none, as spreadsheets leave them', async (t) => {
  const beyond = { expected: 2, found: 4 }
  const coloured = { value: null, format: '0.00' }
  const header = ['a', 'b', coloured, ' ']
  t.strictSame(await sheet(header, ['1', '2', coloured], ['1'], ['1', '2', coloured, '4']), [
    { number: 1, cells: ['a', 'b'] },
    { number: 2, cells: ['1', '2'] },
    { number: 3, cells: ['1', ''] },
    { number: 4, cells: ['1', '2', '', '4'], misfit: beyond },
  ])
  t.strictSame(await read('a,b,, \n1,2,,\n1,2\n1,2,,4\n'), [
    { number: 1, cells: ['a', 'b'] },
    { number: 2, cells: ['1', '2'] },
    { number: 3, cells: ['1', '2'], misfit: { expected: 4, found: 2 } },
    { number: 4, cells: ['1', '2', '', '4'], misfit: beyond },
  ])
})

t.test('what is no table is told as what it is', async (t) => {
  const made = new exceljs.Workbook()
  addSheet(made, 'hidden', [['x']]).state = 'hidden'
  const whole = await workbook([['a'], ...Array.from({ length: 2_000 }, (_, at) => [`n${at}`])])
  const cases: readonly [what: string, string | Uint8Array, TableFormat, RegExp][] = [
    ['nothing', '', 'csv', /^1: a header, an empty file$/],
    ['an empty sheet', await workbook([]), 'xlsx', /^1: a header, an empty file$/],
    ['a column without a name', 'a,,b,\n', 'csv', /^1: a name above each column, none in 2$/],
    ['a column twice', 'a,b, a\n', 'csv', /^1: each column once, a$/],
    [
      'another encoding',
      Buffer.from('a\n1\n\xc3\xfb\n', 'latin1'),
      'csv',
      /^3: text in UTF-8 \(.*“CSV UTF-8”\), /,
    ],
    ['an open quote', 'a\n1\n"2\n', 'csv', /^3: CSV as in RFC 4180: .* closes column 1, none$/],
    ['one behind many rows', `a\n${'1\n'.repeat(99)}"2\n3\n`, 'csv', /^101: .* closes column 1, /],
    ['a quote in a cell', 'a,b\n"x\ny",1\n1,"乙"类\n', 'csv', /^4: .* twice, one in column 2$/],
    ['one in a cell without', 'a,b\n1,乙"类\n', 'csv', /^2: .* twice, one in column 2$/],
    ['a long open quote', `a\n"${'x'.repeat(1_100_000)}`, 'csv', /^2: CSV as in RFC 4180/],
    ['CSV that is called a workbook', 'a\n1\n', 'xlsx', /^0: an Excel workbook/],
    ['a workbook that is cut off', whole.subarray(0, -40), 'xlsx', /^0: an Excel workbook/],
    ['only a hidden sheet', await written(made), 'xlsx', /^0: a workbook with a visible sheet/],
  ]
  for (const [what, content, format, told] of cases) {
    t.match(await read(content, format), told, what)
  }
  const damaged = Uint8Array.from(whole)
  damaged.fill(0, 2_000, 2_100)
  t.match(await read(damaged, 'xlsx'), /^\d+: an Excel workbook/, 'damaged')
  mkdirSync(join(folder, 'sub.csv'))
  t.match(await readFrom(join(folder, 'sub.csv'), 'csv'), /^0: a file that can be read, none$/)
  for (const format of ['csv', 'xlsx'] as const) {
    t.match(await readFrom(join(folder, 'none'), format), /^0: a file that can be read, none$/)
  }
})

t.test('a workbook that was made to fill the memory is refused', async (t) => {
  const many = (text: string, times: number) => Buffer.alloc(text.length * times, text)
  const cells = '<c t="b"><v>1</v></c>'.repeat(16_385)
  const pieces = `<t>${'1'.repeat(400_000)}</t>`.repeat(3)
  const relations = `<Relationships>
    <Relationship Id="1" Type="/worksheet" Target="worksheets/sheet1.xml"/>
    <Relationship Id="2" Type="/sharedStrings" Target="texts.xml"/></Relationships>`
  const names = Array.from({ length: 10_000 }, (_, at) => `x${at}`)
  const cases: readonly [what: string, Readonly<Record<string, string | Uint8Array>>, RegExp][] = [
    ['elements in each other', { [SHEET]: `<worksheet>${'<a>'.repeat(101)}` }, /more than 100/],
    ['a cell without end', { [SHEET]: `<row><c><v>${'1'.repeat(1_100_000)}` }, LONG],
    [
      'a cell of pieces without end',
      { [SHEET]: `<row><c t="inlineStr"><is>${pieces}` },
      /^1: at most 1000000 characters in a cell, 1200000/,
    ],
    [
      'a text of cells, the same',
      { 'xl/_rels/workbook.xml.rels': relations, 'xl/texts.xml': `<sst><si>${pieces}` },
      /^0: at most 1000000 characters in a cell, 1200000/,
    ],
    ['a tag without end', { [SHEET]: `<worksheet ${'x'.repeat(1_100_000)}` }, LONG],
    ['a row without end', { [SHEET]: `<row>${cells}</row>` }, /^1: cells in columns A to XFD/],
    ['styles', { [STYLES]: many('<xf/>', 7_000_000) }, /^0: at most 33554432 bytes in a part/],
    ['sheets', { 'xl/workbook.xml': many('<sheet/>', 4_200_000) }, /^0: at most 33554432 bytes/],
    ['parts', Object.fromEntries(names.map((name) => [name, ''])), /^0: .* of at most 10000 parts/],
  ]
  for (const [what, parts, told] of cases)
    t.match(await read(await zipOf(parts), 'xlsx'), told, what)
  t.match(
    await read(await zipOf({}), 'xlsx'),
    [{ cells: ['a'] }],
    'the one that these were made of',
  )
})

t.test('the first sheet that can be seen counts, and days also from 1904', async (t) => {
  const made = new exceljs.Workbook()
  made.properties.date1904 = true
  addSheet(made, 'lists', [['not this']]).state = 'hidden'
  addSheet(made, 'rows', [['on'], [new Date('2012-02-29T00:00:00Z')]])
  addSheet(made, 'more', [['nor this']])
  const rows = await read(await written(made), 'xlsx')
  t.match(rows, [{ cells: ['on'] }, { cells: ['2012-02-29'] }])
})

t.test('a large file is read in pieces, and no character is lost between them', async (t) => {
  const count = 5_000
  const text = (at: number) => `${'汉字药'.repeat(1 + (at % 5))}${at}`
  const rows = Array.from({ length: count }, (_, at) => [String(at), text(at)])
  const [csv, xlsx] = [join(folder, 'large.csv'), join(folder, 'large.xlsx')]
  writeFileSync(csv, ['id,text', ...rows.map((row) => row.join())].join('\n'))
  writeFileSync(xlsx, await workbook([['id', 'text'], ...rows]))
  for (const [file, format] of [
    [csv, 'csv'],
    [xlsx, 'xlsx'],
  ] as const) {
    const told: number[] = []
    const { length: size } = readFileSync(file)
    let at = -1
    let wrong = 0
    for await (const { number, cells } of readTable(file, format, (bytes, of) => {
      if (of !== size || bytes < (told.at(-1) ?? 0) || bytes > size) wrong += 1
      told.push(bytes)
    })) {
      if (at >= 0 && (number !== at + 2 || cells[0] !== String(at) || cells[1] !== text(at))) {
        wrong += 1
      }
      at += 1
    }
    t.strictSame([at, wrong], [count, 0], format)
    t.ok(new Set(told).size > 10, `${format}: told on the way`)
  }
})
