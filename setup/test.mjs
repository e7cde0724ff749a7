/**
 * Runs the tests and says the result in few words: a line for each program, everything a failing one
 * said, and at the end the counts of assertions. They are read from tap's own totals, which also
 * count a file that crashed or did not load as a failure.
 */

import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT, run, say } from './child.mjs'
import { namedPrograms, testPrograms } from './test-programs.mjs'
import { compileTests, removeCompiled } from './test-sources.mjs'

const RUNNER = join(ROOT, 'setup', 'test-runner.mjs')

/** All tests, or those of the files. */
export async function test(files) {
  const compiled = await compileTests()
  try {
    return await runPrograms(
      files.length > 0 ? namedPrograms(compiled, files) : testPrograms(compiled),
    )
  } finally {
    removeCompiled(compiled)
  }
}

async function runPrograms(programs) {
  const report = createReport((line) => process.stdout.write(`${line}\n`))
  const code = await run(process.execPath, [RUNNER, ...programs.flat()], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: testEnvironment(),
    onStart: ({ stdout }) => createInterface({ input: stdout }).on('line', report.read),
  })
  const { passed, failed, isComplete } = report.totals()
  if (!isComplete) say('tap ended without its totals')
  else if (code !== 0 && failed === 0) say(`tap ended with code ${code}, but no assertion failed`)
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  return code === 0 && (!isComplete || failed > 0) ? 1 : code
}

/** Tests are not production, whatever the shell says, and their output is read by machines. */
function testEnvironment() {
  const { FORCE_COLOR: _, ...rest } = process.env
  return { ...rest, NODE_ENV: 'test', NO_COLOR: '1' }
}

/** Reads TAP line by line; what stands at the margin is about whole files. */
function createReport(print) {
  let said = []
  let totals = ''

  function endFile(line) {
    if (line.startsWith('not ok')) said.filter(isTelling).forEach(print)
    said = []
    print(line)
  }

  function read(line) {
    if (line.startsWith('# { total:')) totals = line
    if (line.startsWith('# Subtest: ')) said = [line]
    else if (/^(not )?ok \d/.test(line)) endFile(line)
    else if (said.length > 0) said.push(line)
    else if (isTelling(line)) print(line)
  }

  const count = (name) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(totals)?.[1] ?? 0)
  const sum = () => ({ passed: count('pass'), failed: count('fail'), isComplete: totals !== '' })
  return { read, totals: sum }
}

/** Not a passed assertion, a plan, the version or an empty line. */
const isTelling = (line) => !/^\s*(ok \d.*|1\.\.\d.*|TAP version \d+)?$/.test(line)
