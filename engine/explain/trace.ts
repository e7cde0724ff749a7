import {
  type ComputedStep,
  isLookup,
  type LookupStep,
  type StepName,
  type TraceStep,
} from '../claim/decision.ts'
import type { Cap, Layer } from '../policy/compile-plan.ts'
import type { RowResult } from '../policy/table.ts'

/** The last step of that name that computed something. */
export function noted(
  steps: readonly TraceStep[],
  name: StepName,
  which: (step: ComputedStep) => boolean = () => true,
): ComputedStep | undefined {
  return steps.findLast(
    (step): step is ComputedStep => step.step === name && !isLookup(step) && which(step),
  )
}

/** The last row that a step of that name found. */
export function rowOf(
  steps: readonly TraceStep[],
  name: StepName,
  which: (step: LookupStep) => boolean = () => true,
): RowResult | undefined {
  return steps.findLast(
    (step): step is LookupStep => step.step === name && isLookup(step) && which(step),
  )?.result
}

/** The cap of its layer that a step is about, where it is about one. */
export function capOf(layers: Iterable<Layer>, { layer, inputs }: ComputedStep): Cap | undefined {
  const { cap: about } = inputs
  if (about === undefined) return undefined
  for (const { id, caps } of layers) {
    if (id === layer) return caps.find((cap) => cap.id === about)
  }
  return undefined
}
