import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type PackFolders, shippedIn } from '../../fixtures/case/case-packs.ts'
import { answerInWords } from '../../fixtures/case/comparison.ts'
import { type CaseResult, caseFilesIn, hasPassed, runFile } from '../../fixtures/case/run-folder.ts'
import { showProgress } from '../../fixtures/progress.ts'
import { projectRoot } from './project-root.ts'

export interface ConformanceOptions {
  /** Folder of packs; the shipped ones, and the test cities, when absent. */
  readonly rules?: string
  /** Folder of cases, or one case; the shipped ones when absent. */
  readonly cases?: string
}

/** Runs a folder of cases, prints what differs and ends with the counts; the exit code. */
export async function runConformance({ rules, cases }: ConformanceOptions): Promise<0 | 1> {
  const root = projectRoot()
  const packs: PackFolders =
    rules === undefined
      ? shippedIn(root)
      : { rules: resolve(rules), calendar: shippedIn(root).rules }
  if (!existsSync(packs.rules)) throw new Error(`there is no folder of rules ${packs.rules}`)
  if (existsSync(join(packs.rules, 'pack.yaml'))) {
    throw new Error(`${packs.rules} is a pack; --rules is the folder in which packs lie`)
  }
  const folder = resolve(cases ?? join(root, 'fixtures/cases'))
  if (!existsSync(folder)) throw new Error(`there is no folder of cases ${folder}`)
  const files = caseFilesIn(folder, packs.rules)
  if (files.length === 0) throw new Error(`no case (*.yaml) in ${folder}`)

  const failed: CaseResult[] = []
  const progress = showProgress('cases', files.length)
  for (const [at, file] of files.entries()) {
    const result = await runFile(file, folder, packs)
    if (!hasPassed(result)) failed.push(result)
    progress.done(at + 1)
  }
  progress.end()
  for (const result of failed) process.stdout.write(`${inWords(result)}\n\n`)
  process.stdout.write(`${files.length - failed.length} passed, ${failed.length} failed\n`)
  return failed.length === 0 ? 0 : 1
}

/** Such as `FAILED 01.yaml: title`, then each step with what was expected and what came. */
function inWords({ file, title, todo, faults, steps }: CaseResult): string {
  const lines = [`FAILED ${file}${title === undefined ? '' : `: ${title}`}`]
  if (todo !== undefined) lines.push(`  known fault: ${todo}`)
  for (const fault of faults) lines.push(`  cannot be run: ${fault}`)
  for (const { name, why, answer, differences } of steps) {
    lines.push(`  step ${name}`)
    for (const difference of differences) lines.push(`    ${difference}`)
    for (const line of answerInWords(answer)) lines.push(`    | ${line}`)
    if (why !== undefined) lines.push(`    why: ${why}`)
  }
  return lines.join('\n')
}
