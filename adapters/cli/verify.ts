import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { showProgress } from '../../fixtures/progress.ts'
import { readHead, refuseWritten, signatureFault } from '../audit/signed-head.ts'
import { exportSigned } from './export-head.ts'
import { type Verified, verifyFolder } from './verify-folder.ts'

export interface VerifyCommand {
  readonly data: string
  readonly threads: number
  readonly scratch?: string
  readonly json?: string
  /** Where the head is written once everything was found in order, and the file of the key. */
  readonly exportHead?: string
  readonly key?: string
  readonly against?: readonly string[]
  /** File of the public key that heads should be signed with. */
  readonly publicKey?: string
}

const FAULTS_SHOWN = 20

/** Verifies a data folder and says what was found; returns 1 when anything does not hold. */
export async function verify(command: VerifyCommand): Promise<0 | 1> {
  const { data, threads, scratch = tmpdir(), exportHead, key, json } = command
  if ((exportHead === undefined) !== (key === undefined)) {
    throw new Error('--export-head and --key go together')
  }
  // It may take hours until it is written.
  if (exportHead !== undefined) refuseWritten(exportHead)
  const trusted =
    command.publicKey === undefined ? undefined : readFileSync(command.publicKey, 'utf8').trim()
  const against = (command.against ?? []).map((file) => {
    const head = readHead(file)
    return { head, fault: signatureFault(head, trusted) }
  })
  const began = performance.now()
  let progress: ReturnType<typeof showProgress> | undefined
  const onProgress = (rows: number, of: number) => {
    progress ??= showProgress('verifying', of, 'rows')
    progress.done(Math.floor(rows))
  }
  const options = { data, threads, scratch, against, onProgress }
  const verified = await verifyFolder(options).finally(() => progress?.end())
  const seconds = (performance.now() - began) / 1_000
  // What took hours to find is told, whether or not it can be written.
  process.stdout.write(`${textOf(verified, against.length, seconds)}\n`)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(jsonOf(verified, seconds))}\n`)
  if (verified.faultCount > 0) return 1
  if (exportHead !== undefined && key !== undefined) exportSigned(verified, exportHead, key)
  return 0
}

function jsonOf({ hash, ...verified }: Verified, seconds: number) {
  const { faults, faultCount, head } = verified
  const [first] = faults
  return {
    sound: faultCount === 0,
    ...(first === undefined ? {} : { first }),
    ...verified,
    settlements: verified.entries.settlement ?? 0,
    hash: Buffer.from(hash).toString('hex'),
    seconds: Math.round(seconds * 10) / 10,
    rowsPerSecond: Math.round(head / seconds),
  }
}

function textOf(verified: Verified, heads: number, seconds: number): string {
  const { position, head, hash, entries, persons, subjects, keys, visits } = verified
  const { statesUpTo, decidedAgain, headsHeld, faults, faultCount } = verified
  const [first] = faults
  const states =
    statesUpTo === undefined
      ? 'no states were compared'
      : `the states of ${subjects} subjects, the index of ${keys} keys and the institutions' days, as folded up to ${statesUpTo}`
  return [
    `${head} rows: ${entries.settlement ?? 0} settlements, ${entries.reversal ?? 0} reversals, ${persons} persons, ${visits} visits`,
    `the chain is whole up to ${position}, hash ${Buffer.from(hash).toString('hex')}`,
    `compared: ${states}`,
    `decided again: ${decidedAgain} settlements`,
    ...(heads === 0 ? [] : [`heads that the journal contains: ${headsHeld} of ${heads}`]),
    `${Math.round(head / seconds)} rows/s, ${Math.round(seconds)} s`,
    ...(first === undefined
      ? ['everything is in order']
      : [
          `FIRST DIFFERENCE: ${faultText(first)}`,
          ...faults.slice(1, FAULTS_SHOWN).map((fault) => `  ${faultText(fault)}`),
          `${faultCount} differences${faultCount > FAULTS_SHOWN ? ', the first above' : ''}`,
        ]),
  ].join('\n')
}

/** At 0 stands what is about a whole file. */
function faultText({ position, kind, what }: Verified['faults'][number]): string {
  return `${position === 0 ? '' : `row ${position}, `}${kind}: ${what}`
}
