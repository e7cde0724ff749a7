/**
 * What the documents name is there: every source and document between backticks, by its path or the
 * end of it, and every link with its anchor. A file that is renamed or parted takes its mentions along.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { ROOT } from './child.mjs'

const FOLDERS = ['adapters', 'bench', 'docs', 'engine', 'fixtures', 'rules', 'setup']
/** The changelog tells of what is gone, too. */
const HISTORY = 'CHANGELOG.md'

const NAMED = /`((?:[\w.-]+\/)*[\w.-]+\.(?:ts|tsx|mjs|cc|md))`/g
const LINK = /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g
const HEADING = /^#+ (.*)$/gm

export function findLostNames() {
  const files = [
    ...readdirSync(ROOT),
    ...FOLDERS.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true }).map((name) => join(folder, name)),
    ),
  ].filter((file) => !file.includes('node_modules'))
  const missed = PLANTED.filter((text) => lostIn('README.md', text, files).length === 0)
  if (missed.length > 0) return missed.map((text) => `the check itself misses a planted: ${text}`)
  return files
    .filter((file) => file.endsWith('.md') && file !== HISTORY)
    .flatMap((file) => lostIn(file, readFileSync(join(ROOT, file), 'utf8'), files))
}

/** A check that cannot fail is none: each of these must be found. */
const PLANTED = ['`engine/nowhere.ts`', '[none](docs/nowhere.md)', '[none](README.md#nowhere)']

function lostIn(document, text, files) {
  const named = [...text.matchAll(NAMED)].map(([, name]) => name)
  const links = [...text.matchAll(LINK)].map(([, path, anchor]) => ({
    file: path === '' ? document : normalize(join(dirname(document), path)),
    anchor,
  }))
  const lost = [
    ...named.filter((name) => !files.some((file) => `/${file}`.endsWith(`/${name}`))),
    ...links
      .filter((link) => !leadsSomewhere(link))
      .map(({ file, anchor = '' }) => `${file}#${anchor}`),
  ]
  return lost.map((name) => `${document}: there is no ${name}`)
}

function leadsSomewhere({ file, anchor }) {
  const path = join(ROOT, file)
  if (!existsSync(path)) return false
  return anchor === undefined || anchorsOf(readFileSync(path, 'utf8')).includes(anchor)
}

/** Those of headings as GitHub makes them, and those that a page sets itself. */
function anchorsOf(text) {
  const headings = [...text.matchAll(HEADING)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  )
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)]
}
