/**
 * No city's name and no year stands in code: a city is data in rules/, and what differs from one to
 * the next or changes from year to year belongs there. Looked for are the ids, titles and district
 * names and codes of every pack in rules/, anywhere in a file, comments included; and years, as a
 * number or within a string.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './child.mjs'

/** Findings that are none, each with its reason: `{ file, found, why }`. */
const EXCEPTIONS = [
  'adapters/nhsa/implemented.ts',
  'adapters/nhsa/transactions/transactions.ts',
].map((file) => ({
  file,
  found: '2001',
  why: 'the number of a transaction of the national interface',
}))

const YEAR = '(?:199\\d|20[0-4]\\d)'
const YEAR_NUMBER = new RegExp(`^${YEAR}$`)
/** Alone, in a date such as YYYY-MM-DD, or in one without hyphens. */
const YEAR_IN_TEXT = new RegExp(
  `(?<!\\d)${YEAR}(?!\\d)|(?<!\\d)${YEAR}(?:0[1-9]|1[0-2])[0-3]\\d(?!\\d)`,
)

export async function findNames() {
  const { default: ts } = await import('typescript')
  const { parse } = await import('yaml')
  const names = namesIn(packs().map((text) => parse(text)))
  const missed = plantedButMissed(ts, names)
  if (missed.length > 0) return missed.map((text) => `the check itself misses a planted: ${text}`)
  return sources().flatMap((path) => {
    const found = findIn(ts, readFileSync(join(ROOT, path), 'utf8'), names, path)
    return found
      .filter(({ name }) => !EXCEPTIONS.some((one) => one.file === path && one.found === name))
      .map(({ line, name, what }) => `${path}:${line}: ${what}: ${name}`)
  })
}

function packs() {
  return readdirSync(join(ROOT, 'rules'))
    .map((folder) => join(ROOT, 'rules', folder, 'pack.yaml'))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
}

function sources() {
  return ['engine', 'adapters'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true })
      .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.test.ts'))
      .map((path) => `${folder}/${path}`)
      .sort(),
  )
}

/** With and without the last character: a city is 重庆市 and 重庆, a district 渝中区 and 渝中. */
function namesIn(packs) {
  const names = packs.flatMap(({ id, title, districts, districtAliases }) => [
    id,
    ...[title, ...Object.values(districts)].flatMap((name) => [
      name,
      name.replace(/[市区县]$/, ''),
    ]),
    ...Object.keys({ ...districts, ...districtAliases }),
  ])
  return [...new Set(names)].filter((name) => name.length > 1).map(nameFinder)
}

/** A code of digits must stand alone; of an identifier, an id may well be a part. */
function nameFinder(name) {
  const text = name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return { name, pattern: new RegExp(/^\d+$/.test(name) ? `(?<!\\d)${text}(?!\\d)` : text, 'i') }
}

function findIn(ts, text, names, path = 'source.ts') {
  const findings = []
  for (const [index, line] of text.split('\n').entries()) {
    const found = names.find(({ pattern }) => pattern.test(line))
    if (found)
      findings.push({ line: index + 1, name: found.name, what: 'a place of rules/ is named' })
  }
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  const visit = (node) => {
    const year = yearIn(ts, node, file)
    if (year) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
      findings.push({ line: line + 1, name: year, what: 'a year stands in code' })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return findings
}

/** A count of two thousand is written 2_000; a year never has a separator. */
function yearIn(ts, node, file) {
  if (ts.isNumericLiteral(node)) {
    return node.getText(file) !== '2_000' && YEAR_NUMBER.test(node.text) ? node.text : undefined
  }
  const isText =
    ts.isStringLiteralLike(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddleOrTemplateTail(node) ||
    ts.isRegularExpressionLiteral(node)
  return isText ? YEAR_IN_TEXT.exec(node.text)?.[0] : undefined
}

/** A check that cannot fail is none: each of these must be found, and none of those after them. */
function plantedButMissed(ts, names) {
  const [{ name }] = names
  const planted = [
    `// as in ${name}`,
    `const ${name}Rate = 1`,
    `if (pack.id === '${name}') pay()`,
    'if (year >= 2023) pay()',
    'if (year >= 2_023) pay()',
    "if (date < '2012-07-01') pay()",
    "const FROM = '20120701'",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
    'const from = `2012-${month}-01`',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
    'const from = `${day}.7.2012`',
    'const isOld = /^201[0-2]|2009/.test(date)',
  ]
  const harmless = ['const ROWS = 2_000', "const ID = '120120123'", 'const CODE = 12012']
  return [
    ...planted.filter((text) => findIn(ts, text, names).length === 0),
    ...harmless.filter((text) => findIn(ts, text, names).length > 0),
  ]
}
