import type { FastifyRequest } from 'fastify'
import { refuse } from '../../../engine/claim/outcomes.ts'
import type { ImportRequest } from '../../imports/import-desk.ts'
import type { AnyReply } from '../any-fastify.ts'
import type { App, Imports } from '../app-types.ts'
import { codingFault, RequestRefused } from '../body-parsers.ts'
import { ImportAnswerBody, ImportBody, ImportId, ImportOffset } from '../registry-schemas.ts'
import { answers, text } from '../responses.ts'
import { send } from '../send.ts'

/** A report names rows and columns of the sender's own file, not what stands in them. */
const REGISTRIES = { roles: ['registry'], shows: 'nothing' } as const

/** Whole files of records: announced, sent in parts, checked, and made live all at once. */
export function importRoutes(app: App, imports: Imports): void {
  app.post(
    '/v1/imports',
    {
      config: REGISTRIES,
      schema: {
        summary: 'Announce a file: says where to go on sending it, or how it stands with it',
        body: ImportBody,
        response: answers(ImportAnswerBody),
      },
    },
    async (request, reply) => {
      const announced = request.body as ImportRequest
      return send(request, reply, await imports.announce(announced, request.requester.id))
    },
  )

  app.register(async (scope: App) => partRoute(scope, imports))

  app.get(
    '/v1/imports/:importId',
    {
      config: REGISTRIES,
      schema: {
        summary: 'How far an import has come',
        params: ImportId,
        response: answers(ImportAnswerBody),
      },
    },
    async (request, reply) => send(request, reply, await imports.status(request.params.importId)),
  )

  app.get(
    '/v1/imports/:importId/report',
    {
      config: { ...REGISTRIES, text: 'text/csv' },
      schema: {
        summary: 'Every fault of a refused import',
        params: ImportId,
        response: text('text/csv', 'row, column, expected'),
      },
    },
    async (request, reply) => {
      const report = await imports.report(request.params.importId)
      if (typeof report !== 'string') return send(request, reply, report)
      return (reply as AnyReply).type('text/csv; charset=utf-8').send(report)
    },
  )
}

/** Its body is bytes of the file and nothing else: whatever was read as something else would be lost. */
function partRoute(app: App, imports: Imports): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done) => done(codingFault(request) ?? null, body),
  )
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(NO_PART))
  app.put(
    '/v1/imports/:importId/content',
    {
      config: REGISTRIES,
      schema: {
        summary: 'A part of the file, as application/octet-stream; the last one starts the import',
        consumes: ['application/octet-stream'],
        params: ImportId,
        querystring: ImportOffset,
        response: answers(ImportAnswerBody),
      },
    },
    async (request, reply) => {
      const { importId } = request.params
      const part = request.body instanceof Uint8Array ? request.body : new Uint8Array()
      const offset = Number(request.query.offset)
      const { id } = request.requester
      return send(request, reply, await imports.receive(importId, offset, part, id))
    },
  )
}

const NO_PART = new RequestRefused(
  refuse('unsupported-content-type', 'Send the part of the file as application/octet-stream.'),
)
