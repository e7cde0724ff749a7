import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import Fastify from 'fastify'
import { ClaimBody, DecisionBody, SettlementBody } from '../adapters/http/schemas.ts'
import { startThread } from '../adapters/workers/start-worker.ts'

/**
 * The floor of the bench: bare Fastify with its own parsers, which validates the same request schema
 * as strictly as ours, and serialises a prepared decision through the same response schema. It
 * keeps nothing, decides nothing, and asks nobody for a key.
 *
 * `echo-server --threads N QUOTE SETTLEMENT`: so many threads accept on one descriptor; the files are
 * the decisions.
 */
interface ThreadData {
  readonly files: Files
  /** Of the socket that the first thread listens on. */
  readonly descriptor: number
}

interface Files {
  readonly quote: string
  readonly settlement: string
}

function echo(files: Files) {
  const quote = JSON.parse(readFileSync(files.quote, 'utf8')) as object
  const settlement = JSON.parse(readFileSync(files.settlement, 'utf8')) as object
  const app = Fastify({
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  })
  app.post(
    '/v1/quotes',
    { schema: { body: ClaimBody, response: { 200: DecisionBody } } },
    (_request, reply) => void reply.send(quote),
  )
  app.post(
    '/v1/settlements',
    { schema: { body: SettlementBody, response: { 201: DecisionBody } } },
    (_request, reply) => void reply.code(201).send(settlement),
  )
  return app
}

if (isMainThread) {
  const [, , , threads = '1', quote = '', settlement = ''] = process.argv
  const files = { quote, settlement }
  const app = echo(files)
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  // Node 20 has no `reusePort`; the descriptor's number is what threads can share.
  const { fd } = (app.server as unknown as { _handle: { fd: number } })._handle
  for (let n = 1; n < Number(threads); n++) {
    const worker = startThread(
      new URL(`./echo-server${extname(import.meta.url)}`, import.meta.url),
      { files, descriptor: fd } satisfies ThreadData,
    )
    // Every thread accepts before the address is told.
    await new Promise((resolve) => worker.once('message', resolve))
  }
  process.stdout.write(`${address}\n`)
} else {
  const { files, descriptor } = workerData as ThreadData
  const app = echo(files)
  await app.ready()
  app.server.listen({ fd: descriptor }, () => parentPort?.postMessage('listening'))
}
