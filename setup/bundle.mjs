/**
 * The command line and its threads once more, in few files. To find, read and link the 1,300 modules
 * of a server, ours and those of packages, takes each process and each serving thread more CPU time
 * than all else until it serves. The files lie in one folder: so a thread is found beside whoever
 * starts it, and what stands elsewhere is found from all of them alike.
 */

import { readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { Failure } from './child.mjs'

const FOLDER = 'bundle'
const COMMAND_LINE = join('adapters', 'cli', 'main.js')

/** What has native code, threads or files of its own, which it looks for from where it lies. */
const PACKAGES_APART = [
  '@fastify/swagger',
  '@fastify/swagger-ui',
  '@node-rs/argon2',
  'better-sqlite3',
  'msgpackr-extract',
  'pino',
  'piscina',
  'tsx',
]

/** It asks for the code beside it. */
const APART = /\/rules-snapshot\.js$/
const APART_FROM_BUNDLE = '../adapters/packs/rules-snapshot.js'

/** In a module of packages that are CommonJS there is a `require`. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"

/** Puts them beside what was compiled into `folder`. */
export async function bundle(folder) {
  const { build } = await import('esbuild')
  const threads = readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith('-thread.js'))
    .filter((path) => !path.startsWith(FOLDER + sep))
  const options = {
    absWorkingDir: folder,
    entryPoints: [COMMAND_LINE, ...threads],
    outdir: join(folder, FOLDER),
    entryNames: '[name]',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    bundle: true,
    splitting: true,
    sourcemap: true,
    sourcesContent: false,
    external: PACKAGES_APART,
    banner: { js: REQUIRE },
    logLevel: 'warning',
    plugins: [{ name: 'where it lies', setup: keepApart }],
  }
  await build(options).catch((error) => {
    throw new Failure(`what was compiled cannot be bundled: ${error.message}`)
  })
}

function keepApart({ onResolve }) {
  onResolve({ filter: APART }, () => ({ path: APART_FROM_BUNDLE, external: true }))
}
