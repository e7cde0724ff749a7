import { isLookup, type StepName, type TraceStep } from '../claim/decision.ts'
import type { Pack } from '../policy/compile.ts'
import type { Value } from '../policy/table.ts'
import { packMembers, textOf, unpackMembers, wordOf } from './record-words.ts'

/** A step of a trace: a look-up as the row that it found. */
export function packStep(step: TraceStep): unknown {
  const layer = step.layer ?? null
  return isLookup(step)
    ? [wordOf(step.step), layer, step.table.index, step.period.index, step.row, step.inputs]
    : [wordOf(step.step), layer, packMembers(step.inputs), packMembers(step.result)]
}

/** Also of what earlier layouts packed. */
export function unpackStep(packed: unknown, pack: Pack): TraceStep {
  const parts = packed as [number | string, string | null, ...unknown[]]
  const [word, layer] = parts
  const step = textOf(word) as StepName
  if (parts.length === 4) {
    const [inputs, result] = [unpackMembers<Value>(parts[2]), unpackMembers<Value>(parts[3])]
    return layer === null ? { step, inputs, result } : { step, layer, inputs, result }
  }
  const [, , tableIndex, periodIndex, row, inputs] = parts as unknown as [
    ...[number | string, string | null],
    number,
    number,
    number,
    Value[],
  ]
  const table = pack.tables[tableIndex]
  const period = table?.periods[periodIndex]
  const result = period?.results[row]
  if (table === undefined || period === undefined || result === undefined) {
    throw new Error(
      `a trace names the row ${tableIndex}/${periodIndex}/${row}, which the pack lacks`,
    )
  }
  const found = { step, table, period, row, result, inputs }
  return layer === null ? found : { layer, ...found }
}
