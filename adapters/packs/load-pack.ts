import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { NhsaSource, PackSource, PlanSource, TableSource } from '../../engine/policy/pack.ts'
import { checkReferences, type Path } from '../../engine/policy/references.ts'
import type { TableFault } from '../../engine/policy/table.ts'
import { contentHash } from './content-hash.ts'
import { type PackProblem, type Place, type RulesFile, readRulesFile } from './rules-file.ts'
import type { Shape } from './shape.ts'

export type { PackProblem } from './rules-file.ts'

export interface LoadedPack {
  readonly source: PackSource
  /** SHA-256 of the content: comments, layout and the order of files and keys do not change it. */
  readonly hash: string
  /** Where a table, a period of it (by its first day) or a row of that (from 0) is written. */
  readonly locate: (table: string, from?: string, row?: number) => Place
  /** What the compiler found, with its place in the files. */
  readonly problemOf: (fault: TableFault) => PackProblem
}

export interface LoadedPacks {
  readonly packs: LoadedPack[]
  readonly problems: PackProblem[]
  /**
   * Of packs with problems: the tables without any, and no plans, so that what only the compiler
   * finds in them (gaps, overlaps) can be told in the same answer. Never to be used.
   */
  readonly remains: LoadedPack[]
}

/**
 * Reads every pack of the rules folder: each folder that holds a `pack.yaml`. Whatever the files
 * hold, nothing is thrown; a pack with a problem is not among `packs`. `giveWay` is called between
 * files, and may pause.
 */
export function loadPacks(rulesFolder: string, giveWay: () => void = () => {}): LoadedPacks {
  const packs: LoadedPack[] = []
  const problems: PackProblem[] = []
  const remains: LoadedPack[] = []
  const list = entriesOf(rulesFolder)
  if (typeof list === 'string') {
    problems.push({ file: '.', message: `the rules folder cannot be read: ${list}` })
    return { packs, problems, remains }
  }
  for (const entry of list) {
    const { name } = entry
    const why = whyNoPack(rulesFolder, entry)
    if (why !== undefined) problems.push({ file: name, message: `${name} ${why}` })
    if (!entry.isDirectory() || !existsSync(join(rulesFolder, name, 'pack.yaml'))) continue
    const loaded = loadPack(rulesFolder, name, giveWay)
    if ('problems' in loaded) {
      problems.push(...loaded.problems)
      if (loaded.remains !== undefined) remains.push(loaded.remains)
    } else packs.push(loaded)
  }
  if (packs.length === 0 && problems.length === 0) {
    problems.push({
      file: '.',
      message: 'the rules folder has no pack: no folder with a pack.yaml',
    })
  }
  return { packs, problems, remains }
}

/** A pack's content and nothing else: keys sorted, tables in the order of their names. */
export function hashOf(source: PackSource): string {
  const tables = [...source.tables].sort((a, b) => (a.table < b.table ? -1 : 1))
  return contentHash({ ...source, tables })
}

type PackHead = Omit<PackSource, 'tables' | 'plans' | 'nhsa'>

/** How the city answers in the national interface; a pack may do without it. */
const NHSA = 'nhsa.yaml'

interface BrokenPack {
  readonly problems: PackProblem[]
  readonly remains?: LoadedPack
}

function loadPack(
  rulesFolder: string,
  folder: string,
  giveWay: () => void,
): LoadedPack | BrokenPack {
  const problems: PackProblem[] = []
  const read = (path: string, shape: Shape): RulesFile => {
    const file = readRulesFile(rulesFolder, `${folder}/${path}`, shape)
    problems.push(...file.problems)
    giveWay()
    return file
  }
  const head = read('pack.yaml', 'pack')
  const plans = read('plans.yaml', 'plans')
  const nhsa = existsSync(join(rulesFolder, folder, NHSA)) ? read(NHSA, 'nhsa') : undefined
  const { files, strays } = tableFiles(rulesFolder, folder)
  problems.push(...strays)
  const tables: RulesFile[] = []
  const unreadable = new Set<string>()
  for (const path of files) {
    const file = read(path, 'table')
    const name = path.slice(0, -'.yaml'.length)
    if (file.sound) tables.push(file)
    else unreadable.add(name)
    const said = file.sound ? (file.value as TableSource).table : name
    if (said === name) continue
    unreadable.add(name)
    problems.push(file.problem(['table'], `the file's name makes it ${name}, but it says ${said}`))
  }
  if (!head.sound) return { problems }

  const source: PackSource = {
    ...(head.value as PackHead),
    tables: tables.map(({ value }) => value as TableSource),
    plans: plans.sound ? (plans.value as { plans: PlanSource[] }).plans : [],
    ...(nhsa?.sound === true ? { nhsa: nhsa.value as NhsaSource } : {}),
  }
  if (source.id !== folder) {
    problems.push(head.problem(['id'], `the folder's name makes it ${folder}, not ${source.id}`))
  }
  const faults = plans.sound ? checkReferences(source, unreadable) : []
  for (const { path, message } of faults) {
    const [part, at, ...inTable] = path
    if (part === 'tables') problems.push(tables[at as number]!.problem(inTable, message))
    else if (part === 'nhsa') problems.push(nhsa!.problem(path.slice(1), message))
    else problems.push((part === 'plans' ? plans : head).problem(path, message))
  }

  const find = (name: string, from?: string, row?: number): { file: RulesFile; path: Path } => {
    const at = source.tables.findIndex(({ table }) => table === name)
    if (at < 0) return { file: plans, path: [] }
    const period = source.tables[at]!.periods.findIndex((candidate) => candidate.from === from)
    const path = period < 0 ? [] : ['periods', period, ...(row === undefined ? [] : ['rows', row])]
    return { file: tables[at]!, path }
  }
  const locate = (name: string, from?: string, row?: number): Place => {
    const { file, path } = find(name, from, row)
    return path.length === 0 && file === plans ? { file: plans.name } : file.place(path)
  }
  const problemOf = ({ table, from, row, path: within = [], message }: TableFault): PackProblem => {
    const { file, path } = find(table, from, row)
    const problem = file.problem([...path, ...within], message)
    // A gap between periods has a date, but no period.
    return from === undefined ? problem : { ...problem, from }
  }
  if (problems.length === 0) return { source, hash: hashOf(source), locate, problemOf }
  // Without its dates nobody can say where a table of the pack leaves a gap.
  if (faults.some(({ path: [part] }) => part === 'covers')) return { problems }
  const faulty = new Set(faults.map(({ path: [part, at] }) => (part === 'tables' ? at : undefined)))
  const sound = source.tables.filter((_, at) => !faulty.has(at))
  const { nhsa: _, ...rest } = source
  return {
    problems,
    remains: {
      source: { ...rest, tables: sound, plans: [], derived: [], sums: {}, accountCredits: [] },
      hash: '',
      locate,
      problemOf,
    },
  }
}

/** The tables' files, `<topic>/<name>.yaml`, and YAML files that nothing would read. */
function tableFiles(
  rulesFolder: string,
  folder: string,
): { files: string[]; strays: PackProblem[] } {
  const files: string[] = []
  const strays: PackProblem[] = []
  const stray = (path: string) => {
    const message =
      'is not read: a pack is pack.yaml, plans.yaml, nhsa.yaml and tables <topic>/<name>.yaml'
    strays.push({ file: `${folder}/${path}`, message: `${folder}/${path} ${message}` })
  }
  for (const entry of readdir(join(rulesFolder, folder))) {
    if (!entry.isDirectory()) {
      const known = ['pack.yaml', 'plans.yaml', NHSA].includes(entry.name)
      if (isYaml(entry.name) && !known) stray(entry.name)
      continue
    }
    for (const inner of readdir(join(rulesFolder, folder, entry.name))) {
      const path = `${entry.name}/${inner.name}`
      if (inner.isDirectory()) {
        const deeper = readdir(join(rulesFolder, folder, path)).filter(({ name }) => isYaml(name))
        for (const { name } of deeper) stray(`${path}/${name}`)
      } else if (inner.name.endsWith('.yaml')) files.push(path)
      else if (isYaml(inner.name)) stray(path)
    }
  }
  return { files, strays }
}

/**
 * What is wrong with an entry of the rules folder that looks like a pack and would not be read: a
 * whole city would be out of force, and nothing would say so.
 */
function whyNoPack(rulesFolder: string, entry: Dirent): string | undefined {
  const path = join(rulesFolder, entry.name)
  if (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    return 'is a link, and links are not followed: a pack is a folder of its own'
  }
  if (!entry.isDirectory() || existsSync(join(path, 'pack.yaml'))) return undefined
  const holdsYaml = readdirSync(path, { recursive: true, encoding: 'utf8' }).some(isYaml)
  return holdsYaml ? 'has YAML files and no pack.yaml: it would not be read' : undefined
}

function isYaml(name: string): boolean {
  return /\.ya?ml$/i.test(name)
}

function readdir(folder: string): Dirent[] {
  const list = entriesOf(folder)
  return typeof list === 'string' ? [] : list
}

/** The folder's entries by name, or why it cannot be read. */
function entriesOf(folder: string): Dirent[] | string {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.'))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    return (error as Error).message
  }
}
