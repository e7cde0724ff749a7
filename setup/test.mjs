/**
 * Runs the tests and says the result in few words: a line for each program, everything a failing one
 * said, and at the end the counts of assertions. They are read from tap's own totals, which also
 * count a file that crashed or did not load as a failure.
 */

import { existsSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT, run, say } from './child.mjs'
import { makeRunFolder, removeRunFolder } from './run-folder.mjs'
import { namedPrograms, testPrograms } from './test-programs.mjs'
import { compileTests } from './test-sources.mjs'

const RUNNER = join(ROOT, 'setup', 'test-runner.mjs')
const COMPILED = join(ROOT, '.tap', 'compiled')

/**
 * Where the system keeps files in memory. Tests make and remove tens of thousands of small ones,
 * and sync them: that was a third of the time of many, and proves nothing of the disk.
 */
const MEMORY = '/dev/shm'
const MEMORY_NEEDED = 2 * 2 ** 30

/** For one program, on a machine that does much else; `TAP_TIMEOUT` says another time. */
const PROGRAM_MAX_SECONDS = 600

/** All tests, or those of the files. */
export async function test(files) {
  const compiled = makeRunFolder(COMPILED)
  const temporary = temporaryFolder()
  try {
    await compileTests(compiled)
    const programs = files.length > 0 ? namedPrograms(compiled, files) : testPrograms(compiled)
    return await runPrograms(programs, temporary)
  } finally {
    removeRunFolder(compiled)
    if (temporary) removeRunFolder(temporary)
  }
}

/** None where the shell says another, or where memory is short. */
function temporaryFolder() {
  if (process.env.TMPDIR || !existsSync(MEMORY)) return undefined
  const { bavail, bsize } = statfsSync(MEMORY)
  return bavail * bsize < MEMORY_NEEDED
    ? undefined
    : makeRunFolder(join(MEMORY, `yizhan-tests-${process.getuid()}`))
}

async function runPrograms(programs, temporary) {
  const report = createReport((line) => process.stdout.write(`${line}\n`))
  const code = await run(process.execPath, [RUNNER, ...programs.flat()], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: testEnvironment(temporary),
    onStart: ({ stdout }) => createInterface({ input: stdout }).on('line', report.read),
  })
  const { passed, failed, isComplete } = report.totals()
  if (!isComplete) say('tap ended without its totals')
  else if (code !== 0 && failed === 0) say(`tap ended with code ${code}, but no assertion failed`)
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  return code === 0 && (!isComplete || failed > 0) ? 1 : code
}

/** Tests are not production, whatever the shell says, and their output is read by machines. */
function testEnvironment(temporary) {
  const { FORCE_COLOR: _, ...rest } = process.env
  return {
    TAP_TIMEOUT: String(PROGRAM_MAX_SECONDS),
    ...rest,
    NODE_ENV: 'test',
    NO_COLOR: '1',
    ...(temporary && { TMPDIR: temporary }),
  }
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
