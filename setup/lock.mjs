/**
 * One set-up at a time in one folder. The lock is a folder that appears by a rename, which is
 * atomic, and it names every process that works under it: its owner and the child that still runs
 * when the owner was killed. A lock whose processes are all gone is stale and gets taken away.
 */

import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT, refuseIfSignalled, say } from './child.mjs'

const LOCK = join(ROOT, 'dist.lock')
const OWNERS = join(LOCK, 'owners')
const POLL_MS = 200

/**
 * Does the work under the lock, unless it turns out to be done while another process has the lock:
 * that one may go on with other work. `lock.add(pid)` names a child that works under it as well.
 */
export async function withLock(isDone, work) {
  if (!(await acquire(isDone))) return
  try {
    return await work({ add: (pid) => appendFileSync(OWNERS, `${identityOf(pid)}\n`) })
  } finally {
    rmSync(LOCK, { recursive: true, force: true })
  }
}

/** False when there is no need for it any more. */
async function acquire(isDone) {
  let isTold = false
  while (!take()) {
    if (isDone()) return false
    const owners = read(LOCK)
    const owner = owners.find(isAlive)
    if (owner && !isTold) say(`process ${parseInt(owner, 10)} is setting up here; waiting for it`)
    if (!owner && owners.length > 0) removeStale()
    isTold ||= owner !== undefined
    await sleep(POLL_MS)
    refuseIfSignalled()
  }
  return true
}

function take() {
  const mine = `${LOCK}.${process.pid}`
  rmSync(mine, { recursive: true, force: true })
  mkdirSync(mine)
  writeFileSync(join(mine, 'owners'), `${identityOf(process.pid)}\n`)
  const isMine = moved(mine, LOCK)
  rmSync(mine, { recursive: true, force: true })
  return isMine
}

/** Looks again after the rename: another process may have been faster, and its lock goes back. */
function removeStale() {
  const aside = `${LOCK}.${process.pid}.stale`
  if (!moved(LOCK, aside)) return
  if (read(aside).some(isAlive)) moved(aside, LOCK)
  else say('a set-up was interrupted here; starting it again')
  rmSync(aside, { recursive: true, force: true })
}

function moved(from, to) {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code)) return false
    throw error
  }
}

/** No lines when the lock was released meanwhile. */
function read(lock) {
  try {
    return readFileSync(join(lock, 'owners'), 'utf8').trim().split('\n')
  } catch {
    return []
  }
}

/** A pid comes round again, above all in containers; with its start time it does not. */
function identityOf(pid) {
  return `${pid} ${statOf(pid).startTime}`.trim()
}

function isAlive(identity) {
  const pid = parseInt(identity, 10)
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code !== 'EPERM') return false
  }
  return statOf(pid).state !== 'Z' && identityOf(pid) === identity
}

/** Fields 3 and 22 of Linux's /proc/PID/stat; elsewhere nothing, and then the pid alone counts. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0], startTime: fields[19] }
  } catch {
    return { state: '', startTime: '' }
  }
}
