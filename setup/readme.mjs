/**
 * The table "What is covered" of the READMEs is made from the packs: it stands between two markers,
 * and `npm run check` refuses one that says something else.
 */

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, Failure, ROOT } from './child.mjs'

const READMES = { 'README.md': 'en', 'README.zh-CN.md': 'zh' }
const TABLE = /(<!-- coverage, made by `npm run readme` -->\n)[\s\S]*?(<!-- end of coverage -->)/

/** The READMEs that differ from the packs. */
export function findStaleReadmes() {
  return Object.keys(READMES)
    .filter((file) => textOf(file) !== withTable(file))
    .map((file) => `${file}: the table of what is covered is not that of the packs: npm run readme`)
}

export function writeReadmes() {
  for (const file of Object.keys(READMES)) writeFileSync(join(ROOT, file), withTable(file))
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
