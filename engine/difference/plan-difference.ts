import type { CareType } from '../claim/claim.ts'
import type { Layer, Plan } from '../policy/compile.ts'
import type { Table } from '../policy/table.ts'
import { compareFields, type FieldDifference, type FieldValue, fieldsOf } from './fields.ts'

/** The kinds of care of one scheme. */
export interface Care {
  readonly scheme: string
  readonly careTypes: readonly CareType[]
}

/** Something about plans that differs, with all the care for which it differs in the same way. */
export interface PlanDifference {
  readonly care: readonly Care[]
  /** `plan` and `layer`: the whole of it came or went. */
  readonly what: 'plan' | 'layer' | 'field'
  /** From the plan: `['rate', 'table']` of a layer is `['layers', 'basic', 'rate', 'table']`. */
  readonly path: readonly string[]
  readonly before?: FieldValue
  readonly after?: FieldValue
}

/** What the plans say of every kind of care, with what applies where they say nothing. */
export function comparePlans(before: readonly Plan[], after: readonly Plan[]): PlanDifference[] {
  const was = byCare(before)
  const is = byCare(after)
  const found = new Map<string, Omit<PlanDifference, 'care'> & { care: Care[] }>()
  for (const key of new Set([...is.keys(), ...was.keys()])) {
    const [scheme, careType] = key.split('\n') as [string, CareType]
    for (const difference of comparePlan(was.get(key), is.get(key))) {
      const signature = JSON.stringify(difference)
      const known = found.get(signature) ?? { ...difference, care: [] }
      const same = known.care.findIndex((care) => care.scheme === scheme)
      const careTypes = [...(known.care[same]?.careTypes ?? []), careType]
      known.care.splice(same < 0 ? known.care.length : same, 1, { scheme, careTypes })
      found.set(signature, known)
    }
  }
  return [...found.values()]
}

function byCare(plans: readonly Plan[]): Map<string, Plan> {
  return new Map(
    plans.flatMap((plan) =>
      plan.careTypes.map((careType) => [`${plan.scheme}\n${careType}`, plan] as const),
    ),
  )
}

function comparePlan(
  before: Plan | undefined,
  after: Plan | undefined,
): Omit<PlanDifference, 'care'>[] {
  if (before === undefined) return [{ what: 'plan', path: [], after: layerIds(after!) }]
  if (after === undefined) return [{ what: 'plan', path: [], before: layerIds(before) }]
  const { layers: _, ...own } = plain(before)
  const { layers: __, ...ownAfter } = plain(after)
  const kept = after.layers.filter(({ id }) => before.layers.some((layer) => layer.id === id))
  return [
    ...asFields(compareFields(fieldsOf(own), fieldsOf(ownAfter))),
    ...cameAndWent(before, after),
    ...asFields(compareFields(orderOf(before, kept), orderOf(after, kept))),
    ...kept.flatMap(({ id }) => {
      const path = ['layers', id]
      const layerOf = ({ layers }: Plan) => layers.find((layer) => layer.id === id)!
      return asFields(
        compareFields(
          fieldsOf(plainLayer(layerOf(before)), path),
          fieldsOf(plainLayer(layerOf(after)), path),
        ),
      )
    }),
  ]
}

const asFields = (differences: readonly FieldDifference[]) =>
  differences.map((one) => ({ what: 'field' as const, ...one }))

function layerIds({ layers }: Plan): string[] {
  return layers.map(({ id }) => id)
}

function cameAndWent(before: Plan, after: Plan): Omit<PlanDifference, 'care'>[] {
  const layersOnlyIn = ({ layers }: Plan, other: Plan) =>
    layers.filter(({ id }) => !other.layers.some((layer) => layer.id === id))
  return [
    ...layersOnlyIn(after, before).map(({ id, title }) => ({
      what: 'layer' as const,
      path: ['layers', id],
      after: title,
    })),
    ...layersOnlyIn(before, after).map(({ id, title }) => ({
      what: 'layer' as const,
      path: ['layers', id],
      before: title,
    })),
  ]
}

/** In which order those layers run that both versions have. */
function orderOf(plan: Plan, kept: readonly Layer[]) {
  const ids = layerIds(plan).filter((id) => kept.some((layer) => layer.id === id))
  return fieldsOf({ order: ids }, ['layers'])
}

/** The plan's own parts, tables by their names. */
function plain(plan: Plan) {
  const { scheme: _, careTypes: __, derived: ___, asks: ____, tables: _____, ...rest } = plan
  return named(rest) as Record<string, unknown>
}

/** A layer with its choices; what it leaves to the usual meaning is not said. */
function plainLayer({ costCaps: _, paymentCaps: __, rate, deductible, caps, ...rest }: Layer) {
  const { starts, itemFacts, lineTables, byLines, ...ownRate } = rate ?? NO_RATE
  return named({
    ...rest,
    ...(rate === undefined ? {} : { rate: ownRate }),
    ...(deductible === undefined
      ? {}
      : { deductible: { benefits: [rest.benefit], ...deductible } }),
    caps: caps.map((cap) => withoutUsual({ ...cap }, USUAL_OF_CAPS)),
  })
}

/** What compiling adds to a rate is no part of what it says. */
const NO_RATE = { starts: [], itemFacts: [], lineTables: [], byLines: false }

/** What a part means that is left out: saying it makes no difference. */
const USUAL: Readonly<Record<string, unknown>> = {
  kind: 'share',
  measure: 'parts',
  penalised: false,
  taken: 'from-base',
  patientOwes: 'standard',
  bearer: 'fund',
}
const USUAL_OF_CAPS = { measure: 'payment', per: 'year', excess: 'above-cap' }

function withoutUsual(value: object, usual: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(value).filter(([key, one]) => usual[key] !== one))
}

/** Plain data, with a table's name for the table. */
function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(named)
  if (typeof value !== 'object' || value === null) return value
  if ('rowOf' in value || 'periods' in value) return (value as Table).name
  const members = Object.entries(withoutUsual(value, USUAL))
  return Object.fromEntries(members.map(([key, member]) => [key, named(member)]))
}
