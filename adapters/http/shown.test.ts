import Fastify from 'fastify'
import t from 'tap'
import { ReadKeeper } from '../../engine/access/read-keeper.ts'
import type { Shows } from '../../engine/access/show.ts'
import { openMemoryLedger } from '../memory/inline-ledger.ts'
import type { AnyApp } from './any-fastify.ts'
import { addErrorHandlers } from './error-handlers.ts'
import { send } from './send.ts'
import { addReads, saw } from './shown.ts'

/** The door that nothing of a person passes before it is said what and whose. */

t.test('a route that does not say what it shows, or whose, shows nothing', async (t) => {
  const app: AnyApp = Fastify()
  const reads = new ReadKeeper({
    ledger: openMemoryLedger(),
    thread: 0,
    now: Date.now,
    soon: setImmediate,
    onFault: (error) => t.fail(String(error)),
  })
  addReads(app, reads)
  addErrorHandlers(app)
  app.decorateRequest('requester', { getter: () => ({ role: 'agency' as const, id: 'A' }) })
  app.decorateReply('sendText', function sendText(text: string) {
    return this.send(text)
  })
  const roles = ['agency'] as const
  t.throws(() => app.get('/undeclared', { config: { roles } }, () => ({})), /what it shows/)
  const route = (url: string, shows: Shows, answer: object | string, sees = false) =>
    app.get(url, { config: { roles, shows } }, (request, reply) => {
      if (sees) saw(request, 'P')
      return send(request, reply, answer as object)
    })
  route('/forgotten', 'settlement', { funds: 'of a person' })
  route('/forgotten-text', 'quote', 'of a person')
  route('/text-that-waits', 'settlement', 'of a person', true)
  route('/said', 'settlement', { funds: 'of a person' }, true)
  route('/nobody', 'nothing', {})
  for (const [url, status] of Object.entries({
    '/forgotten': 500,
    '/forgotten-text': 500,
    '/text-that-waits': 500,
    '/said': 200,
    '/nobody': 200,
  })) {
    const reply = await app.inject(url)
    t.equal(reply.statusCode, status, url)
    t.equal(reply.body.includes('of a person'), url === '/said', url)
  }
  await app.close()
})
