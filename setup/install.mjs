/**
 * Installs the packages when they are not the ones of the lockfile. A folder node_modules proves
 * nothing: an install may have been interrupted, left out the compiler, skipped the build of
 * better-sqlite3 or run under another Node. So a stamp says what is there, and it is written only
 * after better-sqlite3 has opened a database.
 */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Failure, ON_STDERR, ROOT, run, say } from './child.mjs'

const MODULES = join(ROOT, 'node_modules')
const LOCKFILE = join(ROOT, 'package-lock.json')
const STAMP = join(MODULES, '.yizhan-stamp')

/** npm writes its own list of what it installed last of all, after every install script. */
const INSTALLED = join(MODULES, '.package-lock.json')

/** What people remove without the stamp noticing: `npm prune`, a deleted build folder. */
const NEEDED = ['better-sqlite3/build/Release/better_sqlite3.node', 'typescript', 'tap']

const OPEN_DATABASE = `new (require('better-sqlite3'))(':memory:').close()`

/** Given as arguments, these win over NODE_ENV=production and over npm_config_* variables. */
const EVERYTHING = ['--include=dev', '--include=optional', '--ignore-scripts=false']
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error']

const HINT =
  'better-sqlite3 is compiled on this machine: that takes a C++ compiler (g++ or clang), make ' +
  'and python3; the packages come from the npm registry'

export function isInstalled() {
  return isWhole() && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wantedStamp()
}

export async function install(lock) {
  if (isInstalled()) return
  rmSync(STAMP, { force: true })
  if (!isComplete()) await installAll(lock)
  if (!(await opensDatabase(lock))) await compile(lock)
  writeFileSync(`${STAMP}.new`, wantedStamp())
  renameSync(`${STAMP}.new`, STAMP)
}

function wantedStamp() {
  const { versions, platform, arch } = process
  const lockfile = createHash('sha256').update(readFileSync(LOCKFILE)).digest('hex')
  return `${lockfile} ${versions.modules} ${platform} ${arch}\n`
}

const isWhole = () => NEEDED.every((path) => existsSync(join(MODULES, path)))

/** Whether someone ran npm by hand to its end, so that it need not be done again. */
function isComplete() {
  if (!existsSync(INSTALLED)) return false
  const there = packagesOf(INSTALLED)
  return Object.entries(packagesOf(LOCKFILE)).every(
    ([path, { version, optional }]) =>
      path === '' ||
      (optional && !there[path]) ||
      (there[path]?.version === version && existsSync(join(ROOT, path, 'package.json'))),
  )
}

const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages

async function installAll(lock) {
  say('installing the packages; compiling SQLite takes 1 to 2 minutes, once')
  rmSync(INSTALLED, { force: true })
  const code = await npm(lock, 'ci', ...EVERYTHING, ...QUIET)
  if (code !== 0) throw new Failure(`npm ci failed with code ${code}; ${HINT}`, code)
}

async function compile(lock) {
  say('better-sqlite3 does not load; compiling it takes 1 to 2 minutes, once')
  const code = await npm(lock, 'rebuild', 'better-sqlite3', '--ignore-scripts=false', ...QUIET)
  if (code !== 0) throw new Failure(`npm rebuild failed with code ${code}; ${HINT}`, code)
  if (!(await opensDatabase(lock, 2))) throw new Failure(`better-sqlite3 does not load; ${HINT}`)
}

/** Inside a script the npm that runs us is the one to use; any other runner's path is not npm. */
function npm(lock, ...args) {
  const path = process.env.npm_execpath ?? ''
  const isNpm = /^npm-cli\.[cm]?js$/.test(basename(path))
  const [program, first] = isNpm ? [process.execPath, [path]] : ['npm', []]
  return run(program, [...first, ...args], {
    stdio: ON_STDERR,
    onStart: ({ pid }) => lock.add(pid),
  })
}

/** In a child, because a broken binding may take the whole process down. */
async function opensDatabase(lock, stderr = 'ignore') {
  const options = { stdio: ['ignore', 'ignore', stderr], onStart: ({ pid }) => lock.add(pid) }
  return isWhole() && (await run(process.execPath, ['-e', OPEN_DATABASE], options)) === 0
}
