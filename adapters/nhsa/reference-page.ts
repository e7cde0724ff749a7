import { IMPLEMENTED } from './implemented.ts'
import { PREFIX, servicePaths } from './service-paths.ts'
import {
  type FieldSpec,
  type Need,
  type NodeSpec,
  TRANSACTIONS,
  type TransactionSpec,
} from './spec/spec.ts'

const HEAD = `# The national interface

The transactions of the national interface for designated institutions (定点医药机构接口) whose fields Yizhan knows. This page is made from the data in \`adapters/nhsa/spec\` and the table of what is implemented (\`npm run readme\`); do not edit it.

Every message is read in the shapes that senders are known to use: numbers as strings or numbers, one row as an object or a list of one, \`input\` as an object or as its JSON text, names in any case and with or without underscores, \`""\`, \`null\` and \`"null"\` for nothing, dates with or without the time of day. All faults of a message are told at once, each in a Chinese sentence with the field's name. Numbers never go through a binary fraction.

## What is beyond the text

- **A lost settlement.** 5203 without \`setl_id\` finds the settlements of a person at the asking institution, reversed ones too, the last first, at most 100: \`setllist\` has for each its ids, its transaction (\`infno\`), the message id (\`msgid\`) that 2601 wants, time, amounts, and whether it was taken back and by which settlement id. \`setlinfo\` and \`setldetail\` are those of the last one. The \`setl_id\` of a cancellation is answered with the cancellation, by 5204 too. \`mdtrt_id\`, \`oinfno\`, and \`begntime\` and \`endtime\` of the settlement narrow it down. A refused 2601, and one that found nothing under its message id (\`warn_msg\`), name this way; the latter also names the last settlement of the person here in the 24 hours before that was not taken back, as the id or the transaction in the sender's log may not be those of the message.
- **The same purchase.** A 2102 under a new message id that says the same as one that stands, whatever credential was shown, is answered with that one; \`begntime\`, to the second, is what tells two purchases of the same drugs apart.
- **A shared account.** With \`acct_used_flag\` 2 whoever had shared their account with the person on the day when the care began pays, of several the one who did so first.
- **Traceability codes** (\`durg_trac_info\`, also written \`drug_trac_info\`) stand within a line of 2101, 2102, 2204 or 2301, or beside the lines with the number of theirs. A pack is sold by one settlement of one institution, until that is taken back; an opened one (\`trdn_flag\` 1) in parts, by the institution that opened it alone. Uploads and trials tell of a sold pack, too.
- **The type of charge** (\`med_chrgitm_type\`) of a line may be said with the line in 2101, 2102, 2204 and 2301, though the text has it in answers alone. It is kept and given back; where a line says none, the catalogue's column \`chargeType\` does, or the field is empty.
- **Items that no catalogue has** are the patient's own pay in 2101, 2102, 2204 and 2301, with a \`memo\` on the line and a warning (\`warn_msg\`).
- **The disease of a batch.** \`dise_codg\` of the lines (2204) goes before that of the visit (2203), where the person is registered with it or the visit says none; a code that is no registered disease, such as a diagnosis, changes nothing. All lines of a batch are for one disease.
- **A batch of several days.** The lines of one \`chrg_bchno\`, or of one purchase, may have been charged on several days: what a doctor ordered in the evening and the patient pays in the morning, or days under observation. The bill is decided as of the last of them.
- **A trial during the stay.** 2303 before 2402, without \`dscgTime\` and with \`mid_setl_flag\` 0, is tried as if the stay ended on the last day that something was charged for, and \`warn_msg\` names the day. 2304 needs 2402 or \`dscgTime\`, or \`mid_setl_flag\` 1. After 2402 its day counts, and \`warn_msg\` says so where \`dscgTime\` is another one.
- **Days to come.** A stay begins and ends tomorrow at the latest (2401, 2402, 2403, 2303, 2304): a later day is a slip, and would keep the person out of all other hospitals. A registration (2201) may be of a later day. A line is charged tomorrow at the latest, too (2101, 2102, 2204, 2301).
- **Approvals.** A visit's messages name no approval. A referral that was filed by 2501 counts where its approval, as the agency has it now, covers the institution and the day of admission. Without one, so does an approval that the agency registered (\`PUT /v1/approvals/{approvalId}\`, or an import) and that names the institution, or else its district; of several the one that was registered last. A report of an emergency counts for an admission on its first day alone.
- **A settlement list read back.** \`GET /v1/settlements/{settlementId}/list\` gives the institution that settled, and the agency, the list that 4101 brought last.

## What is not kept

Names of persons, addresses, telephone numbers and certificates are read where a message has them and are not kept, by decision: nothing here is decided by them, the scheme's own registry has them, and what is not here cannot leak. \`psn_name\`, \`psn_cert_type\` and \`certno\` are answered as the same message sent them, and are empty where it did not; doctors go by their codes. Credentials find their person by a keyed hash. What else a message says of visits, lines and settlements and decides nothing, such as an invoice (\`invono\`), prescription, dose or department, is kept and given back by 5203 and 5204.

`

const FILES = `
## Reconciliation and files

**3201** adds up the institution's settlements of one \`insutype\`, \`clr_type\` and \`setl_optins\` (as \`setlinfo\` names them; \`setl_optins\` is its \`clr_optins\`) whose \`setl_time\` lies on the days asked for, whichever way they were booked: by this interface or by REST, in the middle of a stay or at its end. A cancellation is a settlement of its own, with negative amounts, on its own day. With \`refd_setl_flag\` 0 neither row of a refund counts; with 1, or nothing, both do. What 2601 undid never counts, nor does what undid it: the sender of a 2601 has neither. \`stmt_rslt\` is 0 where everything agrees, else 1, and \`stmt_rslt_dscr\` says what differs and by how much.

**3202** does the same row by row. Upload a ZIP with one TXT (UTF-8, columns by TAB, \`null\` for nothing, no header) by 9101: as multipart/form-data with the message in the part \`jsonStr\` (as text, or as a file of JSON) and the ZIP in \`file\`, or within the message as \`fsUploadIn.in\` (base64, or a list of bytes). A refund has two rows; the negative one is under the \`setl_id\` that its cancellation answered, or that of the settlement. The answer names a file with the rows that differ, none if all agree; \`memo\` says how, and \`msgid\` is what 2601 asks for as \`omsgid\`.

**9102** answers with the ZIP as application/octet-stream, or with an envelope when it is refused. A file is the institution's own and is kept for seven days (\`dld_endtime\`); the same file again has the same number. An institution may have 200 files and 256 MB; a TXT may have 32 MB, and an upload is a body like others (\`bodyLimit\`). Faults of a file are told with line and column.

**1301**, **1305** and **1306** answer with a file for 9102, whichever \`fixmedins_code\` it names. Its columns stand where the clients of two provinces read them; what the catalogue does not hold is \`null\`. \`版本名称\` is the \`ver\` to send next time: with the version in force there are no rows, with any other there are all. **1312**, **1316**, **1318** and **1319** answer pages of up to 1000 rows.
`

const FIELDS_HEAD = `
## Fields

**Bold** fields are demanded. Those marked ° are demanded by the text of some province, while messages do without them elsewhere: they are read and not demanded here; nor are those marked ', which the spec demands and nothing here depends on. \`C\` is text, \`J\` text or an object, \`N\` a decimal, \`D\` a date, \`DT\` a date and time, \`B\` bytes in base64, each with its length; \`[]\` marks a node of many rows.
`

/** \`docs/nhsa.md\`, as Markdown. */
export function referencePage(): string {
  const all = [...TRANSACTIONS.values()]
  return `${HEAD}${table(all)}${FILES}${FIELDS_HEAD}${all.map(section).join('')}`
}

function table(all: readonly TransactionSpec[]): string {
  const complete = all.filter(({ code }) => IMPLEMENTED[code]?.complete)
  const rows = all.map((transaction) => {
    const { code, name, input, output } = transaction
    const done = IMPLEMENTED[code]
    const state = done === undefined ? 'no' : done.complete ? 'yes' : 'in part'
    const cells = [
      code,
      name,
      state,
      done?.reads ?? '',
      done?.writes ?? '',
      done?.lacks ?? '',
      nodeList(input),
      nodeList(output),
    ]
    return `| ${cells.join(' | ')} |\n`
  })
  const head = '| infno | name | complete | reads | writes | lacks | input | output |\n'
  return `## Transactions\n\n${complete.length} of ${all.length} are complete.\n\n${head}|${' --- |'.repeat(8)}\n${rows.join('')}`
}

function nodeList(nodes: readonly NodeSpec[]): string {
  return nodes.map((node) => nodeName(node)).join(', ')
}

function nodeName({ name, rows }: NodeSpec): string {
  return `\`${name}${rows === 'many' ? '[]' : ''}\``.replace('``', '(no node)')
}

function section({ code, name, input, output, fileInput, fileOutput }: TransactionSpec): string {
  const paths = servicePaths(code.replace(/[A-Z]$/, '')).map((path) => `\`${PREFIX}${path}\``)
  const lines = [
    paths.length > 0 ? `- path: ${paths.join(', ')}` : '',
    ...input.map((node) => `- in ${nodeName(node)}: ${fieldList(node.fields)}`),
    ...output.map((node) => `- out ${nodeName(node)}: ${fieldList(node.fields)}`),
    fileInput ? `- file in: ${fieldList(fileInput)}` : '',
    fileOutput ? `- file out: ${fieldList(fileOutput)}` : '',
  ].filter((line) => line !== '')
  return `\n### ${code} ${name}\n\n${lines.join('\n')}\n`
}

const MARKS: Readonly<Record<Need, (code: string) => string>> = {
  required: (code) => `**${code}**`,
  province: (code) => `${code}°`,
  told: (code) => `${code}'`,
  optional: (code) => code,
}

function fieldList(fields: readonly FieldSpec[]): string {
  return fields
    .map(({ code, name, written, need }) => {
      const marked = MARKS[need](code)
      return `${marked.replaceAll('_', '\\_')} ${name} ${written}`
    })
    .join(', ')
}
