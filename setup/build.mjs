/**
 * Compiles the sources into dist when they differ from what dist was made of. The compiler writes
 * into a folder of its own, which takes the place of dist by a rename: dist is always whole, and a
 * build that fails leaves the last good one. Types are checked by `npm run check` alone: to check
 * them here as well took more than twice the time of the build.
 */

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.mjs'
import { bin, Failure, ON_STDERR, ROOT, run, say } from './child.mjs'
import { noteCommit } from './commit.mjs'

export const DIST = join(ROOT, 'dist')
const STAMP = 'sources.sha256'
const CONFIG = 'tsconfig.build.json'
const FOLDERS = ['adapters', 'bench', 'engine', 'fixtures']
const SETTINGS = ['package-lock.json', 'setup/bundle.mjs', 'tsconfig.json', CONFIG]

export function isBuilt() {
  const stamp = join(DIST, STAMP)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashSources()
}

/** The hash is taken before compiling, so that an edit meanwhile is seen the next time. */
export async function build(lock) {
  removeLeftovers()
  if (isBuilt()) return
  const began = performance.now()
  const hash = hashSources()
  const fresh = `${DIST}.${process.pid}`
  try {
    await compile(fresh, lock)
    await bundle(fresh)
    noteCommit(fresh)
    writeFileSync(join(fresh, STAMP), hash)
    swap(fresh)
  } finally {
    removeLeftovers()
  }
  say(`built in ${((performance.now() - began) / 1_000).toFixed(1)} s`)
}

async function compile(outDir, lock) {
  say('building')
  const args = [bin('tsc'), '-p', CONFIG, '--outDir', outDir, '--noCheck']
  const onStart = ({ pid }) => lock.add(pid)
  const code = await run(process.execPath, args, { stdio: ON_STDERR, onStart })
  if (code !== 0) throw new Failure('the build failed; the last good build stays in place', code)
}

function swap(fresh) {
  if (existsSync(DIST)) renameSync(DIST, `${fresh}.old`)
  renameSync(fresh, DIST)
}

/** We hold the lock: any dist.PID or dist.PID.old is ours or of a build that was killed. */
function removeLeftovers() {
  for (const name of readdirSync(ROOT)) {
    if (!/^dist\.\d+(\.old)?$/.test(name)) continue
    rmSync(join(ROOT, name), { recursive: true, force: true })
  }
}

/** Over names and contents. JSON belongs to it because the compiler copies what is imported. */
function hashSources() {
  const hash = createHash('sha256')
  for (const path of [...SETTINGS, ...FOLDERS.flatMap(sourcesIn)]) {
    const content = readFileSync(join(ROOT, path))
    hash.update(`${path}\n${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

function sourcesIn(folder) {
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { recursive: true })
    .filter((path) => !/(^|\/)node_modules\//.test(path) && !path.startsWith('results/'))
    .filter((path) => /\.(tsx?|json)$/.test(path) && !path.endsWith('.test.ts'))
    .map((path) => `${folder}/${path}`)
    .sort()
}
