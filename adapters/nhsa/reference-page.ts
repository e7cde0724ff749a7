import { IMPLEMENTED } from './implemented.ts'
import { PREFIX, servicePaths } from './service-paths.ts'
import { type FieldSpec, type NodeSpec, TRANSACTIONS, type TransactionSpec } from './spec/spec.ts'

const HEAD = `# The national interface

The transactions of the national interface for designated institutions (定点医药机构接口) whose fields Yizhan knows. This page is made from the data in \`adapters/nhsa/spec\` and the table of what is implemented (\`npm run readme\`); do not edit it.

Every message is read in the shapes that senders are known to use: numbers as strings or numbers, one row as an object or a list of one, \`input\` as an object or as its JSON text, names in any case and with or without underscores, \`""\`, \`null\` and \`"null"\` for nothing, dates with or without the time of day. All faults of a message are told at once, each in a Chinese sentence with the field's name. Numbers never go through a binary fraction.

## What is beyond the text

- **A lost settlement.** 5203 without \`setl_id\` finds the settlements of a person at the asking institution, reversed ones too, the last first, at most 100: \`setllist\` has for each its ids, its transaction (\`infno\`), the message id (\`msgid\`) that 2601 wants, time, amounts, and whether it was taken back and by which settlement id. \`setlinfo\` and \`setldetail\` are those of the last one. \`mdtrt_id\`, \`oinfno\`, and \`begntime\` and \`endtime\` of the settlement narrow it down. A refused 2601, and one that found nothing under its message id (\`warn_msg\`), name this way.
- **The same purchase.** A 2102 under a new message id that says the same as one that stands, whatever credential was shown, is answered with that one; \`begntime\`, to the second, is what tells two purchases of the same drugs apart.
- **Traceability codes** (\`durg_trac_info\`, also written \`drug_trac_info\`) stand within a line of 2101, 2102, 2204 or 2301, or beside the lines with the number of theirs. A pack is sold by one settlement of one institution, until that is taken back; an opened one (\`trdn_flag\` 1) in parts, by the institution that opened it alone. Uploads and trials tell of a sold pack, too.

`

const FIELDS_HEAD = `
## Fields

**Bold** fields are demanded. Those marked ° are demanded by the text of some province, while messages do without them elsewhere: they are read and not demanded here. \`C\` is text, \`J\` text or an object, \`N\` a decimal, \`D\` a date, \`DT\` a date and time, \`B\` bytes in base64, each with its length; \`[]\` marks a node of many rows.
`

/** \`docs/nhsa.md\`, as Markdown. */
export function referencePage(): string {
  const all = [...TRANSACTIONS.values()]
  return `${HEAD}${table(all)}${FIELDS_HEAD}${all.map(section).join('')}`
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

function fieldList(fields: readonly FieldSpec[]): string {
  return fields
    .map(({ code, name, written, need }) => {
      const marked = need === 'required' ? `**${code}**` : need === 'province' ? `${code}°` : code
      return `${marked.replaceAll('_', '\\_')} ${name} ${written}`
    })
    .join(', ')
}
