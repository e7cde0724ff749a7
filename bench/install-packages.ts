import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const LIMIT_MS = 180_000

/**
 * Installs the packages of a folder that has a package.json and a lockfile of its own, unless the
 * pinned versions are there. Users need none of them, so the project's own install leaves them out.
 *
 * It is `npm install` and not `npm ci`, which refuses a lockfile that does not list the prebuilt
 * files of every other platform; the lockfile is kept to and not written.
 */
export async function installPackages(folder: string, say: (text: string) => void): Promise<void> {
  if (isInstalled(folder)) return
  say(`installing the packages of ${folder}, once`)
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund']
  const child = spawn('npm', [...args, '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LIMIT_MS,
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-1_000)
  })
  const [code] = await once(child, 'close').catch((error: Error) => [error.message])
  if (code !== 0 || !isInstalled(folder)) {
    throw new Error(
      `the packages of ${folder} cannot be installed (npm ended with ${code}); ` +
        `they come from the npm registry, is it within reach?\n${said}`,
    )
  }
}

function isInstalled(folder: string): boolean {
  const { dependencies } = readJson(join(folder, 'package.json'))
  return Object.entries(dependencies ?? {}).every(([name, version]) => {
    const file = join(folder, 'node_modules', name, 'package.json')
    return existsSync(file) && readJson(file).version === version
  })
}

function readJson(file: string): { version?: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(file, 'utf8'))
}
