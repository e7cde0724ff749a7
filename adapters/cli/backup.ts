import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chinaTime } from '../../engine/calendar/china-time.ts'
import { showProgress } from '../../fixtures/progress.ts'
import { makeBackup } from '../audit/backup.ts'
import { type Restored, restoreBackup } from '../audit/restore.ts'
import { scratchFolder } from '../files/abandoned.ts'

export interface BackupOptions {
  readonly data: string
  readonly to: string
  /** Where it is restored on trial. */
  readonly scratch?: string
}

/** Makes a backup beside a running server, and restores it on trial before it says so. */
export async function backup({ data, to, scratch = tmpdir() }: BackupOptions): Promise<void> {
  let progress: ReturnType<typeof showProgress> | undefined
  const { position } = await makeBackup(data, to, Date.now(), (done, head) => {
    progress ??= showProgress('copying', head, 'rows')
    progress.done(done)
  }).finally(() => progress?.end())
  process.stderr.write('restoring it on trial\n')
  const trial = scratchFolder(scratch, 'yizhan-trial-')
  try {
    const restored = restoreBackup(to, join(trial, 'data'))
    process.stdout.write(
      `${to}: a backup up to position ${position}${bookedText(restored)}; it was restored on trial and its chain is whole\n`,
    )
  } finally {
    rmSync(trial, { recursive: true, force: true })
  }
}

/** Makes a data folder of a backup. */
export function restore(from: string, to: string): void {
  const restored = restoreBackup(from, to)
  const { position, hash, at, files } = restored
  process.stdout.write(
    [
      `${to}: restored up to position ${position}${bookedText(restored)}, from a backup of ${at}`,
      `${files} files; the chain is whole, hash ${hash}`,
      'What was booked later is not in it: institutions send again what they cannot find, by their message ids.',
      '',
    ].join('\n'),
  )
}

function bookedText({ lastBookedAt }: Restored): string {
  return lastBookedAt === undefined ? '' : `, booked at ${chinaTime(lastBookedAt)}`
}
