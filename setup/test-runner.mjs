/**
 * Runs programs of tests, some at a time, and reports on all of them as one test. It does what
 * `tap run` does, whose own way would put loaders into each process, for mocks and coverage that
 * nobody uses, and these take longer to start than the program itself.
 *
 * usage: test-runner.mjs (NAME PROGRAM)...
 */

import { t } from 'tap'

const JOBS = 3
/** Where this file starts a program, nobody asks. */
const OPTIONS = {
  buffered: true,
  timeout: Number(process.env.TAP_TIMEOUT) * 1000,
  at: null,
  stack: '',
}

/** tap tells each process to load what is named in NODE_OPTIONS; `env` takes that out again. */
const NODE = ['-u', 'NODE_OPTIONS', process.execPath, '--enable-source-maps']

t.jobs = JOBS
t.setTimeout(0)
const args = process.argv.slice(2)
for (let at = 0; at < args.length; at += 2) {
  const [name, program] = args.slice(at)
  t.spawn('env', [...NODE, program], { ...OPTIONS, name })
}
