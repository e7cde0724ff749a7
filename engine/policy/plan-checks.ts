import type { Layer, Plan } from './compile-plan.ts'
import { BASE_BASKET, type PackSource, type TableSource } from './pack.ts'
import { OTHER, type Table, type TableFault } from './table.ts'

/**
 * What must hold between the parts of a plan: one plan at most for a scheme and kind of care, layers
 * that have what their kind needs, and caps that count the layer's own benefit.
 */
export function checkPlans(plans: readonly Plan[], faults: TableFault[]): void {
  const seen = new Set<string>()
  const known = new Set(
    plans.flatMap(({ layers }) => layers.map(({ fund, benefit }) => `${fund}/${benefit}`)),
  )
  for (const [planAt, { scheme, careTypes, layers, lines }] of plans.entries()) {
    const inPlan = ['plans', planAt]
    for (const careType of careTypes) {
      const key = `${scheme} ${careType}`
      if (seen.has(key)) {
        faults.push({ table: 'plans', path: inPlan, message: `two plans are for ${key}` })
      }
      seen.add(key)
    }
    const baskets = basketsOf(lines)
    const benefits = new Set<string>()
    const ids = new Set<string>()
    for (const [layerAt, layer] of layers.entries()) {
      const fault = (message: string) =>
        faults.push({
          table: 'plans',
          path: [...inPlan, 'layers', layerAt],
          message: `layer ${layer.id}: ${message}`,
        })
      if (ids.has(layer.id)) fault('another layer of the plan has this id')
      ids.add(layer.id)
      const benefit = `${layer.fund}/${layer.benefit}`
      if (benefits.has(benefit)) {
        fault(`another layer of the plan adds up under ${benefit} already`)
      }
      benefits.add(benefit)
      if (baskets.size > 0 && layer.baskets === undefined) {
        fault('the lines fall into baskets, so the layer must list its baskets')
      }
      for (const basket of layer.baskets ?? []) {
        if (basket === BASE_BASKET || baskets.has(basket)) continue
        const known = [BASE_BASKET, ...baskets].join(', ')
        fault(`no line falls into the basket ${basket}; there are ${known}`)
      }
      for (const named of benefitsNamedIn(layer)) {
        if (!known.has(`${layer.fund}/${named}`)) {
          fault(
            `no layer of the fund ${layer.fund} has the benefit ${named}, so that it counts nothing`,
          )
        }
      }
      for (const paying of layer.paidBy ?? []) {
        if (!ids.has(paying) || paying === layer.id) {
          fault(`paidBy names ${paying}, which is no layer before it`)
        }
      }
      checkLayer(layer, fault)
      if (layer.band !== undefined) checkBand(layer.band.table, faults)
    }
  }
}

/** Rows about an area case that no plan which reads their table ever gives. */
export function checkAreaCases(plans: readonly Plan[], faults: TableFault[]): void {
  const given = new Map<Table, Set<string>>()
  for (const { areaCase, tables } of plans) {
    const cases = (areaCase?.periods ?? []).flatMap(({ results }) =>
      results.map((result) => String(result['areaCase'])),
    )
    for (const table of tables) {
      const known = given.get(table) ?? new Set(['none', OTHER])
      for (const one of cases) known.add(one)
      given.set(table, known)
    }
  }
  for (const [{ name, dimensions }, known] of given) {
    const dimension = dimensions.find((one) => one.name === 'areaCase')
    for (let at = 0; at < (dimension?.size ?? 0); at++) {
      const value = dimension!.label(at)
      if (known.has(value)) continue
      const message = `no plan that reads it gives the areaCase ${value}: nothing ever reaches its rows`
      faults.push({ table: name, path: ['dimensions', 'areaCase'], message })
    }
  }
}

/** The benefits of its own fund that a layer counts together with its own. */
function benefitsNamedIn({ deductible, rate, caps }: Layer): Set<string> {
  return new Set([
    ...(deductible?.benefits ?? []),
    ...(deductible?.yearlyLimit?.benefits ?? []),
    ...(rate?.segments?.benefits ?? []),
    ...caps.flatMap(({ benefits }) => benefits),
  ])
}

function basketsOf(lines: Table | undefined): ReadonlySet<string> {
  const results = (lines?.periods ?? []).flatMap((period) => period.results)
  const named = results.map((result) => result['basket']).filter((basket) => basket !== undefined)
  return new Set(named.map(String))
}

function checkBand({ name, periods }: Table, faults: TableFault[]): void {
  for (const { from, results } of periods) {
    for (const [row, { fromFen, toFen }] of results.entries()) {
      if (fromFen === undefined || toFen === undefined || fromFen < toFen) continue
      const message = `nothing lies in the band from ${fromFen} to ${toFen} fen`
      faults.push({ table: name, from, row, message })
    }
  }
}

function checkLayer(layer: Layer, fault: (message: string) => void): void {
  const { kind, rate, standard, deductible, caps, floor, measure, band } = layer
  const needs = (what: string, has: boolean) => {
    if (!has) fault(`a layer of the kind ${kind} needs ${what}`)
  }
  const hasNo = (what: string, has: boolean) => {
    if (has) fault(`a layer of the kind ${kind} has no ${what}`)
  }
  const owesSum = layer.patientOwes === 'sum'
  if (kind !== 'fixed' && !owesSum) needs('a rate', rate !== undefined)
  if (kind === 'fixed' || kind === 'by-case') needs('a standard', standard !== undefined)
  else hasNo('standard', standard !== undefined)
  if (kind === 'ceiling') needs('of: total, in-scope or above-deductible', layer.of !== undefined)
  else {
    hasNo('of', layer.of !== undefined)
    hasNo('per', layer.per !== undefined)
  }
  if (layer.per === 'year' && layer.of !== 'in-scope')
    fault('a ceiling per year needs of: in-scope')
  if (layer.paidBy !== undefined && measure !== 'paid') fault('paidBy goes with measure: paid')
  if (kind !== 'by-case') {
    hasNo('patientOwes', layer.patientOwes !== undefined)
    hasNo('beside', layer.beside !== undefined)
  }
  if (owesSum !== (layer.owed !== undefined)) {
    fault('patientOwes: sum and owed, the table of that sum, go together')
  }
  if (kind === 'by-case' && owesSum) hasNo('rate beside a sum that is owed', rate !== undefined)
  if (kind === 'fixed' || kind === 'ceiling') {
    hasNo('deductible', deductible !== undefined)
    hasNo('floor', floor !== undefined)
    hasNo('segments', rate !== undefined && rate.starts.length > 1)
    hasNo('rates by line', rate?.byLines === true)
  }
  if (rate !== undefined) {
    if (rate.starts.length > 1 && rate.segments === undefined) {
      fault('its rate goes by amountFen, so it must say how the segments are meant: segments')
    }
    if (rate.byLines) {
      if (layer.base.some((part) => part !== 'in-scope')) {
        fault('a rate by lines needs the base in-scope')
      }
      if (measure !== undefined || band !== undefined) {
        fault('a rate by lines goes with neither measure nor band')
      }
      if (deductible !== undefined && deductible.bearing === undefined) {
        fault('its rate goes by lines, so it must say which lines bear the deductible: bearing')
      }
    }
  }
  if (band !== undefined && rate?.segments?.per === 'year') {
    fault('a band goes with segments per stay only')
  }
  for (const [at, cap] of caps.entries()) {
    if (caps.findIndex(({ id }) => id === cap.id) < at) fault(`another cap has the id ${cap.id}`)
    if (band !== undefined && (cap.measure === 'eligible' || cap.measure === 'base')) {
      fault(`its cap ${cap.id} is on the ${cap.measure}, which does not go with a band`)
    }
    if (cap.measure === 'all-funds' && (kind !== 'share' || cap.per !== 'visit')) {
      fault(`its cap ${cap.id} is on all funds, which only a share layer has, per: visit`)
    }
    if (!cap.benefits.includes(layer.benefit)) {
      fault(`its cap ${cap.id} leaves out its own benefit ${layer.benefit}`)
    }
    if (kind !== 'share' && (cap.measure === 'eligible' || cap.measure === 'base')) {
      fault(`its cap ${cap.id} is on the ${cap.measure}, which only a share layer has`)
    }
  }
}

/** What a percentage in a clause can be of, by the figure that it changes. */
const READINGS: Readonly<Record<string, readonly string[]>> = {
  deductible: ['relative', 'points-of-base'],
  rate: ['points', 'relative'],
}

/** A reading that the figure cannot have would silently be taken for another one. */
export function checkReadings({ plans, tables }: PackSource, faults: TableFault[]): void {
  for (const name of new Set(plans.map(({ penalty }) => penalty?.readings))) {
    const source = tables.find(({ table }) => table === name)
    if (source !== undefined) checkReadingsTable(source, faults)
  }
}

function checkReadingsTable(source: TableSource, faults: TableFault[]): void {
  for (const { from, rows } of source.periods) {
    rows.forEach((row, index) => {
      // One that is missing is told as any other cell.
      const reading = row['reading'] as string | undefined
      const fault = (message: string) =>
        faults.push({ table: source.table, from, row: index, message })
      for (const parameter of [row['parameter'] ?? Object.keys(READINGS)].flat()) {
        const known = READINGS[String(parameter)]
        if (known === undefined) {
          const figures = Object.keys(READINGS).join(' or ')
          fault(`a reading is one of a ${figures}, not of ${JSON.stringify(parameter)}`)
        } else if (reading !== undefined && !known.includes(reading)) {
          fault(`a ${parameter} can be read as ${known.join(' or ')}, not as ${reading}`)
        }
      }
      if (reading === 'points-of-base' && row['baseFen'] === undefined) {
        fault('points-of-base needs a column baseFen (fen): what the points are points of')
      }
    })
  }
}
