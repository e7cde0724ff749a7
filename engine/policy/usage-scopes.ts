import type { Plan } from './compile-plan.ts'
import { USAGE_TIMES, type UsageTimeName } from './pack.ts'

/** Stretches of time, beside the benefit year, by which usage of a benefit is added up. */
export type UsageScope = Exclude<UsageTimeName, 'year'>

/** `<fund>/<benefit>` → the scopes that some cap or deductible of the pack asks for. */
export type UsageScopes = ReadonlyMap<string, ReadonlySet<UsageScope>>

/** What a plan's cap counts may have been used under another plan: so this is about whole packs. */
export function usageScopesOf(plans: readonly Plan[]): UsageScopes {
  const scopes = new Map<string, Set<UsageScope>>()
  const ask = (fund: string, benefits: readonly string[], per: string | undefined) => {
    if (per === 'year' || !USAGE_TIMES.includes(per as UsageTimeName)) return
    for (const benefit of benefits) {
      const key = `${fund}/${benefit}`
      scopes.set(key, (scopes.get(key) ?? new Set()).add(per as UsageScope))
    }
  }
  for (const { layers } of plans) {
    for (const { fund, benefit, deductible, caps } of layers) {
      for (const cap of caps) ask(fund, cap.benefits, cap.per)
      if (deductible === undefined) continue
      const benefits = deductible.benefits ?? [benefit]
      ask(fund, benefits, deductible.per)
      for (const { results } of deductible.table.periods) {
        for (const result of results) ask(fund, benefits, result['per'] as string | undefined)
      }
    }
  }
  return scopes
}

/** `<fund>/<benefit>` of the benefits whose visits some cap counts. */
export function benefitsWithVisits(plans: readonly Plan[]): ReadonlySet<string> {
  const counted = plans.flatMap(({ layers }) =>
    layers.flatMap(({ fund, caps }) =>
      caps
        .filter(({ measure }) => measure === 'visits')
        .flatMap(({ benefits }) => benefits.map((benefit) => `${fund}/${benefit}`)),
    ),
  )
  return new Set(counted)
}
