import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { documentOf } from '../audit/open-person.ts'
import type { PersonKept } from '../audit/person-document.ts'
import { syncPath, writingOf } from '../files/write-whole.ts'

const NOTHING: PersonKept = { entries: 0, isKnown: false }

/**
 * Writes everything that is kept about one person, credentials opened. A file is there as a whole or
 * not at all, as a document that was cut off may not look like it.
 */
export async function exportPerson(
  folder: string,
  personId: string,
  out: string | undefined,
): Promise<PersonKept> {
  if (out === undefined) return writeAll(documentOf(folder, personId, true), process.stdout)
  if (existsSync(out)) throw new Error(`${out} exists already; nothing is written over`)
  const writing = writingOf(out)
  try {
    const kept = await writeFile(documentOf(folder, personId, true), writing)
    await syncPath(writing)
    await rename(writing, out)
    return kept
  } finally {
    await rm(writing, { force: true })
  }
}

async function writeFile(pieces: Generator<string, PersonKept>, path: string): Promise<PersonKept> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  const ended = finished(file)
  try {
    return await Promise.race([writeAll(pieces, file), ended.then(() => NOTHING)])
  } finally {
    file.end()
    await ended
  }
}

async function writeAll(pieces: Generator<string, PersonKept>, to: Writable): Promise<PersonKept> {
  for (;;) {
    const { done, value } = pieces.next()
    if (done === true) return value
    if (!to.write(value)) await once(to, 'drain')
  }
}
