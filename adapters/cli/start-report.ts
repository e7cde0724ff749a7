import { X509Certificate } from 'node:crypto'
import { DAY_MS } from '../../engine/calendar/civil-days.ts'
import { partsReceived } from '../imports/import-desk.ts'
import { stagedAfter } from '../sqlite/registry-staging.ts'
import type { OpenLedger } from '../workers/ledger-host.ts'

/** Whoever issues a certificate by hand needs some days for it. */
const CERTIFICATE_DAYS = 30

/** Clocks that are set by NTP may be moved back by less than this. */
const CLOCK_SLACK_MS = 5_000

export interface StartAt {
  /** Ms since 1970. */
  readonly now: number
  /** PEM of the certificate that is shown, where there is one. */
  readonly certificate?: string
}

/**
 * What the last engine on this folder left behind, as sentences, and what of the machine will be a
 * trouble; none when it stopped in order.
 */
export function findingsAtStart(
  folder: string,
  ledger: Pick<OpenLedger, 'startReport' | 'endedInOrder' | 'entry' | 'status'>,
  lastImport: number,
  { now, certificate }: StartAt,
): string[] {
  const { action, from, to } = ledger.startReport
  const findings: string[] = []
  if (!ledger.endedInOrder) findings.push('the engine before this one did not stop in order')
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
  const lastBooked = ledger.entry(ledger.status().head)?.bookedAt ?? 0
  if (lastBooked > now + CLOCK_SLACK_MS) {
    findings.push(
      `the clock of the machine says ${dated(now)}, and the last entry of the journal was booked at ${dated(lastBooked)}; what is booked now is dated before it`,
    )
  }
  if (certificate !== undefined) {
    const ends = Date.parse(new X509Certificate(certificate).validTo)
    if (ends <= now) findings.push(`the certificate ended at ${dated(ends)}: no client believes it`)
    else if (ends < now + CERTIFICATE_DAYS * DAY_MS) {
      findings.push(
        `the certificate ends at ${dated(ends)}; a renewed one is taken up by a restart`,
      )
    }
  }
  return findings
}

function dated(at: number): string {
  return new Date(at).toISOString()
}
