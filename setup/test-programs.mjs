/**
 * What tap runs when no file is named: a program for each test file that takes long, starts
 * processes or counts on having its own, and for the others one of several files. To start a process
 * of tests takes one to four seconds of CPU time, for tap, tsx and the application, which is longer
 * than most of these files take themselves.
 */

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from './child.mjs'

const FOLDERS = ['adapters', 'bench', 'engine', 'fixtures']
const ALONE = [
  /^adapters\/(cli\/(?!config|rules-)|memory|sqlite|workers)/,
  /^adapters\/packs\/policy-host/,
  /^bench\/load\//,
  /(adjudicate|visits?)\.property\.test\.ts$/,
  /^fixtures\/(fuzz|oracle|reload|simulation|torture)\//,
]
/** What the files of a program have in common: the whole application, or all packs and cases. */
const ROOMS = {
  http: /^adapters\/http\//,
  cases: /^(adapters\/pages|adapters\/cli\/rules-|engine\/adjudicate\/cases|fixtures\/guide)/,
  others: /./,
}
/** As much as one process does in less than a minute, so that the others do not wait for the last. */
const TOGETHER_MAX = 12

/** Beside what tap keeps from run to run; made anew each time. */
const TOGETHER = join(ROOT, '.tap', 'together')

/** Their paths, from the project's folder. */
export function testPrograms() {
  const files = FOLDERS.flatMap(testsIn)
  const groups = Object.keys(ROOMS).map((room) => [
    room,
    files.filter((file) => !isAlone(file) && roomOf(file) === room),
  ])
  rmSync(TOGETHER, { recursive: true, force: true })
  mkdirSync(TOGETHER, { recursive: true })
  return [...groups.flatMap(([room, some]) => together(room, some)), ...files.filter(isAlone)]
}

function testsIn(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true })
    .filter((path) => path.endsWith('.test.ts') && !/(^|\/)node_modules\//.test(path))
    .map((path) => `${folder}/${path}`)
    .sort()
}

const roomOf = (file) => Object.keys(ROOMS).find((room) => ROOMS[room].test(file))

const isAlone = (file) => ALONE.some((pattern) => pattern.test(file))

function together(name, files) {
  const count = Math.ceil(files.length / TOGETHER_MAX)
  return Array.from({ length: count }, (_, nth) => {
    const some = files.filter((_, index) => index % count === nth)
    const program = join(TOGETHER, `${name}-${nth + 1}.mjs`)
    // Static, so that all are loaded before the first begins: tap ends when it finds nothing to do.
    const imports = some.map((file) => `import '${pathToFileURL(join(ROOT, file))}'\n`)
    writeFileSync(program, imports.join(''))
    return program
  })
}
