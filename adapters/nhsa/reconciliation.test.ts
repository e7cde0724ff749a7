import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DAY_MS } from '../../engine/calendar/civil-days.ts'
import { L1, L2, visit } from '../../fixtures/counter/bills.ts'
import type { TestCounter } from '../../fixtures/counter/test-counter.ts'
import { fileRow, Hospital, type Row, zipOf } from '../../fixtures/nhsa/hospital-books.ts'
import {
  type Answer,
  type Message,
  PERSON,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'
import { sealing } from '../codec/sealing.ts'
import { fileId, type KeptFile, KeptFiles } from './files/kept-files.ts'
import { tableText } from './files/text-table.ts'
import { TRANSACTIONS } from './spec/spec.ts'

/** An institution's books held against ours over the national interface. */

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
    await hospital.lost(t)
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

t.test('3202: rows of a file, and the file of those that differ', (t) =>
  withCounter(async (counter) => {
    const hospital = new Hospital(counter)
    const first = await hospital.visit(t)
    const taken = await hospital.visit(t)
    const back = await hospital.cancel(t, taken)
    await hospital.lost(t)
    const rest = restRow(await settledByRest(t, counter, 'outpatient'))
    await hospital.interim(t)
    const all = [first, taken, back, rest]
    const ours = all.map((row) => fileRow(row))
    const without = (row: Row) => all.filter((one) => one !== row).map((one) => fileRow(one))
    const [total, fund, account] = ['medfee_sumamt', 'fund_pay_sumamt', 'acct_pay'].map((field) =>
      first.setlinfo[field].toFixed(2),
    ) as [string, string, string]
    const msgid = first.setlinfo.medins_setl_id
    const { mdtrt_id } = first.setlinfo
    const named = (row: Row, memo: RegExp, flag = '1', at = row.setlinfo) => [
      PERSON,
      at.mdtrt_id,
      row.setlId,
      at.medins_setl_id,
      '1',
      flag,
      memo,
    ]
    type Case = readonly [
      what: string,
      rows: readonly string[],
      more: Message,
      differing: unknown[],
    ]
    const CASES: readonly Case[] = [
      ['what agrees', ours, {}, []],
      [
        'in any order, with line ends of Windows and a byte order mark',
        ['\uFEFF', ...ours.toReversed().map((row) => row.replace('\n', '\r\n'))],
        {},
        [],
      ],
      [
        'a refund under the id of its settlement',
        [fileRow(back, { setl_id: taken.setlId }), ...without(back)],
        {},
        [],
      ],
      ['no refunds', [fileRow(first), fileRow(rest)], { refd_setl_flag: '0' }, []],
      [
        'a row that the hospital lacks',
        without(first),
        {},
        [[PERSON, mdtrt_id, first.setlId, msgid, '1', '0', /^平台有/, total, fund, account]],
      ],
      ['only one row of a refund', without(back), {}, [named(back, /^平台有/)]],
      [
        'amounts that differ',
        [...without(first), fileRow(first, { medfee_sumamt: '1200.01', acct_pay: '0' })],
        {},
        [named(first, /医疗费总额不一致：平台1200.00，机构1200.01；个人账户支出/, '0')],
      ],
      [
        'another person and visit',
        [...without(first), fileRow(first, { psn_no: 'CQE3', mdtrt_id: 'V1' })],
        {},
        [named(first, /^人员编号不一致；就诊ID不一致$/, '0')],
      ],
      [
        'a row that we lack',
        [...ours, fileRow(first, { setl_id: 'S999999' })],
        {},
        [[PERSON, mdtrt_id, 'S999999', 'null', '1', '0', /^机构文件中有/, total, fund, account]],
      ],
      [
        'a row twice',
        [...ours, ours[0]!],
        {},
        [[PERSON, mdtrt_id, first.setlId, 'null', '1', '0', /^机构文件中此笔重复/]],
      ],
      [
        'a refund under both ids',
        [...ours, fileRow(back, { setl_id: taken.setlId })],
        {},
        [[PERSON, taken.setlinfo.mdtrt_id, taken.setlId, 'null', '1', '1', /^机构文件中此笔重复/]],
      ],
      [
        'a refund where none was asked for',
        ours,
        { refd_setl_flag: '0' },
        [taken, back].map((row) => [PERSON, taken.setlinfo.mdtrt_id, row.setlId, 'null']),
      ],
      ['of another day', [], { stmt_begndate: '2026-11-22', stmt_enddate: '2026-11-22' }, []],
      [
        'nothing at all',
        [],
        {},
        [
          named(first, /^平台有/, '0'),
          named(taken, /^平台有/),
          named(back, /^平台有/),
          [PERSON, 'null', rest.setlId, `REST-${L2}`, '1', '0', /^平台有/],
        ],
      ],
    ]
    for (const [what, rows, more, differing] of CASES) {
      const found = await hospital.compared(t, rows, more)
      t.match(found, differing, what)
      t.equal(found.length, differing.length, what)
    }
    const { file_qury_no } = await hospital.upload(t, await zipOf(ours.join('')))
    const sum = (field: string) =>
      all.reduce((sum, { setlinfo }) => sum + setlinfo[field], 0).toFixed(2)
    const sums = {
      medfee_sumamt: sum('medfee_sumamt'),
      fund_pay_sumamt: sum('fund_pay_sumamt'),
      fixmedins_setl_cnt: '4',
    }
    t.match(await hospital.compare(t, file_qury_no, sums), { infcode: 0, warn_msg: '' })
    for (const field of Object.keys(sums)) {
      const warned = await hospital.compare(t, file_qury_no, { ...sums, [field]: '5' })
      t.match(warned, { infcode: 0, warn_msg: /合计不一致/ }, field)
    }
    const early = await hospital.compare(t, 'x', { stmt_enddate: '2026-11-20' })
    t.match(early, { infcode: -1, err_msg: /早于/ })
  }),
)

t.test(
  '3201, 3202: a month is waited for, however long it takes: no silent connection is cut',
  (t) =>
    withCounter(async (counter) => {
      const hospital = new Hospital(counter)
      const { file_qury_no } = await hospital.upload(
        t,
        await zipOf(fileRow(await hospital.visit(t))),
      )
      const address = await counter.app.listen({ host: '127.0.0.1', port: 0 })
      const sockets: Socket[] = []
      counter.app.server.on('connection', (socket: Socket) => sockets.push(socket))
      const { ledger } = counter.ports
      const bookings = ledger.bookings.bind(ledger)
      const limits: unknown[] = []
      ledger.bookings = (...of) => {
        limits.push(sockets.at(-1)!.timeout)
        return bookings(...of)
      }
      const messages = {
        '3201': hospital.message('3201', { data: hospital.totalled([]) }),
        '3202': hospital.message('3202', { data: hospital.asked(file_qury_no) }),
      }
      for (const [infno, message] of Object.entries(messages)) {
        const sent = { method: 'POST', body: JSON.stringify(message) }
        const answer = await fetch(`${address}/fsi/api/rsfComIfsService/callService`, sent)
        t.match(await answer.json(), { infcode: 0 }, infno)
      }
      t.strictSame(limits, [0, 0])
    }),
)

t.test('3202: lines are packed many at a time, as each piece is a turn of its own', async (t) => {
  const columns = TRANSACTIONS.get('3202')!.fileOutput!
  const rows = Array.from({ length: 1_001 }, (_, n) => ({ setl_id: `S${n}`, acct_pay: n }))
  const pieces = await tableText(columns, rows)
  t.equal(pieces.length, 3)
  const lines = pieces.join('').split('\n')
  t.equal(lines.length, 1_002)
  t.match(lines[1_000], /^null\tnull\tS1000\t.*\t10\.00$/)
})

t.test('9101 and 9102: what is taken, who may read it, and for how long', (t) =>
  withCounter(async (counter) => {
    const hospital = new Hospital(counter)
    const other = new Hospital(counter, L1)
    const zip = await zipOf(fileRow(await hospital.visit(t)))
    const uploaded = await hospital.upload(t, zip)
    const { file_qury_no } = uploaded
    t.match(await hospital.upload(t, zip, {}, true), { file_qury_no }, 'a message as a file')
    t.match(uploaded, {
      file_qury_no: /^[0-9a-f]{30}$/,
      filename: 'rows.zip',
      fixmedins_code: L2,
      dld_endtime: /^2026-11-28 10:00:00$/,
    })
    const id = uploaded.file_qury_no
    t.equal((await hospital.download(t, id)).length, 1)
    t.equal((await hospital.download(t, id, 'plc')).length, 1, 'whatever institution is named')
    const signed = [...zip].map((byte) => (byte > 127 ? byte - 256 : byte))
    for (const within of [zip.toString('base64'), [...zip], signed]) {
      t.strictSame(await hospital.uploadWithin(t, within), uploaded)
    }

    const unknown = { infcode: -1, output: null, err_msg: /未找到该文件/ }
    t.match(await other.download(t, id), unknown, "another institution's")
    t.match(await other.download(t, id, L2), unknown, 'under its name, too')
    t.match(await other.compare(t, id), unknown)
    for (const wrong of [
      '0'.repeat(30),
      '../../catalogue/national.csv',
      `${id}.writing`,
      id.toUpperCase(),
    ]) {
      t.match(await hospital.download(t, wrong), unknown, wrong)
    }
    counter.now += 7 * DAY_MS
    t.equal((await hospital.download(t, id)).length, 1)
    counter.now += 1000
    t.match(await hospital.download(t, id), unknown, 'no longer')
    t.match(await hospital.upload(t, zip), { file_qury_no: id }, 'the same again')
    t.equal((await hospital.download(t, id)).length, 1)
    counter.now += DAY_MS

    const bomb = await zipOf(Buffer.alloc(33 * 1024 * 1024))
    t.ok(bomb.length < 200_000, 'it is small until it is unpacked')
    const liar = Buffer.from(await zipOf('0123456789'))
    liar.writeUInt32LE(5, liar.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1')) + 24)
    const FAULTY: readonly (readonly [string, Buffer, RegExp])[] = [
      ['no ZIP', Buffer.from('setl_id'), /不是完整的ZIP/],
      ['half a ZIP', zip.subarray(0, zip.length - 5), /不是完整的ZIP/],
      ['no text', await zipOf('x', 'rows.csv'), /没有TXT/],
      ['two texts', await zipOf('x', 'a.txt', 'b.TXT'), /只能有一个TXT/],
      ['too many', await zipOf('x', ...Array.from({ length: 17 }, (_, n) => `${n}.csv`)), /过多/],
      ['a bomb', bomb, /过大/],
      ['sizes that are not true', liar, /不是完整的ZIP/],
      ['another encoding', await zipOf(Buffer.from([0xce, 0xd2])), /UTF-8/],
    ]
    for (const [what, bytes, sentence] of FAULTY) {
      t.match(await hospital.upload(t, bytes), { infcode: -1, err_msg: sentence }, what)
    }
    const ROWS: readonly (readonly [string, RegExp])[] = [
      ['S1\tV2', /第1行：应为7列（以TAB分隔），实际2列/],
      ['\nS1\tV2\tP\t1.234\t0\t0\t0\n', /第2行：医疗费总额（medfee_sumamt）最多只能有2位小数/],
      [
        'S1\tV2\tP\tx\t0\tnull\t0\n',
        /第1行：医疗费总额.*必须是数字；第1行：个人账户支出（acct_pay）不能为空/,
      ],
    ]
    for (const [text, sentence] of ROWS) {
      const { file_qury_no } = await hospital.upload(t, await zipOf(text))
      t.match(await hospital.compare(t, file_qury_no), { infcode: -1, err_msg: sentence })
    }
    t.match(await hospital.upload(t, zip, { fixmedins_code: L1 }), {
      infcode: -1,
      err_msg: /不一致/,
    })
    t.match(await hospital.uploadWithin(t, ''), { infcode: -1, err_msg: /没有收到文件/ })
    const part = (name: string, rest = '') =>
      `--x\r\nContent-Disposition: form-data; name="${name}"${rest}\r\n\r\nabc`
    const ended = [part('jsonStr'), part('file', '; filename="a"')]
    const nameless = '--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n'
    // Long enough that Busboy waits for somebody to read it: it would never tell the form's end.
    const long = `{"fixmedins_code":"${L2}"}${'a'.repeat(90_000)}`
    const unread = `--x\r\nX: y\r\n\r\n${long}\r\n--x--\r\n`
    const twoFiles = [...ended, ended[1]!.replace('abc', long), '--x--'].join('\r\n')
    const cut = [...ended, ended.join('\r\n')]
    for (const body of ['', '--x\r\n', 'nonsense', nameless, unread, twoFiles, ...cut]) {
      const reply = await counter.app.inject({
        method: 'POST',
        url: '/fsi/api/fileupload/upload',
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
        payload: body,
      })
      t.match(reply.json(), { infcode: -1, err_msg: /JSON/ })
    }
  }),
)

t.test('kept files: whole or not at all, the same in every thread, and not too many', async (t) => {
  const folder = t.testdir()
  let now = Date.parse('2026-11-21T10:00+08:00')
  const key = new Uint8Array(16)
  const seals = sealing([{ id: 'test', cipher: key, hash: key }])
  const files = new KeptFiles(folder, () => now, seals)
  const other = new KeptFiles(folder, () => now, seals)
  const own = { institution: '../../etc' }
  const write = (text: string) => (path: string) => writeFile(path, text)
  const id = fileId('one')
  const half = files.keep(own, id, async (path) => {
    await writeFile(path, 'half')
    t.equal(await other.find(own, id), undefined, 'not while it is written')
    throw new Error('the disk is full')
  })
  await t.rejects(half, /disk is full/)
  t.equal(await files.find(own, id), undefined)
  const kept = await files.keep(own, id, write('whole'))
  t.match(await other.find(own, id), kept)
  t.equal(await other.find({ institution: 'etc' }, id), undefined)
  t.equal(await other.find('everybody', id), undefined)
  t.strictSame(readdirSync(folder), ['of-2e2e2f2e2e2f657463'])
  await Promise.all([files, other].map((one) => one.keep(own, fileId('two'), write('two'))))
  const left = join(folder, 'of-2e2e2f2e2e2f657463')
  t.equal(readdirSync(left).length, 2, 'nothing else is left behind')
  for (let n = 2; n < 200; n++) writeFileSync(join(left, fileId(`${n}`)), '')
  for (const name of readdirSync(left)) utimesSync(join(left, name), now / 1000, now / 1000)
  t.equal(await files.keep(own, fileId('more'), write('more')), 'full')
  t.match(await files.keep(own, id, write('whole')), { id }, 'what is there is kept longer')
  t.match(await files.keep({ institution: 'other' }, id, write('x')), { id })
  const text = Buffer.from('whole')
  const sealed = (await files.keepOwn('third', id, text)) as KeptFile
  t.notOk(readFileSync(sealed.path).includes(text))
  t.same(await other.read(sealed), text)
  t.same(await other.read(kept as KeptFile), text, 'as one of before there were keys')
  now += 7 * DAY_MS + 1
  t.match(await files.keep(own, fileId('more'), write('more')), { size: 4 })
  t.equal(readdirSync(left).length, 1, 'what is too old is gone')
})

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
