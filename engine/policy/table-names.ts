import type { LayerSource, PackSource, PlanSource, StepSource } from './pack.ts'

/** Every table that a plan names, with the path that leads to the name. */
export function tablesNamedIn(plan: PlanSource): [path: (string | number)[], table: string][] {
  const named: [(string | number)[], string][] = []
  const add = (path: (string | number)[], table: string | undefined) => {
    if (table !== undefined) named.push([path, table])
  }
  for (const part of PLAN_PARTS) add([part], plan[part])
  add(['gradeChange', 'table'], plan.gradeChange?.table)
  add(['penalty', 'table'], plan.penalty?.table)
  add(['penalty', 'readings'], plan.penalty?.readings)
  plan.layers.forEach((layer, at) => {
    for (const [path, table] of tablesOfLayer(layer)) named.push([['layers', at, ...path], table])
  })
  return named
}

/** The schemes whose accounts are credited by the table: on the first of each month, not by its anchor. */
export function schemesCreditedBy(
  table: string,
  { accountCredits = [] }: Pick<PackSource, 'accountCredits'>,
): string[] {
  return accountCredits.filter((one) => one.table === table).map(({ scheme }) => scheme)
}

/** The parts of a plan that are one table each. */
export const PLAN_PARTS = [
  'participation',
  'year',
  'waiting',
  'entitlement',
  'settlement',
  'areaCase',
  'transfer',
  'lines',
  'areaSelfPay',
  'account',
  'clearing',
] as const satisfies readonly (keyof PlanSource)[]

function tablesOfLayer(layer: LayerSource): [(string | number)[], string][] {
  const named: [(string | number)[], string][] = []
  const add = (path: (string | number)[], table: string | undefined) => {
    if (table !== undefined) named.push([path, table])
  }
  const addSteps = (part: string, steps: readonly StepSource[] = []) => {
    steps.forEach(({ table }, at) => {
      add([part, 'steps', at, 'table'], table)
    })
  }
  add(['applies'], layer.applies)
  add(['band', 'table'], layer.band?.table)
  add(['deductible', 'table'], layer.deductible?.table)
  addSteps('deductible', layer.deductible?.steps)
  add(['deductible', 'yearlyLimit', 'table'], layer.deductible?.yearlyLimit?.table)
  add(['standard', 'table'], layer.standard?.table)
  addSteps('standard', layer.standard?.steps)
  add(['owed', 'table'], layer.owed?.table)
  addSteps('owed', layer.owed?.steps)
  add(['rate', 'table'], layer.rate?.table)
  addSteps('rate', layer.rate?.steps)
  add(['floor', 'table'], layer.floor?.table)
  layer.caps.forEach((cap, at) => {
    add(['caps', at, 'table'], cap.table)
  })
  return named
}
