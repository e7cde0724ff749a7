/** Folders that one run has for itself, by its process id; those of runs that were killed go. */

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Makes one in `parent`. */
export function makeRunFolder(parent) {
  mkdirSync(parent, { recursive: true })
  for (const pid of readdirSync(parent)) {
    if (!isAlive(Number(pid))) removeRunFolder(join(parent, pid))
  }
  const folder = join(parent, String(process.pid))
  removeRunFolder(folder)
  mkdirSync(folder)
  return folder
}

export function removeRunFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
