import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

interface Settings {
  [name: string]: unknown
}

/**
 * The settings of a YAML file, nested. `yizhan config` prints names such as `tls.certificate`, so
 * they are good in the file as well: what loads the settings knows nested ones alone, and would
 * pass a dotted one over without a word.
 */
export function readSettingsFile(file: string): Settings {
  const content: unknown = parse(readFileSync(file, 'utf8')) ?? {}
  if (!isGroup(content)) throw new Error(`${file}: settings are lines of name: value`)
  const settings: Settings = {}
  const problems = [...put(settings, content, [])]
  if (problems.length > 0) {
    throw new Error(problems.map((problem) => `${file}: ${problem}`).join('\n'))
  }
  return settings
}

/** Puts what is written in `from`, a group of this name, into `group`; says what is set twice or empty. */
function* put(group: Settings, from: Settings, name: readonly string[]): Generator<string> {
  for (const [key, value] of Object.entries(from)) {
    const below = key.split('.')
    const last = below.pop()!
    let place: Settings | undefined = group
    for (const part of isGroup(value) ? [...below, last] : below) place = groupIn(place, part)
    const path = [...name, ...below, last]
    if (value === null) yield isEmpty(path)
    else if (place === undefined) yield setTwice(path)
    else if (isGroup(value)) yield* put(place, value, path)
    else if (place[last] === undefined) place[last] = value
    else yield setTwice(path)
  }
}

/** A group of settings, made when it is not there yet; nothing where a value stands. */
function groupIn(group: Settings | undefined, name: string): Settings | undefined {
  if (group === undefined) return undefined
  group[name] ??= {}
  const found = group[name]
  return isGroup(found) ? found : undefined
}

/** Nothing behind a colon is no value: taken as one, it would be the port 0 or a folder's default. */
function isEmpty(path: readonly string[]): string {
  return `${path.join('.')} is empty: write a value, or take the line away for its default`
}

function setTwice(path: readonly string[]): string {
  const dotted = path.join('.')
  const [last, ...groups] = path.toReversed()
  const nested = groups.reduce((inner, group) => `${group}: { ${inner} }`, `${last}: …`)
  return `${dotted} is set twice: \`${dotted}: …\` and \`${nested}\` are the same`
}

function isGroup(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
