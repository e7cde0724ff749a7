import { join } from 'node:path'
import { type FileFormat, fileFormat } from './file-format.ts'
import { refuseUnknown } from './migrations.ts'
import { isDamageOf, namingFile } from './named-errors.ts'
import { REGISTRY_FILE } from './registry-import.ts'
import { refuseUnknownRegistry } from './registry-store.ts'
import { isDamaged } from './state-seal.ts'

/**
 * Throws when a file of the folder is of a later release, or is none of ours. To be asked before
 * anything is written or taken away: whoever started an older release by mistake, or on the way back,
 * finds the folder as it was.
 */
export function refuseUnknownFormats(
  folder: string,
  { journalPath, statePath }: { readonly journalPath: string; readonly statePath: string },
): void {
  const look = (
    kind: 'journal' | 'state' | 'registry',
    path: string,
    refuse: (path: string, format: FileFormat) => void,
  ) => {
    const format = namingFile(kind, path, () => fileFormat(path))
    if (format !== undefined) refuse(path, format)
  }
  look('journal', journalPath, (path, format) => refuseUnknown('journal', path, format))
  look('registry', join(folder, REGISTRY_FILE), refuseUnknownRegistry)
  try {
    look('state', statePath, (path, format) => refuseUnknown('state', path, format))
  } catch (error) {
    // What is not as it was sealed, or no such file any more, is made again from the journal.
    if (!isDamaged(statePath) && !isDamageOf(statePath, error)) throw error
  }
}
