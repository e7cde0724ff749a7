/**
 * Compiles the sources and the tests for one run of the tests, into a folder of that run. esbuild
 * takes a second for all of them, because it looks at no types: that is what `npm run check` does.
 * A loader that compiles on demand would cost each process and each thread of the tests more than
 * that.
 */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, ROOT } from './child.mjs'

const TYPEBOX = /\/node_modules\/typebox\//
export const FOLDERS = ['adapters', 'bench', 'engine', 'fixtures']

/** Puts `a/b.js` into the folder for each `a/b.ts`; it has to lie in the project. */
export async function compileTests(outdir) {
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
    splitting: true,
    plugins: [{ name: 'every file for itself', setup: keepApart }],
  }
  await build(options).catch((error) => {
    throw new Failure(`the tests do not compile: ${error.message}`)
  })
}

/**
 * No import is followed but that of data, which is put in, and of a package of 370 modules, which
 * become one; one of ours is of what its file becomes.
 */
function keepApart({ onResolve }) {
  onResolve({ filter: /./ }, ({ kind, path, importer }) =>
    kind === 'entry-point' || path.endsWith('.json') || path === 'typebox' || TYPEBOX.test(importer)
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
