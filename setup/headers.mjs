/**
 * Node's headers, which better-sqlite3 is compiled with. node-gyp fetches them from nodejs.org even
 * where they lie beside Node, as packages of systems and archives of nodejs.org put them. Told where
 * they are, it needs no network.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What npm and node-gyp read; in any case of letters, as npm does. */
const VARIABLE = 'npm_config_nodedir'

/** What to add to the environment of npm: where the headers of this Node are, unless that is said. */
export function whereHeadersAre(env = process.env, node = process.execPath) {
  if (Object.keys(env).some((name) => name.toLowerCase() === VARIABLE)) return {}
  const folder = join(node, '..', '..')
  return isOfThisNode(join(folder, 'include', 'node')) ? { [VARIABLE]: folder } : {}
}

/** Those of another Node may lie there, and would make what this one does not load. */
function isOfThisNode(headers) {
  const version = join(headers, 'node_version.h')
  if (!existsSync(join(headers, 'node.h')) || !existsSync(version)) return false
  const [, modules] = /#define NODE_MODULE_VERSION (\d+)/.exec(readFileSync(version, 'utf8')) ?? []
  return modules === process.versions.modules
}
