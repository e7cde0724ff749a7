import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../adapters/cli/project-root.ts'
import { ownFolder } from '../adapters/sqlite/owner-lock.ts'
import { makeData } from '../fixtures/make-data.ts'
import type { Scale } from '../fixtures/world.ts'

/** Of the generated data; the server's own default. */
export const SEED = 1

/**
 * Versions of the policy under their hashes, and what a server has built of them. Checked whenever
 * they are read, so that they need not be built anew for every ledger over the same data.
 */
const POLICY = 'policy'
/** What a server finds made; everything else in its folder is the ledger's. */
const MADE = ['registry.sqlite', 'catalogue', 'openings.ndjson', 'made.json', 'secret.key', POLICY]

/** Where the bench keeps its data: on the project's disk, as commits must be durable. */
function benchRoot(): string {
  const folder = join(projectRoot(), 'data')
  mkdirSync(folder, { recursive: true })
  return folder
}

/** A new folder that bears our pid, so that another run can tell whether it is still in use. */
export function makeRunFolder(name: string): string {
  return mkdtempSync(join(benchRoot(), `bench-run-${process.pid}-${name}-`))
}

/** Removes what runs have left that were killed before they could. */
export function removeLeftovers(): void {
  for (const name of readdirSync(benchRoot())) {
    const pid = /^bench-run-(\d+)-/.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    rmSync(join(benchRoot(), name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Somebody else's process is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** What of a scenario's context folders need. */
interface Folders {
  makeFolder(name: string): string
  say(text: string): void
}

/** Which generated data a server works on. */
export interface DataSize {
  readonly scale: Scale
  /** Persons and catalogue codes besides the demo's; the scale's numbers when absent. */
  readonly people?: number
  readonly catalogueCodes?: number
}

/** A folder with an empty ledger over generated data, which are made once and kept. */
export function freshLedger({ makeFolder, say }: Folders, size: DataSize): string {
  const made = madeFolder(size, say)
  const folder = makeFolder('ledger')
  for (const name of MADE) symlinkSync(join(made, name), join(folder, name))
  return folder
}

/**
 * Makes catalogue and policy of a ledger the ledger's own: for a catalogue that is written over,
 * each version of it new to the server. Returns its file.
 */
export function ownCatalogue(folder: string): string {
  rmSync(join(folder, POLICY))
  const link = join(folder, 'catalogue')
  const made = realpathSync(link)
  rmSync(link)
  cpSync(made, link, { recursive: true })
  return join(link, 'national.csv')
}

function madeFolder(size: DataSize, say: Folders['say']): string {
  const { scale, people, catalogueCodes } = size
  const parts = [
    `bench-${scale}`,
    ...(people === undefined ? [] : [`${people}-people`]),
    ...(catalogueCodes === undefined ? [] : [`${catalogueCodes}-codes`]),
  ]
  const folder = join(benchRoot(), parts.join('-'))
  mkdirSync(join(folder, POLICY), { recursive: true })
  // Two benches at once must not make the same data.
  const lock = ownFolder(folder, process.pid)
  try {
    const began = performance.now()
    const { fresh } = makeData({ folder, ...size, seed: SEED })
    const took = ((performance.now() - began) / 1000).toFixed(1)
    if (fresh) say(`made the data in ${took} s; they stay in ${folder}`)
  } finally {
    lock.release()
  }
  return folder
}
