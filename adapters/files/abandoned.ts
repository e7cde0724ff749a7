import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** In the name of what this process makes for itself alone and takes away again. */
export function ofThisProcess(): string {
  return `of-${process.pid}`
}

/** A new folder in `place` for this process alone; what others have left there of this name goes. */
export function scratchFolder(place: string, name: string): string {
  const begin = join(place, name)
  removeAbandoned(begin, '')
  return mkdtempSync(`${begin}${ofThisProcess()}-`)
}

/**
 * Removes what processes have left behind that were killed: all whose name is that of `begin`, then
 * `ofThisProcess` of one that has ended, then whatever, and at last `end`.
 */
export function removeAbandoned(begin: string, end: string): void {
  const [folder, name] = [dirname(begin), basename(begin)]
  for (const found of readdirSync(folder)) {
    if (!found.startsWith(name) || !found.endsWith(end)) continue
    const maker = /^of-(\d+)-/.exec(found.slice(name.length))
    if (maker === null || isAlive(Number(maker[1]))) continue
    rmSync(join(folder, found), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Another user's may not be asked, and lives.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
