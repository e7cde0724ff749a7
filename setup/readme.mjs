/**
 * The table "What is covered" of the READMEs is made from the packs: it stands between two markers,
 * and `npm run check` refuses one that says something else. docs/nhsa.md is made as a whole, from
 * the data of the national interface.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, Failure, ROOT } from './child.mjs'

const READMES = { 'README.md': 'en', 'README.zh-CN.md': 'zh' }
const TABLE = /(<!-- coverage, made by `npm run readme` -->\n)[\s\S]*?(<!-- end of coverage -->)/

const INTERFACE = 'docs/nhsa.md'
const PRINT_INTERFACE =
  "import { referencePage } from './adapters/nhsa/reference-page.ts'; process.stdout.write(referencePage())"

/** The READMEs that differ from the packs, and the page of the interface from its data. */
export function findStaleReadmes() {
  const stale = Object.keys(READMES)
    .filter((file) => textOf(file) !== withTable(file))
    .map((file) => `${file}: the table of what is covered is not that of the packs: npm run readme`)
  if (existsSync(join(ROOT, INTERFACE)) && textOf(INTERFACE) === interfacePage()) return stale
  return [...stale, `${INTERFACE} is not what adapters/nhsa/spec says: npm run readme`]
}

export function writeReadmes() {
  for (const file of Object.keys(READMES)) writeFileSync(join(ROOT, file), withTable(file))
  writeFileSync(join(ROOT, INTERFACE), interfacePage())
}

function interfacePage() {
  const page = output(['--import', 'tsx', '--input-type=module', '--eval', PRINT_INTERFACE])
  return output([bin('biome'), 'format', `--stdin-file-path=${INTERFACE}`], page)
}

/** As the formatter would have it. */
function withTable(file) {
  const text = textOf(file)
  if (!TABLE.test(text)) throw new Failure(`${file} has no markers of the coverage table`)
  const table = tableIn(READMES[file])
  const whole = text.replace(TABLE, (_, begin, end) => `${begin}\n${table}\n${end}`)
  return output([bin('biome'), 'format', `--stdin-file-path=${file}`], whole)
}

function tableIn(language) {
  const cli = ['--import', 'tsx', 'adapters/cli/main.ts']
  return output([...cli, 'rules', 'coverage', 'rules', '--markdown', '--lang', language])
}

function output(args, input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    input,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Failure(stderr)
  return stdout
}

function textOf(file) {
  return readFileSync(join(ROOT, file), 'utf8')
}
