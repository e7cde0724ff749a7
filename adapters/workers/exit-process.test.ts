import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { projectRoot } from '../cli/project-root.ts'

/** In a process of their own: what is tried is its end. */
const MODULE = pathToFileURL(join(projectRoot(), 'dist', 'adapters', 'workers', 'exit-process.js'))
const PREPARE = `
import { writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { exitProcess, noteOpening } from '${MODULE}'
const say = (word) => writeSync(1, word + ' ')
const thread = (code) => new Worker(
  \`const { parentPort } = require('node:worker_threads'); setTimeout(() => { \${code} }, 300)\`,
  { eval: true, execArgv: [] },
)
const OPENS = "require('node:fs').writeSync(1, 'open '); parentPort.postMessage('open')"
`
const CASES = [
  ['no thread: at once', "exitProcess(70); say('went on')", 70, ''],
  ['a thread that opens', 'thread(OPENS); setImmediate(exitProcess, 70)', 70, 'open '],
  [
    'a thread that has opened: at once',
    "thread(OPENS).once('message', () => setImmediate(() => { exitProcess(70); say('went on') }))",
    70,
    'open ',
  ],
  [
    'a thread that fails to open',
    "thread('throw 1').on('error', () => say('failed')); setImmediate(exitProcess, 70)",
    70,
    'failed ',
  ],
  [
    'a pool that says itself when it is open',
    "noteOpening(new Promise((open) => setTimeout(() => { say('open'); open() }, 300))); exitProcess(70)",
    70,
    'open ',
  ],
] as const

for (const [what, script, code, says] of CASES) {
  t.test(what, async (t) => {
    const args = ['--input-type=module', '--eval', PREPARE + script]
    const env = { ...process.env, NODE_OPTIONS: '' }
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      env,
    })
    t.strictSame(
      { status, signal, stdout, stderr },
      { status: code, signal: null, stdout: says, stderr: '' },
    )
  })
}
