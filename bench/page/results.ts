import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { projectRoot } from '../../adapters/cli/project-root.ts'
import type { Meta } from '../machine.ts'
import type { BenchFile } from '../report.ts'
import type { KeyResult } from '../scenario.ts'
import { KEYS } from './targets.ts'

/** Result files put together, each key from the newest file that has it. */
export interface Results {
  readonly runs: readonly { readonly file: string; readonly meta: Meta }[]
  readonly keys: readonly KeyOfRun[]
}

export interface KeyOfRun {
  readonly name: string
  /** Absent when no run has the key, or when it failed. */
  readonly result?: KeyResult
  /** Why it failed. */
  readonly failed?: string
  /** Index into `runs`; absent when no run has the key. */
  readonly run?: number
}

/** The files of a folder that end in `.json`. */
export function resultFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name))
}

export function readResults(files: readonly string[]): Results {
  const read = files.map((file) => ({ file: shown(file), content: parse(file) }))
  return mergeResults(read)
}

/** Every key of the bench is listed, whether it was measured or not. */
export function mergeResults(
  files: readonly { readonly file: string; readonly content: BenchFile }[],
): Results {
  const sorted = files.toSorted((a, b) =>
    a.content.meta.startedAt < b.content.meta.startedAt ? -1 : 1,
  )
  const found = new Map<string, KeyOfRun>(KEYS.map((name) => [name, { name }]))
  sorted.forEach(({ content }, run) => {
    for (const [name, result] of Object.entries(content.keys))
      found.set(name, { name, result, run })
    for (const [name, failed] of Object.entries(content.failed ?? {})) {
      found.set(name, { name, failed, run })
    }
  })
  return {
    runs: sorted.map(({ file, content }) => ({ file, meta: content.meta })),
    keys: [...found.values()],
  }
}

/** A path of the project; of a file elsewhere only the name, as the page goes to other people. */
function shown(file: string): string {
  const path = relative(projectRoot(), file)
  return path.startsWith('..') ? basename(file) : path
}

function parse(file: string): BenchFile {
  const content = JSON.parse(readFileSync(file, 'utf8')) as Partial<BenchFile>
  if (typeof content.keys !== 'object' || typeof content.meta?.startedAt !== 'string') {
    throw new Error(`${file} is no result of the bench: it has no "keys" or no "meta"`)
  }
  return content as BenchFile
}
