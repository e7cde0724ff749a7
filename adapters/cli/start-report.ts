import { partsReceived } from '../imports/import-desk.ts'
import { stagedAfter } from '../sqlite/registry-staging.ts'
import type { OpenLedger } from '../workers/ledger-host.ts'

/** What the last engine on this folder left behind, as sentences; none when it stopped in order. */
export function findingsAtStart(
  folder: string,
  { startReport: { action, from, to }, endedInOrder }: OpenLedger,
  lastImport: number,
): string[] {
  const findings: string[] = []
  if (!endedInOrder) findings.push('the engine before this one did not stop in order')
  if (action === 'replayed') {
    findings.push(
      `${to - from} entries were durable and not folded yet, ${from + 1} to ${to}; they are now`,
    )
  }
  if (action === 'rebuilt') {
    findings.push(
      `the states did not belong to this journal (they stood at ${from}); they were made anew from its ${to} entries`,
    )
  }
  const received = partsReceived(folder)
  if (received > 0) {
    findings.push(
      `${received} files of imports were received and not applied; announced again they go on`,
    )
  }
  if (stagedAfter(folder, lastImport)) {
    findings.push('an import was staged and never became live; the next one clears it away')
  }
  return findings
}
