import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder, from the sources and from the compiled output alike. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('the project folder (with package.json) was not found')
    folder = parent
  }
  return folder
}

/** The version in package.json and, of what was built in a git checkout, the commit. */
export function projectVersion(root = projectRoot()): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const commit = join(root, 'dist', 'commit')
  return existsSync(commit) ? `${version} (${readFileSync(commit, 'utf8').trim()})` : version
}
