import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerChild } from './children/server-child.ts'

/** How far the ledger of a server of ours has come, from its metrics. */
export interface LedgerFigures {
  /** Entries that are durable, and of those the ones that are folded. */
  readonly head: number
  readonly folded: number
}

export async function ledgerFigures({ address }: ServerChild): Promise<LedgerFigures> {
  const text = await (await fetch(`${address}/metrics`)).text()
  const head = metric(text, 'yizhan_ledger_head')
  return { head, folded: head - metric(text, 'yizhan_ledger_fold_lag') }
}

const FOLD_POLL_MS = 50
const FOLD_MS_MAX = 60_000

/** Waits until everything that is durable is folded. Throws when that takes too long. */
export async function untilFolded(server: ServerChild): Promise<void> {
  const end = performance.now() + FOLD_MS_MAX
  for (;;) {
    const { head, folded } = await ledgerFigures(server)
    if (folded >= head) return
    if (performance.now() > end) throw new Error(`${head - folded} entries are not folded`)
    await sleep(FOLD_POLL_MS)
  }
}

function metric(text: string, name: string): number {
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]
  if (value === undefined) throw new Error(`the metrics do not say ${name}`)
  return Number(value)
}

/** Memory of the process that is its own or its share of what is mapped by several, in MB. */
export function memoryMb({ pid, title }: ServerChild): number {
  const file = `/proc/${pid}/smaps_rollup`
  try {
    const kilobytes = /^Pss: +(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1]
    return Number(kilobytes) / 1024
  } catch (cause) {
    throw new Error(`the memory of ${title} is read from ${file}, which this system lacks`, {
      cause,
    })
  }
}
