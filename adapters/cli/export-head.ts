import type { Sound } from '../../engine/ledger/verify.ts'
import { refuseWritten, signHead, signingKey, writeHead } from '../audit/signed-head.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { ledgerPaths } from '../workers/ledger-host.ts'
import { requireLedger } from './own-ledger.ts'

/** Signs the end of the journal as it is now, beside a running server; it verifies nothing. */
export function exportHead(data: string, file: string, keyFile: string): void {
  // Before a key is made for nothing.
  refuseWritten(file)
  requireLedger(data)
  const journal = openJournal({ path: ledgerPaths(data).journalPath, readonly: true })
  try {
    exportSigned(journal.head(), file, keyFile)
  } finally {
    journal.close()
  }
}

/** Writes the head, signed with the key in the file, which is made when it is absent. */
export function exportSigned(head: Sound, file: string, keyFile: string): void {
  const { privateKey, made } = signingKey(keyFile)
  if (made) {
    process.stderr.write(
      `a key was made: ${keyFile}; keep its public half, ${keyFile}.pub, with the heads, elsewhere\n`,
    )
  }
  writeHead(file, signHead(head, privateKey, Date.now()))
  process.stdout.write(`the end of the journal, ${head.position}, is signed in ${file}\n`)
}
