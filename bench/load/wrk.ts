import { type ChildProcess, execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { numberedId, withRequestId } from '../requests.ts'
import { ANSWER_TIMEOUT_SECONDS, type LoadClient, type LoadPlan, type LoadResult } from './load.ts'
import { WRK_SCRIPT } from './wrk-script.ts'

/** The version of the installed wrk; undefined without one. */
export function wrkVersion(): string | undefined {
  // wrk ends with 1 after its version.
  const { stdout, error } = spawnSync('wrk', ['-v'], { encoding: 'utf8', timeout: 5_000 })
  return error === undefined ? (/wrk (\S+)/.exec(stdout)?.[1] ?? 'unknown') : undefined
}

const GRACE_SECONDS = 15

/** wrk with one thread: C, and so far less in the server's way than a client in JavaScript. */
export function wrkClient(
  makeFolder: (name: string) => string,
  onStart: (child: ChildProcess) => void,
): LoadClient {
  let folder: string | undefined
  return {
    name: 'wrk',
    async run(plan) {
      folder ??= makeFolder('wrk')
      const script = join(folder, 'load.lua')
      const data = join(folder, 'requests.txt')
      writeFileSync(script, WRK_SCRIPT)
      writeFileSync(data, requestLines(plan))
      const { address, path, connections, seconds, idPrefix = '' } = plan
      const load = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`]
      const waits = ['--timeout', `${ANSWER_TIMEOUT_SECONDS}s`]
      const args = [...load, ...waits, '-s', script, `${address}${path}`, '--', data, idPrefix]
      return readResult(await runWrk(args, seconds + GRACE_SECONDS, onStart))
    },
  }
}

/** Key and body, line by line; a body with an id has a stand-in of the same length. */
function requestLines({ requests, idPrefix }: LoadPlan): string {
  const standIn = idPrefix === undefined ? undefined : numberedId(idPrefix, 0)
  return requests
    .map((request) => {
      const body = standIn === undefined ? request.claim : withRequestId(standIn, request)
      return `${request.authorization}\n${body}\n`
    })
    .join('')
}

function runWrk(
  args: readonly string[],
  limitSeconds: number,
  onStart: (child: ChildProcess) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: limitSeconds * 1000, killSignal: 'SIGKILL' } as const
    const child = execFile('wrk', args, options, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`wrk failed: ${error.message}\n${stdout}${stderr}`))
      else resolve(stdout)
    })
    onStart(child)
  })
}

/** The line that the script's `done` writes. */
function readResult(output: string): LoadResult {
  const line = /^RESULT (\{.*\})$/m.exec(output)?.[1]
  if (line === undefined) throw new Error(`wrk gave no result:\n${output}`)
  const { requests, micros, failed, badAnswers, p50, p99 } = JSON.parse(line) as Summary
  const good = requests - badAnswers
  return {
    requests: good,
    requestsPerSecond: good / (micros / 1e6),
    p50Ms: p50 / 1000,
    p99Ms: p99 / 1000,
    failed,
  }
}

interface Summary {
  readonly requests: number
  readonly micros: number
  readonly failed: number
  readonly badAnswers: number
  readonly p50: number
  readonly p99: number
}
