import { type Facts, NO_FACTS, noFacts } from '../policy/facts.ts'
import type { Value } from '../policy/table.ts'
import { unpackMembers, wordOf } from './record-words.ts'

/** Layout 1 had the facts of its time by position, and segments and funds without further members. */
const FACTS_OF_LAYOUT_1 = [
  'admissionNumber',
  'age',
  'approval',
  'areaCase',
  'careType',
  'category',
  'deductibleLevel',
  'diseaseCode',
  'employment',
  'grade',
  'homeDistrict',
  'inCity',
  'institutionKind',
  'level',
  'parameter',
  'sameDistrict',
  'sameZone',
  'scheme',
  'sex',
]

/** Facts that rows of layout 2 do not keep, since nobody worked them out then. */
const FACTS_SINCE_LAYOUT_3 = [
  'categoryAtDischarge',
  'employmentAtDischarge',
  'monthsInsured',
  'daysSinceDischarge',
  'sameInstitution',
  'sameDiagnosis',
  'chosenInstitution',
  'monthOfYear',
  'levelNumber',
  'institutionNumber',
  'unitPriceFen',
  'layerBaseFen',
]

/** The facts that are not at their "none", each with its value. */
export function packFacts(facts: Facts): unknown[] {
  const none: Readonly<Record<string, Value>> = NO_FACTS
  const packed: unknown[] = []
  for (const name in facts) {
    const value = facts[name]!
    if (none[name] !== value) packed.push(wordOf(name), value)
  }
  return packed
}

/** Facts that a row of an earlier layout cannot know are absent, not at their "none". */
export function unpackFacts(layout: number, packed: unknown): Facts {
  if (layout === 1) {
    const values = packed as Value[]
    return Object.fromEntries(FACTS_OF_LAYOUT_1.map((name, at) => [name, values[at]])) as Facts
  }
  const facts: Record<string, unknown> = Object.assign(noFacts(), unpackMembers<Value>(packed))
  if (layout === 2) for (const name of FACTS_SINCE_LAYOUT_3) delete facts[name]
  return facts as Facts
}
