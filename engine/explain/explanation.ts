import type { Claim } from '../claim/claim.ts'
import {
  type Amounts,
  type Decision,
  type FundPart,
  isLookup,
  type LineSplit,
  type StepName,
  type TraceStep,
} from '../claim/decision.ts'
import type { Layer, Pack } from '../policy/compile.ts'
import type { Anchor, DocumentSource, ReferenceSource, Standing } from '../policy/pack.ts'
import type { Value } from '../policy/table.ts'
import { type Equation, fen, less, sumOf } from './arithmetic.ts'
import { fundArithmetic } from './fund-arithmetic.ts'
import { StepArithmetic } from './step-arithmetic.ts'
import { noted } from './trace.ts'

/**
 * A decision in the order in which a person reads it: what was billed, what each fund paid and how,
 * what is owed, and every step with the clause it rests on. Plain data in no language; all sums are
 * those of the record.
 */
export interface Explanation {
  readonly packTitle: string
  readonly claim: Claim
  readonly decision: Decision
  readonly places: { readonly home: Place; readonly care: Place }
  readonly lines: readonly ExplainedLine[]
  readonly funds: readonly ExplainedFund[]
  /** How the sums hang together. */
  readonly sums: readonly Equation[]
  readonly sections: readonly Section[]
}

/** A district, with its name where the pack knows it. */
export interface Place {
  readonly code: string
  readonly name?: string
}

export interface ExplainedLine {
  readonly line: Claim['lines'][number]
  readonly split: LineSplit
}

export interface ExplainedFund {
  readonly part: FundPart
  readonly title: string
  readonly kind: Layer['kind']
  readonly base: Layer['base']
  readonly equations: readonly Equation[]
  /** What the choices made in the plan rest on, where the pack says it. */
  readonly choices?: Basis
}

/**
 * Steps that belong together; those of a fund bear its number in `funds`, those of a layer that no
 * fund pays for the layer's title.
 */
export interface Section {
  readonly about: 'admission' | 'lines' | 'fund' | 'account' | 'clearing'
  readonly fund?: number
  readonly title?: string
  readonly steps: readonly ExplainedStep[]
}

export interface ExplainedStep {
  readonly step: StepName
  readonly inputs: readonly (readonly [name: string, value: Value])[]
  readonly result: readonly (readonly [name: string, value: Value])[]
  /** Of a step that read a table. */
  readonly rule?: Rule
  readonly equation?: Equation
}

export interface Rule {
  /** `<topic>/<name>`. */
  readonly table: string
  readonly title: string
  readonly anchor: Anchor
  /** From 1, in its period. */
  readonly row: number
  readonly from: string
  readonly until: string
  readonly basis: Basis
}

/** What a value rests on. */
export interface Basis {
  readonly standing: Standing
  readonly clause?: string
  readonly document?: DocumentSource
  readonly note?: string
}

export function explain(claim: Claim, decision: Decision, pack: Pack): Explanation {
  const { amounts, facts, clearing } = decision
  const plan = pack.plans.find(
    ({ scheme, careTypes }) => scheme === decision.scheme && careTypes.includes(claim.careType),
  )
  if (plan === undefined) throw new Error(`the pack ${pack.id} lacks the plan that decided`)
  const layers = new Map(plan.layers.map((layer) => [layer.id, layer]))
  const stretches = stretchesOf(decision)
  const funds = stretches.flatMap((stretch) => {
    return stretch.funds.map((part, index): ExplainedFund => {
      const layer = layers.get(part.layer)!
      const before = stretch.funds.slice(0, index).map((one) => ({
        layer: layers.get(one.layer)!,
        payFen: one.payFen,
      }))
      const steps = stretch.steps.filter((step) => step.layer === part.layer)
      const buckets = { ...amounts, inScopeFen: stretch.inScopeFen }
      const equations = fundArithmetic({ part, layer, steps, facts, buckets, before })
      const { title, kind, base, mark } = layer
      const choices = mark === undefined ? undefined : basisOf(pack, mark.reference, mark)
      return { part, title, kind, base, equations, ...(choices === undefined ? {} : { choices }) }
    })
  })
  return {
    packTitle: pack.title,
    claim,
    decision,
    places: {
      home: placeOf(pack, clearing.homeDistrict),
      care: placeOf(pack, claim.manual?.district ?? clearing.careDistrict),
    },
    lines: claim.lines.map((line, index) => ({ line, split: decision.lines[index]! })),
    funds,
    sums: sumsOf(amounts, decision.funds),
    sections: sectionsOf(decision, pack, layers, stretches),
  }
}

function placeOf({ districts, districtAliases }: Pack, code: string): Place {
  const name = districts.get(districtAliases.get(code) ?? code)
  return name === undefined ? { code } : { code, name }
}

/** The part of a stay that falls into one benefit year; mostly there is only the one. */
interface Stretch {
  readonly inScopeFen: Amounts['inScopeFen']
  readonly funds: readonly FundPart[]
  readonly steps: readonly TraceStep[]
}

function stretchesOf({ trace, funds, amounts }: Decision): Stretch[] {
  const starts = trace.flatMap(({ step }, at) => (step === 'part-of-stay' ? [at] : []))
  if (starts.length === 0) return [{ inScopeFen: amounts.inScopeFen, funds, steps: trace }]
  return starts.map((start, index): Stretch => {
    const steps = trace.slice(start, starts[index + 1])
    const { inputs, result } = noted(steps, 'part-of-stay')!
    const year = inputs['benefitYear']
    return {
      inScopeFen: result['inScopeFen'] as Amounts['inScopeFen'],
      funds: funds.filter(({ benefitYear }) => benefitYear === year),
      steps,
    }
  })
}

function sumsOf(amounts: Amounts, funds: readonly FundPart[]): Equation[] {
  const a = amounts
  const buckets = [a.ownPayFen, a.overLimitFen, a.firstSelfPayFen, a.inScopeFen]
  const paid = funds.map(({ payFen }) => payFen).filter((payFen) => payFen !== 0)
  const rest = less(fen(a.totalFen), fen(a.fundFen), fen(a.hospitalFen))
  return [
    { name: 'total', expression: sumOf(...buckets.map(fen)), result: fen(a.totalFen) },
    { name: 'funds', expression: sumOf(...paid.map(fen)), result: fen(a.fundFen) },
    { name: 'total-paid', expression: rest, result: fen(a.patientFen) },
    {
      name: 'patient',
      expression: sumOf(fen(a.accountFen), fen(a.cashFen)),
      result: fen(a.patientFen),
    },
  ]
}

const OF_LINES: ReadonlySet<StepName> = new Set(['area-self-pay', 'line-rule', 'lines'])
const OF_ACCOUNT: ReadonlySet<StepName> = new Set(['account', 'account-pays'])

/** In the order of the trace; what a part of the stay begins with stands with its first fund. */
function sectionsOf(
  decision: Decision,
  pack: Pack,
  layers: ReadonlyMap<string, Layer>,
  stretches: readonly Stretch[],
): Section[] {
  const { trace, facts, funds } = decision
  const arithmetic = new StepArithmetic(facts, layers)
  const sections: (Section & { readonly steps: ExplainedStep[] })[] = []
  let stretch = -1
  let begun: ExplainedStep[] = []
  for (const step of trace) {
    if (step.step === 'part-of-stay') {
      stretch++
      begun = [explainedStep(pack, step, arithmetic)]
      continue
    }
    const part = stretches[Math.max(0, stretch)]!.funds.find(({ layer }) => layer === step.layer)
    const fund = part === undefined ? undefined : funds.indexOf(part)
    const about = aboutOf(step)
    const last = sections.at(-1)
    const { title } = layers.get(step.layer ?? '') ?? {}
    const continues = last?.about === about && last.fund === fund && last.title === title
    if (!continues) {
      if (step.layer !== undefined)
        arithmetic.of = measuresOf(step.layer, layers, stretches[Math.max(0, stretch)]!)
      const named = title === undefined ? {} : { title }
      sections.push({ about, ...(fund === undefined ? {} : { fund }), ...named, steps: begun })
      begun = []
    }
    sections.at(-1)!.steps.push(explainedStep(pack, step, arithmetic))
  }
  return sections
}

function aboutOf({ step, layer }: TraceStep): Section['about'] {
  if (layer !== undefined) return 'fund'
  if (OF_LINES.has(step)) return 'lines'
  if (OF_ACCOUNT.has(step)) return 'account'
  return step === 'clearing' ? 'clearing' : 'admission'
}

/** What an amount of a layer may be a share of, as the engine's `placeOf` has it. */
function measuresOf(
  id: string,
  layers: ReadonlyMap<string, Layer>,
  { steps, funds, inScopeFen }: Stretch,
): StepArithmetic['of'] {
  const inputsOf = (layer: string) =>
    (noted(steps, 'layer', (step) => step.layer === layer)?.inputs ?? {}) as Record<string, number>
  const own = inputsOf(id)['baseFen'] ?? funds.find(({ layer }) => layer === id)?.baseFen ?? 0
  let aboveDeductibleFen: number = inScopeFen
  const sorted = new Set<string>()
  for (const layer of layers.values()) {
    if (layer.id === id) break
    const baskets = layer.baskets ?? ['']
    const { baseFen = 0, deductibleFen = 0 } = inputsOf(layer.id)
    const sorts = layer.kind === 'share' && layer.base.includes('in-scope') && baseFen > 0
    if (!sorts || baskets.some((basket) => sorted.has(basket))) continue
    for (const basket of baskets) sorted.add(basket)
    aboveDeductibleFen -= Math.min(aboveDeductibleFen, deductibleFen)
  }
  return { baseFen: own, aboveDeductibleFen }
}

function explainedStep(pack: Pack, step: TraceStep, arithmetic: StepArithmetic): ExplainedStep {
  const equation = arithmetic.next(step)
  const spelt = equation === undefined ? {} : { equation }
  if (!isLookup(step)) {
    const cap = arithmetic.capOf(step)
    const members = (of: Readonly<Record<string, Value>>) =>
      Object.entries(of).map(([name, value]) => {
        if (name === 'cap') return [name, cap?.title ?? value] as const
        return [cap?.measure === 'visits' ? name.replace(/Fen$/, 'Visits') : name, value] as const
      })
    return { step: step.step, inputs: members(step.inputs), result: members(step.result), ...spelt }
  }
  const { table, period, row, inputs, result } = step
  const mark = period.marks[row]!
  return {
    step: step.step,
    inputs: table.dimensions.map(({ name }, index) => [name, inputs[index]!] as const),
    result: Object.entries(result),
    rule: {
      table: table.name,
      title: table.title,
      anchor: table.anchor,
      row: row + 1,
      from: period.from,
      until: period.until,
      basis: basisOf(pack, mark.source, mark),
    },
    ...spelt,
  }
}

function basisOf(
  { documents }: Pack,
  reference: ReferenceSource | undefined,
  { standing, note }: { readonly standing: Standing; readonly note?: string },
): Basis {
  const document = reference === undefined ? undefined : documents[reference.document]
  const clause = reference?.clause
  return {
    standing,
    ...(clause === undefined ? {} : { clause }),
    ...(document === undefined ? {} : { document }),
    ...(note === undefined ? {} : { note }),
  }
}
