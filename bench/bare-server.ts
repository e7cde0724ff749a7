import Fastify from 'fastify'

/** The floor of starting: bare Fastify with one route. */
const app = Fastify()
app.get('/health/ready', (_request, reply) => void reply.send({ status: 'ready' }))
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
