import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { documentOf } from '../audit/open-person.ts'
import type { PersonKept } from '../audit/person-document.ts'

const NOTHING: PersonKept = { entries: 0, isKnown: false }

/** Writes everything that is kept about one person, credentials opened. */
export async function exportPerson(
  folder: string,
  personId: string,
  out: string | undefined,
): Promise<PersonKept> {
  const pieces = documentOf(folder, personId, true)
  if (out === undefined) return writeAll(pieces, process.stdout)
  const file = createWriteStream(out, { flags: 'wx', mode: 0o600 })
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
