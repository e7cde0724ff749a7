/** Every check that needs no running program; all of them run even when one fails. */

import { bin, run } from './child.mjs'
import { findLostNames } from './documents.mjs'
import { findNames } from './names.mjs'
import { findStaleReadmes } from './readme.mjs'
import { findUntidiness } from './tidy.mjs'

const FOLDERS = ['engine', 'adapters', 'bench', 'fixtures']

const CHECKS = [
  ['format and lint', () => tool('biome', 'check', '.')],
  ['types', () => tool('tsc', '-p', '.')],
  [
    'architecture',
    () => tool('depcruise', ...FOLDERS, '--config', '.dependency-cruiser.cjs', '--no-progress'),
  ],
  ['dead code', () => tool('knip', '--no-progress')],
  ['purity of the engine, data in rules', () => report(findUntidiness)],
  ['no city and no year in code', () => report(findNames)],
  ['what the documents name is there', () => report(findLostNames)],
  [
    'rules',
    () => run(process.execPath, ['--import', 'tsx', 'adapters/cli/main.ts', 'rules', 'check']),
  ],
  ['READMEs and docs/nhsa.md as the data', () => report(findStaleReadmes)],
  [
    'docs/benchmarks.md as the results',
    () => run(process.execPath, ['--import', 'tsx', 'bench/page/main.ts', '--check']),
  ],
]

export async function check() {
  const failed = []
  for (const [title, runCheck] of CHECKS) {
    process.stdout.write(`\n== ${title}\n`)
    if ((await runCheck()) !== 0) failed.push(title)
  }
  process.stdout.write(failed.length > 0 ? `\nfailed: ${failed.join('; ')}\n` : '\nall good\n')
  return failed.length > 0 ? 1 : 0
}

const tool = (name, ...args) => run(process.execPath, [bin(name), ...args])

async function report(find) {
  const findings = await find()
  for (const finding of findings) process.stdout.write(`${finding}\n`)
  return findings.length
}
