import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { CatalogueRow } from '../../engine/policy/catalogue.ts'
import { L1, L2, PHARMACY } from '../../fixtures/counter/bills.ts'
import type { TestCounter } from '../../fixtures/counter/test-counter.ts'
import { DEMO_CATALOGUE } from '../../fixtures/demo.ts'
import {
  ADMISSION,
  type Answer,
  HospitalSystem,
  type Message,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'
import { CATALOGUE_HEADER, catalogueLine } from '../packs/catalogue-csv.ts'
import { KeptRowReader, keptRows } from '../packs/kept-rows.ts'
import { CatalogueIndex } from './catalogue/catalogue-index.ts'
import { textInZip } from './files/zipped-text.ts'

/** What institutions take from us: catalogues as files and pages, and who an institution is. */

const FROM = '2012-01-01'
const DRUG: CatalogueRow = {
  code: 'XJ01CAA040A001010102699',
  name: '阿莫西林, "胶囊"',
  kind: 'drug',
  class: 'B',
  from: FROM,
  until: '2020-01-01',
  firstSelfPayPermyriad: 1_250,
  restrictions: { sex: 'female' },
}
const ROWS: readonly CatalogueRow[] = [
  ...DEMO_CATALOGUE,
  DRUG,
  { ...DRUG, from: '2020-01-01', until: '2030-03-01', firstSelfPayPermyriad: 500 },
  {
    code: 'C0101',
    name: '支架',
    kind: 'consumable',
    class: 'A',
    from: FROM,
    firstSelfPayPermyriad: 0,
    ceiling: { any: 123_456, byLevel: { 1: 100_000, 3: 200_000 } },
  },
]

/** In every form in which a catalogue may be kept. */
const FORMS: readonly (readonly [string, (text: string) => string])[] = [
  ['as we write it', (text) => text],
  ['with a byte order mark', (text) => `\uFEFF${text}`],
  ['with line ends of Windows', (text) => text.replaceAll('\n', '\r\n')],
  ['without the last line end', (text) => text.trimEnd()],
]

t.test('every row is found again where it stands', async (t) => {
  for (const [form, written] of FORMS) {
    const file = join(t.testdir(), 'kept.csv')
    const text = written(CATALOGUE_HEADER + ROWS.map(catalogueLine).join(''))
    const hash = createHash('sha256').update(text).digest('hex')
    writeFileSync(file, text)
    const handle = await open(file)
    const found: CatalogueRow[] = []
    let reader: KeptRowReader | undefined
    for await (const rows of keptRows(file, hash)) {
      for (const { row, at, end } of rows) {
        reader ??= await KeptRowReader.of(handle, at)
        t.strictSame(await reader.row(at, end), row, form)
        found.push(row)
      }
    }
    await handle.close()
    t.strictSame(found, ROWS, form)
    // Still a row as any other.
    writeFileSync(
      file,
      text.replace(/\d(?=\D*$)/, (digit) => String(Number(digit) ^ 1)),
    )
    await t.rejects(CatalogueIndex.of(file, hash), /is not as it was kept/, form)
  }
})

class Client extends HospitalSystem {
  readonly #counter: TestCounter
  constructor(counter: TestCounter, institution = L2) {
    super(counter, institution)
    this.#counter = counter
  }

  async file(t: Test, { file_qury_no, filename }: Answer): Promise<string[][]> {
    const input = { fsDownloadIn: { file_qury_no, filename, fixmedins_code: 'plc' } }
    const envelope = { infno: '9102', msgid: this.nextId(), fixmedins_code: L2, input }
    const rest = { mdtrtarea_admvs: '500113', recer_sys_code: '99', infver: '1', opter_type: '1' }
    const more = {
      opter: '1',
      opter_name: '1',
      inf_time: '2022-01-21 10:00:00',
      fixmedins_name: '1',
    }
    const reply = await this.#counter.app.inject({
      method: 'POST',
      url: '/fsi/api/rsfComIfsService/callService',
      payload: JSON.stringify({ ...envelope, ...rest, ...more }),
    })
    t.equal(reply.headers['content-type'], 'application/octet-stream')
    const text = await textInZip(reply.rawPayload)
    const lines = (text as string).split('\n').slice(0, -1)
    return lines.map((line) => line.split('\t'))
  }
}

async function withCatalogue(
  t: Test,
  run: (client: Client, counter: TestCounter) => Promise<void>,
) {
  await withCounter(async (counter) => {
    const file = join(counter.rulesFolder, '..', 'catalogue', 'national.csv')
    writeFileSync(file, CATALOGUE_HEADER + ROWS.map(catalogueLine).join(''))
    t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
    await run(new Client(counter), counter)
  })
}

t.test('1301 to 1315: a version as a file, once, and nothing for whoever has it', (t) =>
  withCatalogue(t, async (client, counter) => {
    const download = (infno: string, ver = '0') => client.ask(t, infno, { data: { ver } })
    const drugs = (await download('1301')).output
    const version = /^1301_([0-9a-f]{20})\.zip$/.exec(drugs.filename)![1]!
    t.match(drugs, { data_cnt: 2, dld_end_time: '2026-11-28 10:00:00' })
    const rows = await client.file(t, drugs)
    t.strictSame(
      rows.map((row) => row.length),
      [92, 92],
    )
    const held = (row: string[]) =>
      row.flatMap((cell, at) => (cell === 'null' ? [] : [`${at + 1} ${cell}`]))
    t.strictSame(held(rows[0]!), [
      `1 ${DRUG.code}`,
      `4 ${DRUG.name}`,
      `8 ${DRUG.name}`,
      '37 2012-01-01',
      '38 2019-12-31',
      '58 1',
      '79 1',
      `80 ${DRUG.code}_20120101`,
      `83 ${version}`,
      `84 ${version}`,
      '92 02',
    ])
    const services = await client.file(t, (await download('1305')).output)
    t.strictSame(
      services.map((row) => [row.length, row[0], row[9], row[11], row[12]]),
      DEMO_CATALOGUE.map(({ code, name, from }) => [16, code, name, from, 'null']),
    )
    const consumables = (await download('1306')).output
    t.equal(consumables.data_cnt, 1)
    t.match((await client.file(t, consumables))[0], { 0: 'C0101', 1: '支架', 33: '0', 46: FROM })

    t.strictSame((await download('1301')).output, drugs, 'the same file for everybody')
    const other = new Client(counter, L1)
    t.strictSame((await other.ask(t, '1301', { data: { ver: '1' } })).output, drugs)
    const nothing = (await download('1301', version)).output
    t.match(nothing, { data_cnt: 0, filename: drugs.filename })
    t.strictSame(await client.file(t, nothing), [])
    counter.now += 8 * 24 * 60 * 60 * 1000
    t.match((await download('1301')).output, { data_cnt: 2, dld_end_time: '2026-12-06 10:00:00' })
    const NOT_KEPT = [
      '1302',
      '1303',
      '1307',
      '1308',
      '1309',
      '1310',
      '1311',
      '1313',
      '1314',
      '1315',
    ]
    for (const infno of NOT_KEPT) {
      t.match(await download(infno), { infcode: -1, err_msg: /^本平台未维护.*目录，/ }, infno)
    }
  }),
)

t.test(
  '2301: what is returned is split as the line was, also where the item has changed since',
  (t) =>
    withCatalogue(t, async (client) => {
      const stay = { psn_no: 'CQE3', mdtrt_cert_no: 'unknown', begntime: '2019-12-25 10:00:00' }
      const admitted = await client.send(t, ADMISSION, { more: stay })
      const of = { ...stay, mdtrt_id: admitted.output.result.mdtrt_id, med_list_codg: DRUG.code }
      const uploaded = async (line: Message): Promise<Answer> => {
        const answer = await client.send(t, '2301', { more: { ...of, pric: '100', ...line } })
        t.equal(answer.infcode, 0, answer.err_msg)
        return answer.output.result[0]
      }
      const charged = { feedetl_sn: '1', fee_ocur_time: '2019-12-28', cnt: '10' }
      const line = await uploaded({ ...charged, det_item_fee_sumamt: '1000' })
      const returned = {
        feedetl_sn: '2',
        init_feedetl_sn: '1',
        fee_ocur_time: '2020-01-03',
        cnt: '-4',
      }
      const back = await uploaded({ ...returned, det_item_fee_sumamt: '-400' })
      t.match(line, { selfpay_prop: 0.125, preselfpay_amt: 125, inscp_scp_amt: 875 })
      t.match(back, { selfpay_prop: 0.125, preselfpay_amt: -50, inscp_scp_amt: -350 })
      const end = { medfee_sumamt: '600', dscgTime: '2020-01-05', mid_setl_flag: '0' }
      const settled = await client.send(t, '2304', { more: { ...of, ...end } })
      t.match(settled.output?.setlinfo, { preselfpay_amt: 75, inscp_scp_amt: 525 }, settled.err_msg)
    }),
)

t.test('1312, 1316 to 1319: pages of rows that are asked for', (t) =>
  withCatalogue(t, async (client) => {
    const page = async (infno: string, asked: Message = {}) => {
      const data = { updt_time: '2020-01-01 00:00:00', page_num: '1', page_size: '100', ...asked }
      const answer = await client.ask(t, infno, { data })
      return answer.infcode === 0 ? answer.output : answer
    }
    const all = ROWS.map(({ code }) => code)
    const [a, b, c, limited] = all
    const { code } = DRUG
    const CASES: readonly (readonly [Message, readonly (string | undefined)[]])[] = [
      [{}, all],
      [{ hilist_code: code }, [code, code]],
      [{ hilist_code: code, query_date: '2019-12-31', vali_flag: '1' }, [code]],
      [{ hilist_code: code, query_date: '2020-01-01', vali_flag: '1' }, [code]],
      [{ hilist_code: code, begndate: '2020-01-01' }, [code]],
      [{ hilist_code: 'X' }, []],
      [{ hilist_name: '演示' }, [a, b, c, limited]],
      [{ hilist_name: '演示', chrgitm_lv: '03' }, [c]],
      [{ hilist_name: '支架', hilist_code: code }, []],
      [{ list_type: '101' }, [code, code]],
      [{ list_type: '301' }, ['C0101']],
      [{ list_type: '102' }, []],
      [{ lmt_used_flag: '1' }, [code, code]],
      [{ med_chrgitm_type: '05' }, [b]],
      [{ med_chrgitm_type: '99' }, []],
      [{ vali_flag: '0' }, [code]],
      [{ vali_flag: '1', chrgitm_lv: '02' }, [b, code]],
      [{ insu_admdvs: '420106' }, all],
    ]
    for (const [asked, codes] of CASES) {
      const found = await page('1312', asked)
      const what = JSON.stringify(asked)
      t.strictSame(
        found.data.map((row: Answer) => row.hilist_code),
        codes,
        what,
      )
      t.equal(found.recordCounts, codes.length, what)
    }
    t.match((await page('1312', { hilist_code: b })).data, [{ med_chrgitm_type: '05' }])
    t.match((await page('1312', { hilist_code: code })).data, [
      {
        hilist_name: DRUG.name,
        insu_admdvs: '500113',
        begndate: FROM,
        enddate: '2019-12-31',
        chrgitm_lv: '02',
        lmt_used_flag: '1',
        list_type: '101',
        vali_flag: '0',
      },
      { begndate: '2020-01-01', enddate: '2030-02-28', vali_flag: '1' },
    ])
    type Paged = readonly [
      page: number,
      size: number,
      codes: readonly (string | undefined)[],
      told: Message,
    ]
    const PAGES: readonly Paged[] = [
      [
        1,
        3,
        [a, b, c],
        { firstPage: 'true', lastPage: 'false', size: 3, startRow: 1, endRow: 3, pages: 3 },
      ],
      [
        2,
        3,
        [limited, code, code],
        { firstPage: 'false', lastPage: 'false', startRow: 4, endRow: 6 },
      ],
      [
        3,
        3,
        ['C0101'],
        { lastPage: 'true', size: 1, startRow: 7, endRow: 7, pageNum: 3, pageSize: 3 },
      ],
      [4, 3, [], { lastPage: 'true', size: 0, startRow: 0, endRow: 0, recordCounts: 7 }],
    ]
    for (const [number, size, codes, told] of PAGES) {
      const found = await page('1316', { page_num: `${number}`, page_size: size })
      t.strictSame(
        found.data.map((row: Answer) => row.med_list_codg),
        codes,
        `page ${number}`,
      )
      t.match(found, told, `page ${number}`)
    }
    t.match((await page('1317')).recordCounts, 0)
    t.match(
      (await page('1318')).data.map((row: Answer) => [
        row.hilist_code,
        row.hilist_lmtpric_type,
        row.hilist_pric_uplmt_amt,
      ]),
      [
        ['DEMO-LIM', '0', 100],
        ['C0101', '0', 1234.56],
        ['C0101', '1', 1000],
        ['C0101', '3', 2000],
      ],
    )
    t.strictSame(
      (await page('1319')).data.map((row: Answer) => row.selfpay_prop),
      [0, 0.1, 1, 0, 0.125, 0.05, 0],
    )
    for (const [asked, sentence] of [
      [{ page_num: 0 }, /page_num/],
      [{ page_size: 1001 }, /page_size/],
      [{ insu_admdvs: '110101' }, /未维护医保目录/],
    ] as const) {
      t.match(await page('1312', asked), { infcode: -1, err_msg: sentence })
    }
  }),
)

t.test('1201: an institution by code, name and type', (t) =>
  withCounter(async (counter) => {
    const client = new Client(counter)
    const ask = (medinsinfo: Message) => client.ask(t, '1201', { medinsinfo })
    const own = await ask({ fixmedins_type: '1' })
    const { fixmedins_name } = own.output.medinsinfo[0]
    t.match(own.output.medinsinfo, [
      { fixmedins_code: L2, fixmedins_type: '1', hosp_lv: '13', uscc: '', exp_content: '' },
    ])
    t.match((await ask({ fixmedins_type: '1', fixmedins_code: L1 })).output.medinsinfo, [
      { fixmedins_code: L1, hosp_lv: '14' },
    ])
    t.match((await ask({ fixmedins_type: '2', fixmedins_code: PHARMACY })).output.medinsinfo, [
      { fixmedins_code: PHARMACY, fixmedins_type: '2' },
    ])
    t.equal((await ask({ fixmedins_type: '1', fixmedins_name })).infcode, 0)
    for (const asked of [
      { fixmedins_type: '2' },
      { fixmedins_type: '1', fixmedins_code: 'H00000000000' },
      { fixmedins_type: '1', fixmedins_name: 'another' },
    ]) {
      t.match(await ask(asked), { infcode: -1, err_msg: /未查到该医药机构/ })
    }
  }),
)
