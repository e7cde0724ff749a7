#!/usr/bin/env node
/**
 * One door for every npm script: `node run.mjs <task> [args]`. It installs what is missing, builds
 * what has changed and then runs the task. Everything the set-up says goes to stderr, so that the
 * output of the CLI stays clean, and the exit code is the task's own.
 *
 * It is plain JavaScript without a dependency, because it is what runs before there are any. npm's
 * own hooks would not do: `ignore-scripts` skips them without a word.
 */

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { audit } from './setup/audit.mjs'
import { build, DIST, isBuilt } from './setup/build.mjs'
import { check } from './setup/check.mjs'
import { Failure, guardSignals, handOverSignals, ROOT, say } from './setup/child.mjs'
import { noteCommit } from './setup/commit.mjs'
import { compileNative, hasPackages, installPackages, isInstalled } from './setup/install.mjs'
import { withLock } from './setup/lock.mjs'
import { writeReadmes } from './setup/readme.mjs'
import { test } from './setup/test.mjs'

const CLI = 'bundle/main.js'

const USAGE = `usage: node run.mjs <task> [args]

  start [args]   serve the demo ledger; args go to \`yizhan serve --demo\`
  yizhan ARGS    the command line
  conformance    run the cases; args go to \`yizhan conformance\`
  bench ARGS     the benchmarks
  bench:report   a page with charts and docs/benchmarks.md, from bench/results
  torture ARGS   the crash tests of the ledger
  simulate ARGS  the engine in simulated time, by seed
  oracle ARGS    the engine beside a second computation, on random claims
  fuzz ARGS      spoiled messages, requests, rules, imports and catalogues
  reload-stress ARGS   changes of the policy under load
  make-ledger ARGS   a ledger of a million settlements, to measure on
  build          install and build, nothing else
  test [FILES]   the tests, all of them or those of these files
  check          format, types, architecture, dead code, rules, READMEs
  audit          ask the registry for known faults of the packages; --strict fails on any
  readme         make the READMEs' table of what is covered, and docs/nhsa.md, from the data
`

const TASKS = {
  start: (args) => become(CLI, ['serve', '--demo', ...args]),
  yizhan: (args) => become(CLI, args),
  conformance: (args) => become(CLI, ['conformance', ...args]),
  bench: (args) => become('bench/main.js', args),
  'bench:report': (args) => become('bench/page/main.js', args),
  torture: (args) => become('fixtures/torture/main.js', args),
  simulate: (args) => become('fixtures/simulation/main.js', args),
  oracle: (args) => become('fixtures/oracle/main.js', args),
  fuzz: (args) => become('fixtures/fuzz/main.js', args),
  'reload-stress': (args) => become('fixtures/reload/main.js', args),
  'make-ledger': (args) => become('fixtures/ledger-maker/main.js', args),
  // A commit that changes no source needs no build, and is another commit.
  build: () => prepare(isReady, setUp).then(() => noteCommit(DIST)),
  test: (args) => prepare(isReady, setUp).then(() => test(args)),
  check: () => prepare(hasPackages, installPackages).then(check),
  audit,
  readme: () => prepare(hasPackages, installPackages).then(writeReadmes),
}

const isReady = () => isInstalled() && isBuilt()

/** Does what is needed, unless all is in place; only one process at a time does so. */
async function prepare(isDone, work) {
  if (!isDone()) await withLock(isDone, work)
}

/** SQLite is compiled on one core while ours is compiled on another; both end before a failure. */
async function setUp(lock) {
  await installPackages(lock)
  const ends = await Promise.allSettled([compileNative(lock), build(lock)])
  for (const { reason } of ends) if (reason !== undefined) throw reason
}

/**
 * Runs a built program in this very process: no parent stands between it and the signals, so a
 * SIGTERM to `npm start` reaches the server's own handler and drains it.
 */
async function become(program, args) {
  await prepare(isReady, setUp)
  await handOverSignals()
  process.setSourceMapsEnabled(true)
  process.argv = [process.execPath, 'yizhan', ...args]
  await import(pathToFileURL(join(ROOT, 'dist', program)).href)
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  throw new Failure(`Node 20.19 or later is needed; this is ${process.versions.node}`)
}

/** The exit code stays untouched when a task returns none: then the program has its own. */
async function main([name = '', ...args]) {
  if (!Object.hasOwn(TASKS, name)) {
    process.stderr.write(USAGE)
    process.exitCode = 2
    return
  }
  try {
    requireNode()
    guardSignals()
    const code = await TASKS[name](args)
    if (code !== undefined) process.exitCode = code
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    say(error.message)
    process.exitCode = error.code
  }
}

await main(process.argv.slice(2))
