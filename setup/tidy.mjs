/**
 * What no linter knows of this project. The engine must give the same answer on every replay, so it
 * may not ask the clock, chance or the process, nor turn text into a binary fraction. And rules/ is
 * data: whoever reads a rule must not have to read a program.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './child.mjs'

const IMPURE = new Set(['Date.now', 'Math.random', 'Number.parseFloat'])

export async function findUntidiness() {
  const { default: ts } = await import('typescript')
  const isEngine = (path) => path.endsWith('.ts') && !path.endsWith('.test.ts')
  return [
    ...filesIn('engine')
      .filter(isEngine)
      .flatMap((path) => findImpurity(ts, path)),
    ...filesIn('rules')
      .filter((path) => /\.[cm]?[jt]s$/.test(path))
      .map((path) => `${path}: rules/ holds data only, no code`),
  ]
}

function filesIn(folder) {
  if (!existsSync(join(ROOT, folder))) return []
  const paths = readdirSync(join(ROOT, folder), { recursive: true })
  return paths.map((path) => `${folder}/${path}`).sort()
}

/** Walks the syntax tree and not the text: these words may well stand in a comment. */
function findImpurity(ts, path) {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  const findings = []
  const visit = (node) => {
    const name = impurityOf(ts, node, file)
    if (name) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
      findings.push(`${path}:${line + 1}: the engine must not use ${name}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return findings
}

function impurityOf(ts, node, file) {
  if (ts.isCallExpression(node) && node.expression.getText(file) === 'parseFloat') {
    return 'parseFloat'
  }
  if (ts.isNewExpression(node) && node.expression.getText(file) === 'Date') {
    return node.arguments?.length ? undefined : 'new Date()'
  }
  if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return undefined
  const name = node.getText(file)
  const isOfProcess = ts.isIdentifier(node.expression) && node.expression.text === 'process'
  return IMPURE.has(name) || isOfProcess ? name : undefined
}
