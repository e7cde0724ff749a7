import { join } from 'node:path'
import { institutionSubject } from '../../engine/adjudicate/snapshot.ts'
import { RecordBook } from '../../engine/counter/record-book.ts'
import { REGISTRY_SUBJECT } from '../../engine/counter/record-entry.ts'
import { isThere } from '../files/is-there.ts'
import { REGISTRY_FILE } from '../sqlite/registry-import.ts'
import { openRegistry } from '../sqlite/registry-store.ts'
import { openReadOnlyLedger } from './read-only-ledger.ts'

/** Whether a data folder has a record of the institution, beside whoever owns the folder. */
export async function isRegistered(folder: string, institutionId: string): Promise<boolean> {
  // The first start makes it, and only then can anybody be registered.
  if (!isThere(join(folder, REGISTRY_FILE))) return false
  const { ledger, close } = openReadOnlyLedger(folder)
  const registry = openRegistry(folder)
  try {
    const [own, imports] = await Promise.all(
      [institutionSubject(institutionId), REGISTRY_SUBJECT].map((subject) => ledger.load(subject)),
    )
    const records = new RecordBook(ledger, registry)
    return records.find('institution', institutionId, own!.state, imports!.state) !== undefined
  } finally {
    registry.close()
    close()
  }
}
