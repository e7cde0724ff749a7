import type { CreditTally } from '../../engine/counter/credit-accounts.ts'
import type { CreditStatus } from '../accounts/credit-desk.ts'
import { FolderOwnedError } from '../sqlite/owner-lock.ts'
import { readyRegistry } from '../sqlite/registry-store.ts'
import { startCredits } from '../workers/credit-host.ts'
import type { Settings } from './config.ts'
import { requireLedger, withOwnLedger } from './own-ledger.ts'
import { KEY_VARIABLE, type ServerPlace, serverCaller, whyServer } from './server-call.ts'
import { yuan } from './yuan.ts'

export interface CreditOptions extends ServerPlace {
  readonly month: string
  readonly dryRun: boolean
  /** A key of the role agency, for the server. */
  readonly key: string | undefined
}

const POLL_MS = 500
const PERSONS_PER_LINE = 50_000

/**
 * Credits the accounts of everybody who is registered, once a month: in this process when nobody owns
 * the data folder, through the server otherwise, and always through one that was named.
 */
export async function creditMonth(settings: Settings, options: CreditOptions): Promise<void> {
  const told = progressLines(options.month)
  const there = () => creditThere(settings, options, told)
  const tally = options.named
    ? await there()
    : await creditHere(settings, options, told).catch((error: unknown) => {
        if (!(error instanceof FolderOwnedError)) throw error
        return there()
      })
  tell(options, tally)
}

async function creditHere(
  settings: Settings,
  { month, dryRun }: CreditOptions,
  told: (tally: CreditTally) => void,
): Promise<CreditTally> {
  requireLedger(settings.data)
  return withOwnLedger(settings, async (ledger) => {
    const { data } = settings
    readyRegistry(data)
    return startCredits(ledger, data, { month, dryRun, source: 'cli' }, told).outcome
  })
}

async function creditThere(
  { data }: Settings,
  options: CreditOptions,
  told: (tally: CreditTally) => void,
): Promise<CreditTally> {
  const { month, dryRun, server, named, key } = options
  if (key === undefined) {
    throw new Error(
      `${whyServer(options, data)}: set ${KEY_VARIABLE} to a key of the role agency ` +
        `to credit through it${named ? '' : ` (--server, now ${server})`}`,
    )
  }
  const call = serverCaller(server, key)
  const asked = JSON.stringify({ month, dryRun })
  let status = await call<CreditStatus>('POST', '/v1/account-credits', asked, 'application/json')
  while (status.state === 'running') {
    told(status)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    status = await call<CreditStatus>('GET', `/v1/account-credits/${month}`)
  }
  if (status.state === 'failed') {
    throw new Error('the run failed, the log of the server says why; run it again for the rest')
  }
  return status
}

/** How many persons there are is not known before the end, so that there is no bar to fill. */
function progressLines(month: string): (tally: CreditTally) => void {
  let next = PERSONS_PER_LINE
  return ({ persons, credited }) => {
    if (persons < next) return
    next = persons - (persons % PERSONS_PER_LINE) + PERSONS_PER_LINE
    process.stderr.write(`credits of ${month}: ${persons} persons, ${credited} credited\n`)
  }
}

function tell({ month, dryRun }: CreditOptions, tally: CreditTally): void {
  const { persons, credited, amountFen, before, passedOver } = tally
  const verb = dryRun ? 'would be credited; nothing was booked' : 'credited'
  const lines = [
    `${month}: ${persons} persons, ${credited} with ${yuan(amountFen)} yuan ${verb}`,
    `  ${before} credited before`,
    ...Object.entries(passedOver)
      .sort()
      .map(([reason, count]) => `  ${count} passed over: ${reason}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
