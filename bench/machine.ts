import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../adapters/cli/project-root.ts'
import { rounded } from './statistics.ts'

/** What figures depend on: where, what, and with which versions they were measured. */
export interface Meta {
  readonly machine: object
  readonly commit: string
  readonly versions: Readonly<Record<string, string>>
  readonly suite: string
  readonly startedAt: string
}

export function describeRun(suite: string, wrk: string | undefined): Meta {
  const processors = cpus()
  return {
    machine: {
      system: `${type()} ${release()} ${arch()}`,
      processor: processors[0]?.model ?? 'unknown',
      cores: processors.length,
      memoryGiB: rounded(totalmem() / 2 ** 30, 3),
      // Over 1 and rising: somebody else is at work, and the figures are theirs as well.
      loadBefore: rounded(loadavg()[0] ?? 0, 3),
    },
    commit: commit(),
    versions: versions(wrk),
    suite,
    startedAt: new Date().toISOString(),
  }
}

/** With `-dirty` behind it when what was measured is not what was committed. */
function commit(): string {
  try {
    return git('describe', '--always', '--dirty', '--abbrev=40', '--exclude=*')
  } catch {
    return 'unknown'
  }
}

function git(...args: string[]): string {
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']
  return execFileSync('git', args, { cwd: projectRoot(), encoding: 'utf8', stdio }).trim()
}

/** The dependencies are pinned, so package.json says what is installed. */
function versions(wrk: string | undefined): Record<string, string> {
  const { version, dependencies } = JSON.parse(
    readFileSync(join(projectRoot(), 'package.json'), 'utf8'),
  ) as { version: string; dependencies: Record<string, string> }
  return {
    yizhan: version,
    node: process.versions.node,
    v8: process.versions.v8,
    ...(wrk === undefined ? {} : { wrk }),
    ...dependencies,
  }
}
