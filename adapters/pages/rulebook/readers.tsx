import type { VNode } from 'preact'
import type { PackSource, PlanSource } from '../../../engine/policy/pack.ts'
import { schemesCreditedBy, tablesNamedIn } from '../../../engine/policy/table-names.ts'
import { PART_WORDS } from '../../words/amounts.ts'
import { codeText } from '../../words/codes.ts'
import { STEP_WORDS } from '../../words/steps.ts'
import { type Language, say } from '../../words/words.ts'
import { type BookProps, planAnchor } from './book.ts'
import { list, text } from './texts.ts'

/** `城乡居民基本医疗保险：住院`: the care that a plan is for. */
export function careText({ scheme, careTypes }: PlanSource, language: Language): string {
  const kinds = careTypes.map((one) => codeText('careType', one, language))
  return `${codeText('scheme', scheme, language)}: ${list(kinds, language)}`
}

interface ReadByProps extends BookProps {
  readonly table: string
}

/** As what the table is read, and by which plans; which fact or sum it works out, whose accounts it credits. */
export function ReadBy({ of, table, language }: ReadByProps): VNode {
  const { derived = [], sums = {} } = of.source
  const facts = derived.filter((one) => one.table === table).map(({ fact }) => fact)
  const ofSums = Object.keys(sums).filter((name) => sums[name] === table)
  const roles = [...rolesOf(of.source, table, language)]
  const credited = schemesCreditedBy(table, of.source)
  return (
    <>
      {text('readBy', language)}:{' '}
      {[...facts, ...ofSums].map((name) => (
        <>
          <span class="code">{name}</span>{' '}
        </>
      ))}
      {roles.map(([role, plans]) => (
        <>
          {role} (
          {plans.map((index, at) => (
            <>
              {at > 0 && '; '}
              <a href={`#${planAnchor(index)}`}>{careText(of.source.plans[index]!, language)}</a>
            </>
          ))}
          ).{' '}
        </>
      ))}
      {credited.length > 0 && (
        <>
          {say(PART_WORDS.accountCredit, language)} (
          {list(
            credited.map((scheme) => codeText('scheme', scheme, language)),
            language,
          )}
          ).{' '}
        </>
      )}
    </>
  )
}

/** Role → the positions of the plans in which the table plays it. */
function rolesOf({ plans }: PackSource, table: string, language: Language): Map<string, number[]> {
  const roles = new Map<string, number[]>()
  for (const [index, plan] of plans.entries()) {
    for (const [path, name] of tablesNamedIn(plan)) {
      if (name !== table) continue
      const role = roleOf(plan, path, language)
      const known = roles.get(role) ?? []
      if (!known.includes(index)) roles.set(role, [...known, index])
    }
  }
  return roles
}

/** What a table is for at the place where a plan names it. */
function roleOf(plan: PlanSource, path: readonly (string | number)[], language: Language): string {
  const [first, at, part, steps, step] = path
  const word = (name: string) =>
    Object.hasOwn(PART_WORDS, name)
      ? say(PART_WORDS[name as keyof typeof PART_WORDS], language)
      : name
  if (first !== 'layers') return word(at === 'readings' ? 'readings' : String(first))
  const name = part === 'caps' ? 'cap' : String(part)
  if (steps === 'yearlyLimit') return word('yearlyLimit')
  if (steps !== 'steps') return word(name)
  const layer = plan.layers[at as number]!
  const list = layer[part as 'deductible' | 'standard' | 'owed' | 'rate']?.steps ?? []
  const kind = list[step as number]!.step
  return `${word(name)}: ${say(STEP_WORDS[kind], language)}`
}
