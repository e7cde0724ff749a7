/**
 * Installs the packages when they are not the ones of the lockfile, and compiles what is native in
 * them. These are two steps, because most checks and the compiler of our own sources need only the
 * first, and the second takes a minute of one core. A folder node_modules proves nothing: an
 * install may have been interrupted, left out the compiler, skipped the build of better-sqlite3 or
 * run under another Node. So each step has a stamp, written when it has ended, the second only
 * after better-sqlite3 has opened a database.
 */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Failure, ON_STDERR, ROOT, run, say } from './child.mjs'
import { whereHeadersAre } from './headers.mjs'

const MODULES = join(ROOT, 'node_modules')
const MANIFEST = join(ROOT, 'package.json')
const LOCKFILE = join(ROOT, 'package-lock.json')
const PACKAGES_STAMP = join(MODULES, '.yizhan-packages')
const NATIVE_STAMP = join(MODULES, '.yizhan-stamp')

/** npm writes its own list of what it installed last of all. */
const INSTALLED = join(MODULES, '.package-lock.json')

/** What people remove without a stamp noticing: `npm prune`, a deleted build folder. */
const NEEDED = ['typescript', 'tap']
const BINDING = 'better-sqlite3/build/Release/better_sqlite3.node'

const OPEN_DATABASE = `new (require('better-sqlite3'))(':memory:').close()`

/** Given as arguments, these win over NODE_ENV=production and over npm_config_* variables. */
const EVERYTHING = ['--include=dev', '--include=optional']
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error']

const HINT =
  'better-sqlite3 is compiled on this machine: that takes a C++ compiler (g++ or clang), make, ' +
  "python3 and Node's headers. They are taken from include/node beside Node's bin, or from the " +
  'folder that npm_config_nodedir names (/usr for /usr/include/node); else node-gyp fetches them ' +
  'from nodejs.org'

/** Whether the packages are there; those with native code may not run yet. */
export function hasPackages() {
  return NEEDED.every(isThere) && isStamped(PACKAGES_STAMP)
}

export function isInstalled() {
  return hasPackages() && isThere(BINDING) && isStamped(NATIVE_STAMP)
}

/** Without the packages' own scripts: these compile. */
export async function installPackages(lock) {
  if (hasPackages()) return
  for (const stamp of [PACKAGES_STAMP, NATIVE_STAMP]) rmSync(stamp, { force: true })
  if (!isComplete()) {
    say('installing the packages')
    rmSync(INSTALLED, { force: true })
    const code = await npm(lock, 'ci', ...EVERYTHING, '--ignore-scripts', ...QUIET)
    if (code !== 0) {
      throw new Failure(`npm ci failed with code ${code}; it needs the npm registry`, code)
    }
  }
  writeStamp(PACKAGES_STAMP)
}

/** Only the packages whose scripts we allow; nothing for someone who ran npm by hand to its end. */
export async function compileNative(lock) {
  if (isInstalled()) return
  rmSync(NATIVE_STAMP, { force: true })
  if (!(await opensDatabase(lock))) {
    say('compiling SQLite takes 1 to 2 minutes, once')
    const names = Object.keys(JSON.parse(readFileSync(MANIFEST, 'utf8')).allowScripts)
    const code = await npm(lock, 'rebuild', ...names, '--ignore-scripts=false', ...QUIET)
    if (code !== 0) throw new Failure(`npm rebuild failed with code ${code}; ${HINT}`, code)
    if (!(await opensDatabase(lock, 2))) throw new Failure(`better-sqlite3 does not load; ${HINT}`)
  }
  writeStamp(NATIVE_STAMP)
}

const isThere = (path) => existsSync(join(MODULES, path))

const isStamped = (stamp) => existsSync(stamp) && readFileSync(stamp, 'utf8') === wantedStamp()

function writeStamp(stamp) {
  writeFileSync(`${stamp}.new`, wantedStamp())
  renameSync(`${stamp}.new`, stamp)
}

function wantedStamp() {
  const { versions, platform, arch } = process
  const lockfile = createHash('sha256').update(readFileSync(LOCKFILE)).digest('hex')
  return `${lockfile} ${versions.modules} ${platform} ${arch}\n`
}

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

/** Inside a script the npm that runs us is the one to use; any other runner's path is not npm. */
function npm(lock, ...args) {
  const path = process.env.npm_execpath ?? ''
  const isNpm = /^npm-cli\.[cm]?js$/.test(basename(path))
  const [program, first] = isNpm ? [process.execPath, [path]] : ['npm', []]
  return run(program, [...first, ...args], {
    stdio: ON_STDERR,
    env: { ...process.env, ...whereHeadersAre() },
    onStart: ({ pid }) => lock.add(pid),
  })
}

/** In a child, because a broken binding may take the whole process down. */
async function opensDatabase(lock, stderr = 'ignore') {
  const options = { stdio: ['ignore', 'ignore', stderr], onStart: ({ pid }) => lock.add(pid) }
  return isThere(BINDING) && (await run(process.execPath, ['-e', OPEN_DATABASE], options)) === 0
}
