import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import type { PlanSource, TableSource } from '../../engine/policy/pack.ts'
import type { Path } from '../../engine/policy/references.ts'
import { checkShape, type Shape, type ShapeFault } from './shape.ts'
import { yamlFaults } from './yaml-faults.ts'

/** A place in the rules folder: a file, relative to it with forward slashes, and a line from 1. */
export interface Place {
  readonly file: string
  /** Absent where no line is to blame. */
  readonly line?: number
}

/** What is wrong with a pack and where; `message` alone is a whole sentence, place included. */
export interface PackProblem extends Place {
  readonly table?: string
  /** The first day of the period. */
  readonly from?: string
  /** The number of the row in its period, from 1. */
  readonly row?: number
  readonly message: string
}

/** One YAML file, read and held against its schema. */
export interface RulesFile {
  readonly name: string
  /** Whether `value` has the shape that the schema asks for. */
  readonly sound: boolean
  readonly value: unknown
  readonly problems: readonly PackProblem[]
  /** Where the value that `path` leads to is written. */
  place(path: Path): Place
  problem(path: Path, message: string): PackProblem
}

/** A file whose text was read before is not parsed again: reading rules is mostly parsing. */
const READ_MAX = 1_000
const read = new LRUCache<string, RulesFile>({ max: READ_MAX })

/** Reads a file of the rules folder; whatever is wrong with it is told as problems. */
export function readRulesFile(rulesFolder: string, name: string, shape: Shape): RulesFile {
  const text = readText(join(rulesFolder, name))
  if ('why' in text) return brokenFile(name, [{ file: name, message: `${name}: ${text.why}` }])
  const key = `${shape} ${name} ${hash('sha256', text.text)}`
  const known = read.get(key)
  if (known !== undefined) return known
  const file = parseRulesFile(text, name, shape)
  read.set(key, file)
  return file
}

function parseRulesFile(text: { readonly text: string }, name: string, shape: Shape): RulesFile {
  const lines = new LineCounter()
  const document = parseDocument(text.text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    stringKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  })
  const found = yamlFaults(text.text, [...document.errors, ...document.warnings], lines)
  const flaws = found.map(({ line, column, message }): PackProblem => {
    return { file: name, line, message: `${name}:${line}:${column}: not YAML: ${message}` }
  })
  if (flaws.length > 0) return brokenFile(name, flaws)

  const { value, faults } = shapeOf(document, shape)
  const place = (path: Path): Place => {
    const line = lineOf(document, lines, path)
    return { file: name, ...(line === undefined ? {} : { line }) }
  }
  const problem = (path: Path, message: string): PackProblem =>
    describe(value, shape, path, message, place(path))
  const problems = faults.map(({ path, message }) => problem(path, message))
  return { name, sound: problems.length === 0, value, problems, place, problem }
}

function brokenFile(name: string, problems: readonly PackProblem[]): RulesFile {
  return {
    name,
    sound: false,
    value: undefined,
    problems,
    place: () => ({ file: name }),
    problem: (_path, message) => ({ file: name, message: `${name}: ${message}` }),
  }
}

function readText(path: string): { text: string } | { why: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) }
  } catch (error) {
    if (error instanceof TypeError) return { why: 'the file is not UTF-8' }
    const { code, message } = error as NodeJS.ErrnoException
    return {
      why: code === 'ENOENT' ? 'the file is missing' : `the file cannot be read: ${message}`,
    }
  }
}

function shapeOf(document: Document, shape: Shape): { value: unknown; faults: ShapeFault[] } {
  try {
    const value = document.toJS({ maxAliasCount: 100 })
    const faults = checkShape(shape, value)
    return { value: faults.length === 0 ? compact(value) : value, faults }
  } catch (error) {
    // Aliases that would unfold without end.
    return { value: undefined, faults: [{ path: [], message: (error as Error).message }] }
  }
}

/**
 * The same value with each text in as few bytes as it needs. A file that holds Chinese has two bytes
 * to every character, and so has each piece cut out of it, down to the dates, which decisions then
 * compare several times slower than those of a claim. JSON is read piece by piece.
 */
function compact(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

/** The line of the key or item that `path` leads to, or of the innermost one that exists. */
export function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true)
    const key = path[length - 1]!
    const pair = isMap(parent)
      ? parent.items.find(({ key: own }) => isScalar(own) && own.value === key)
      : undefined
    const node = pair?.key ?? document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return document.contents?.range ? lines.linePos(document.contents.range[0]).line : undefined
}

/** A fault in words: file and line, then table, period, row, plan or year, then what is expected. */
function describe(
  value: unknown,
  shape: Shape,
  path: Path,
  message: string,
  { file, line }: Place,
): PackProblem {
  const words: string[] = []
  const place: { table?: string; from?: string; row?: number } = {}
  if (shape === 'table') {
    place.table = file.slice(file.indexOf('/') + 1, -'.yaml'.length)
    words.push(`table ${place.table}`)
    const [periods, at, rows, row] = path
    if (periods === 'periods' && typeof at === 'number') {
      const from = (value as TableSource).periods[at]?.from
      words.push(typeof from === 'string' ? `period from ${from}` : `period ${at + 1}`)
      if (typeof from === 'string') place.from = from
      if (rows === 'rows' && typeof row === 'number') {
        place.row = row + 1
        words.push(`row ${row + 1}`)
      }
    }
  } else if (shape === 'plans' && typeof path[1] === 'number') {
    words.push(planName((value as { plans: unknown[] }).plans[path[1]], path[1]))
  } else if (shape === 'calendar' && path[0] === 'years' && typeof path[1] === 'number') {
    words.push(yearName((value as { years: unknown[] }).years[path[1]], path[1]))
  }
  const where = line === undefined ? file : `${file}:${line}`
  return {
    file,
    ...(line === undefined ? {} : { line }),
    ...place,
    message: `${where}: ${words.length > 0 ? `${words.join(', ')}: ` : ''}${message}`,
  }
}

function planName(plan: unknown, at: number): string {
  const { scheme, careTypes } = (plan ?? {}) as Partial<PlanSource>
  if (typeof scheme !== 'string' || !Array.isArray(careTypes)) return `plan ${at + 1}`
  return `plan ${scheme} (${careTypes.join(', ')})`
}

function yearName(entry: unknown, at: number): string {
  const { year } = (entry ?? {}) as { year?: unknown }
  return typeof year === 'number' ? `year ${year}` : `entry ${at + 1}`
}
