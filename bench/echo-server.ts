import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import { ClaimBody, DecisionBody, SettlementBody } from '../adapters/http/schemas.ts'

/**
 * The floor of the bench: bare Fastify with its own parsers, which validates the same request schema
 * as strictly as ours, and serialises one prepared decision (the file that is its argument) through
 * the same response schema. It keeps nothing, decides nothing, and asks nobody for a key.
 */
const decision = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as object

const app = Fastify({
  ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
})
app.post(
  '/v1/quotes',
  { schema: { body: ClaimBody, response: { 200: DecisionBody } } },
  (_request, reply) => void reply.send(decision),
)
app.post(
  '/v1/settlements',
  { schema: { body: SettlementBody, response: { 201: DecisionBody } } },
  (_request, reply) => void reply.code(201).send(decision),
)
const address = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${address}\n`)
