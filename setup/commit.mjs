/**
 * Which commit a build was made of: package.json has one version for months, and whoever reports a
 * fault or compares two releases needs more. Where there is no git checkout there is no such file.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './child.mjs'

const FILE = 'commit'
const DIGITS = 12

/** Writes it into `folder`, the one of the build. */
export function noteCommit(folder) {
  const commit = commitOfCheckout()
  if (commit === undefined) rmSync(join(folder, FILE), { force: true })
  else writeFileSync(join(folder, FILE), `${commit}\n`)
}

/** A release without .git may lie in somebody else's checkout, whose commit says nothing of it. */
function commitOfCheckout() {
  if (!existsSync(join(ROOT, '.git'))) return undefined
  const commit = git('rev-parse', `--short=${DIGITS}`, 'HEAD')
  if (commit === undefined) return undefined
  return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}, changed`
}

/** What it says; nothing where there is no git, or it refuses. */
function git(...args) {
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
