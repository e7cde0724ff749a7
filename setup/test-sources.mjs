/**
 * Compiles the sources and the tests for one run of the tests, into a folder of that run. esbuild
 * takes a second for all of them, because it looks at no types: that is what `npm run check` does.
 * A loader that compiles on demand would cost each process and each thread of the tests more than
 * that. The folder is the run's own, so that an edit or another run meanwhile changes nothing in it.
 */

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, ROOT } from './child.mjs'

export const FOLDERS = ['adapters', 'bench', 'engine', 'fixtures']

/** Beside what tap keeps from run to run. */
const COMPILED = join(ROOT, '.tap', 'compiled')

/** Gives the folder; in it stands `a/b.js` for `a/b.ts`. */
export async function compileTests() {
  removeLeftovers()
  const outdir = join(COMPILED, String(process.pid))
  mkdirSync(outdir, { recursive: true })
  const { build } = await import('esbuild')
  const options = {
    absWorkingDir: ROOT,
    entryPoints: FOLDERS.flatMap(sourcesIn),
    outdir,
    outbase: '.',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    bundle: true,
    plugins: [{ name: 'every file for itself', setup: keepApart }],
  }
  await build(options).catch((error) => {
    throw new Failure(`the tests do not compile: ${error.message}`)
  })
  return outdir
}

export function removeCompiled(outdir) {
  rmSync(outdir, { recursive: true, force: true })
}

/** No import is followed but that of data, which is put in; one of ours is of what its file becomes. */
function keepApart({ onResolve }) {
  onResolve({ filter: /./ }, ({ kind, path }) =>
    kind === 'entry-point' || path.endsWith('.json')
      ? undefined
      : { path: path.replace(/^(\..*)\.tsx?$/, '$1.js'), external: true },
  )
}

function sourcesIn(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true })
    .filter((path) => !/(^|\/)node_modules\//.test(path))
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => `${folder}/${path}`)
}

/** Of runs that were killed. */
function removeLeftovers() {
  mkdirSync(COMPILED, { recursive: true })
  for (const pid of readdirSync(COMPILED)) {
    if (!isAlive(Number(pid))) removeCompiled(join(COMPILED, pid))
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
