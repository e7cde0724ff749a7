import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { projectRoot } from '../cli/project-root.ts'

/** In a process of their own: what is tried is its end. */
const moduleOf = (name: string) =>
  pathToFileURL(join(projectRoot(), 'dist', 'adapters', 'workers', `${name}.js`)).href
const MODULE = moduleOf('exit-process')
const PREPARE = `
import { writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { once } from 'node:events'
import { exitProcess, haltBeforeExit, noteOpening } from '${MODULE}'
const say = (word) => writeSync(1, word + ' ')
const start = (code) => new Worker(
  "const { parentPort } = require('node:worker_threads');" + code, { eval: true, execArgv: [] })
const thread = (code) => start('setTimeout(() => {' + code + '}, 300)')
const OPENS = "require('node:fs').writeSync(1, 'open '); parentPort.postMessage('open')"
`
/**
 * A thread that serves as acceptors do: what it waits for comes by message, and what waited goes on
 * when no JavaScript is left below it. Ended just then, it would read the next request.
 */
const SERVER = `
const { holdServerStill } = await import('${moduleOf('hold-still')}')
const waiting = []
const server = require('node:http').createServer((request, reply) => {
  request.on('data', () => undefined)
  request.on('end', async () => {
    await new Promise((resolve) => { waiting.push(resolve); parentPort.postMessage('ask') })
    const until = performance.now() + 1
    while (performance.now() < until);
    reply.end('answered')
  })
})
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
parentPort.on('message', (message) => {
  if (message === 'answer') return waiting.shift()()
  holdServerStill(server)
  parentPort.postMessage('halted')
})`
const CLIENTS = `
const request = 'POST / HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: 1\\r\\n\\r\\nx'
let answered = 0
parentPort.on('message', (port) => {
  for (let client = 0; client < 32; client++) {
    const socket = require('node:net').connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('error', () => undefined)
    socket.on('data', () => {
      socket.write(request)
      if (++answered === 100) parentPort.postMessage('busy')
    })
  }
})`
const EXIT_UNDER_LOAD = `
const server = start(${JSON.stringify(`(async () => { ${SERVER} })()`)})
const clients = start(${JSON.stringify(CLIENTS)})
server.once('message', (port) => clients.postMessage(port))
server.on('message', (message) => { if (message === 'ask') server.postMessage('answer') })
haltBeforeExit(async () => {
  server.postMessage('halt')
  for (;;) if ((await once(server, 'message'))[0] === 'halted') return
})
clients.on('message', () => exitProcess(70))`
/** One of two ends with SIGABRT when the thread does not hold still. */
const UNDER_LOAD_TIMES = 6

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
  [
    'what is to hold still',
    "haltBeforeExit(async () => say('still')); haltBeforeExit(async () => { throw 1 }); haltBeforeExit(async () => say('taken back'))(); exitProcess(70)",
    70,
    'still ',
  ],
  [
    'what never holds still',
    'haltBeforeExit(() => new Promise(() => {})); exitProcess(70)',
    70,
    '',
  ],
  ...Array(UNDER_LOAD_TIMES).fill(['a thread that serves', EXIT_UNDER_LOAD, 70, '']),
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
