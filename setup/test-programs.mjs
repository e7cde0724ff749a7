/**
 * What runs when no file is named: a program for each test file that takes long, starts processes or
 * counts on having its own, and for the others one of several files. To start a process of tests
 * takes a second or two of CPU time, for tap and the application, which is longer than most of these
 * files take themselves.
 */

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { Failure, ROOT } from './child.mjs'
import { FOLDERS } from './test-sources.mjs'

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

/** A name and a path for each; `compiled` is the folder of the compiled sources and tests. */
export function testPrograms(compiled) {
  const files = FOLDERS.flatMap(testsIn)
  const groups = Object.keys(ROOMS).map((room) => [
    room,
    files.filter((file) => !isAlone(file) && roomOf(file) === room),
  ])
  mkdirSync(join(compiled, 'together'))
  return [
    ...groups.flatMap(([room, some]) => together(compiled, room, some)),
    ...files.filter(isAlone).map((file) => programOf(compiled, file)),
  ]
}

/** The same for files that somebody has named, from the project's folder. */
export function namedPrograms(compiled, files) {
  return files.map((file) => {
    const path = relative(ROOT, resolve(ROOT, file))
    if (!path.endsWith('.test.ts') || !existsSync(join(ROOT, path))) {
      throw new Failure(`${file} is no test file`)
    }
    return programOf(compiled, path)
  })
}

const programOf = (compiled, file) => [file, join(compiled, compiledName(file))]

const compiledName = (file) => file.replace(/\.ts$/, '.js')

function testsIn(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true })
    .filter((path) => path.endsWith('.test.ts') && !/(^|\/)node_modules\//.test(path))
    .map((path) => `${folder}/${path}`)
    .sort()
}

const roomOf = (file) => Object.keys(ROOMS).find((room) => ROOMS[room].test(file))

const isAlone = (file) => ALONE.some((pattern) => pattern.test(file))

function together(compiled, room, files) {
  const count = Math.ceil(files.length / TOGETHER_MAX)
  return Array.from({ length: count }, (_, nth) => {
    const name = `together/${room}-${nth + 1}`
    const program = join(compiled, `${name}.js`)
    const some = files.filter((_, index) => index % count === nth)
    // Static, so that all are loaded before the first begins: tap ends when it finds nothing to do.
    writeFileSync(program, some.map((file) => `import '../${compiledName(file)}'\n`).join(''))
    return [name, program]
  })
}
