import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { DecisionAnswer, TraceAnswer } from '../../engine/counter/answer.ts'
import { unpackSettlement } from '../../engine/counter/settlement-record.ts'
import { type Explanation, explain } from '../../engine/explain/explanation.ts'
import { coverageOf } from '../../engine/policy/coverage.ts'
import { type Case, CaseFault, readCase } from '../../fixtures/case/case-format.ts'
import type { PackFolders } from '../../fixtures/case/case-packs.ts'
import { runCase } from '../../fixtures/case/run-case.ts'
import { caseFilesIn } from '../../fixtures/case/run-folder.ts'
import { type FolderPack, readRules } from '../packs/read-rules.ts'
import type { BookOfCity, CaseStep, TableReading, WorkedExample } from '../pages/rulebook/book.ts'
import { cityPage, indexPage } from '../pages/rulebook/pages.tsx'
import type { Language } from '../words/words.ts'
import { projectRoot } from './project-root.ts'

export interface BookOptions {
  /** Folder of the packs. */
  readonly rules: string
  /** Where the pages go; it is made if need be. */
  readonly out: string
  /** One pack by its id; all when absent. */
  readonly pack?: string
  readonly lang: Language
}

/**
 * Writes a page for every city and an index; the paths written. Throws when the rules have errors or
 * there is no such pack.
 */
export async function writeBook({ rules, out, pack, lang }: BookOptions): Promise<string[]> {
  const { packs, errors } = readRules(rules)
  if (errors.length > 0) throw new Error(`the rules have errors:\n${errors.join('\n')}`)
  const chosen = packs.filter(({ source }) => pack === undefined || source.id === pack)
  if (chosen.length === 0) throw new Error(`there is no pack ${pack} in ${rules}`)
  const settled = await settledCases(chosen, { rules })
  const cities = chosen.map((one) => cityOf(one, settled))
  mkdirSync(out, { recursive: true })
  const pages = cities.map((city) => [`${city.source.id}.html`, cityPage(city, lang)] as const)
  return [['index.html', indexPage(cities, lang)] as const, ...pages].map(([name, page]) => {
    const path = join(out, name)
    writeFileSync(path, page)
    return path
  })
}

/** A settlement or a quote of a case that went as the case expects. */
interface SettledStep extends CaseStep {
  readonly packId: string
  readonly source: string
  readonly why?: string
  readonly trace: readonly TraceAnswer[]
  readonly explained: Explanation
}

/** Every bill of the shipped cases that are about one of the packs. */
async function settledCases(
  packs: readonly FolderPack[],
  folders: PackFolders,
): Promise<SettledStep[]> {
  const folder = join(projectRoot(), 'fixtures/cases')
  const steps: SettledStep[] = []
  for (const path of caseFilesIn(folder, folders.rules)) {
    const theCase = readCase(path)
    const of = packs.find(({ source }) => source.id === theCase.pack)
    if (of !== undefined)
      steps.push(...(await settledIn(theCase, relative(folder, path), of, folders)))
  }
  return steps
}

/** A case that the packs at hand do not fit has nothing to show; conformance says why. */
async function settledIn(
  theCase: Case,
  file: string,
  { pack }: FolderPack,
  folders: PackFolders,
): Promise<SettledStep[]> {
  const outcomes = await runCase(theCase, folders).catch((error: unknown) => {
    if (error instanceof CaseFault) return []
    throw error
  })
  return outcomes.flatMap(({ name, why, answer, entry, quoted, differences }) => {
    if (differences.length > 0) return []
    const booked = entry?.kind === 'settlement' ? entry : undefined
    const decided =
      booked === undefined
        ? quoted
        : unpackSettlement(booked, (hash) => (hash === pack.hash ? pack : undefined))
    if (decided === undefined) return []
    const { claim, decision } = decided
    return [
      {
        file,
        title: theCase.title,
        step: name,
        packId: pack.id,
        source: theCase.source,
        ...(why === undefined ? {} : { why }),
        trace: (answer as DecisionAnswer).trace,
        explained: explain(claim, decision, pack),
      },
    ]
  })
}

function cityOf({ source, pack }: FolderPack, settled: readonly SettledStep[]): BookOfCity {
  const own = settled.filter(({ packId }) => packId === source.id)
  const examples = new Map<number, WorkedExample>()
  source.plans.forEach(({ scheme, careTypes }, index) => {
    const ofPlan = own.filter(
      ({ explained: { claim, decision } }) =>
        decision.scheme === scheme && careTypes.includes(claim.careType),
    )
    const best = mostTelling(ofPlan)
    if (best !== undefined) examples.set(index, best)
  })
  const readings = new Map<string, TableReading>()
  for (const { file, title, step, trace } of own) {
    for (const found of trace) {
      const table = found.table?.slice(source.id.length + 1)
      if (table !== undefined && !readings.has(table)) {
        readings.set(table, { file, title, step, found })
      }
    }
  }
  return { source, pack, coverage: coverageOf(source, pack), examples, readings }
}

/** The one in which most layers pay; of several the one with the fewest lines, then the first. */
function mostTelling(steps: readonly SettledStep[]): SettledStep | undefined {
  const paying = ({ explained }: SettledStep) =>
    explained.funds.filter(({ part }) => part.payFen > 0).length
  const lines = ({ explained }: SettledStep) => explained.lines.length
  return [...steps].sort((a, b) => paying(b) - paying(a) || lines(a) - lines(b))[0]
}
