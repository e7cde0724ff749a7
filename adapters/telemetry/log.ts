import { pino } from 'pino'
import { impersonal } from './impersonal.ts'

export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/**
 * Structured logs on standard error. No body, address, header or name of a person ever reaches
 * them: requests and replies are written by allow-list, and an error shows its message and stack
 * only, without what in them may be somebody's.
 */
export function createLog(level: LogLevel) {
  const output = pino.destination({ fd: 2, sync: true })
  // A full disk under the log must not end what was being said: an answer, or the engine's own end.
  output.on('error', () => undefined)
  return pino(
    {
      level,
      base: { name: 'yizhan' },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: {
        req: (request: { id?: string; method?: string; routeOptions?: { url?: string } }) => ({
          id: request.id,
          method: request.method,
          route: request.routeOptions?.url,
        }),
        res: (reply: { statusCode?: number }) => ({ status: reply.statusCode }),
        err: (error: Error) => ({
          type: error.name,
          message: impersonal(error.message),
          stack: impersonal(error.stack ?? ''),
        }),
      },
    },
    output,
  )
}
