import { join } from 'node:path'
import { openJournal } from '../adapters/sqlite/journal-store.ts'
import { Latencies } from './load/latencies.ts'

/**
 * `one-row-commits SOURCE TARGET COUNT`: appends the last rows of the journal in the folder SOURCE,
 * which may be in use, to a new journal in TARGET, one durable commit each, and prints how long
 * that took. It is the product's own journal, so that the figure is that of its writer without
 * threads, sockets and groups.
 */
const [, , source = '', target = '', count = '0'] = process.argv
const from = openJournal({ path: join(source, 'journal.sqlite'), readonly: true })
const rows = from.readAfter(Math.max(0, from.head().position - Number(count)), Number(count))
from.close()

const journal = openJournal({ path: join(target, 'journal.sqlite') })
const took = new Latencies()
let next = journal.head().position
for (const row of rows) {
  next += 1
  const began = performance.now()
  journal.append([{ ...row, position: next }])
  took.add(performance.now() - began)
}
journal.close()
process.stdout.write(`${JSON.stringify({ commits: took.count, ...took.percentiles() })}\n`)
