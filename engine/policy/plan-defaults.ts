import type { PlanSource } from './pack.ts'

type DefaultPart = Exclude<keyof PlanSource, 'scheme' | 'careTypes' | 'layers' | 'countsAsStay'>

/** What applies where a plan leaves a part out; rules/REFERENCE.md, section 4, says the same. */
const MEANINGS = {
  participation: 'all districts of the pack take part throughout',
  year: 'the benefit year is the calendar year, and a stay counts by its discharge',
  gradeChange: 'changes of the grade are not applied',
  waiting: 'benefits begin at once',
  entitlement: 'all are entitled',
  settlement: 'all care is settled directly',
  areaCase: 'the area case is none, wherever the care was',
  penalty: 'there is no penalty',
  transfer: 'a claim that names the stay before is refused',
  lines: 'the catalogue decides about every line',
  areaSelfPay: 'there is no first self-pay for the place of care',
  account: 'the personal account may pay nothing',
  clearing: 'the home district bears and pays, in ordinary clearing',
} as const satisfies Readonly<Record<DefaultPart, string>>

/** The parts that a plan says nothing about, and what that means. */
export function leftOut(
  plan: PlanSource,
): { readonly part: DefaultPart; readonly meaning: string }[] {
  const parts = Object.entries(MEANINGS) as [DefaultPart, string][]
  return parts
    .filter(([part]) => plan[part] === undefined)
    .map(([part, meaning]) => ({ part, meaning }))
}
