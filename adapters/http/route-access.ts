import type { FastifyContextConfig, FastifyRequest } from 'fastify'
import { PREFIX } from '../nhsa/service-paths.ts'

/**
 * Whom a route is for. A route says so itself, in its `config`: `roles` may call it, and with
 * `counter` it is served at the cashiers' address, too. One that says nothing is for nobody: without
 * roles the application is not even built, unless it stands here, and without `counter` it is served
 * at the address of the administration alone.
 */

/** What needs no key, and whether cashiers' systems need it. The national interface asks by itself. */
const PUBLIC: readonly { readonly path: RegExp; readonly counter: boolean }[] = [
  { path: /^\/health\/(live|ready)$/, counter: true },
  { path: new RegExp(`^${PREFIX}\\*$`), counter: true },
  { path: /^\/metrics$/, counter: false },
  { path: /^\/v1\/sessions$/, counter: false },
  { path: /^\/openapi\.json$/, counter: false },
  { path: /^\/docs(\/|$)/, counter: false },
]

/** Throws for a route that names no roles and is not known to be for everybody. */
export function needsRolesOrIsPublic(url: string, config: FastifyContextConfig | undefined): void {
  if (config?.roles !== undefined || publicRoute(url) !== undefined) return
  throw new Error(`${url} names no roles, and route-access.ts does not know it as public`)
}

/** Whether the route of a request exists at the cashiers' address. */
export function isAtCounter({ routeOptions: { url = '', config } }: FastifyRequest): boolean {
  return config.roles === undefined ? publicRoute(url)?.counter === true : config.counter === true
}

function publicRoute(url: string) {
  return PUBLIC.find(({ path }) => path.test(url))
}
