import type { Claim, ClaimAttribute, ClaimLine, ManualPlace } from './claim.ts'
import { quoted } from './json-text.ts'

/**
 * A claim as nested arrays in a fixed order, absent members as null: the compact form in which the
 * journal keeps it, and the canonical one by which two claims are compared, whatever the encoding
 * and the order of keys in which they came. Ledgers hold this form: members may only be added at
 * the ends.
 */
export type ClaimForm = readonly [
  fields: readonly unknown[],
  lines: readonly (readonly unknown[])[],
]

export function claimForm(claim: Claim): ClaimForm {
  const { account, manual, attributes } = claim
  const fields: unknown[] = [
    claim.personId,
    claim.institutionId,
    claim.careType,
    claim.admittedOn ?? null,
    claim.dischargedOn ?? null,
    claim.servedOn ?? null,
    claim.diagnoses ?? null,
    claim.diseaseCode ?? null,
    claim.approvalId ?? null,
    claim.transferFrom ?? null,
    account === undefined ? null : [account.maxFen, account.sharedFrom ?? null],
  ]
  // What few claims have comes last and takes no place when absent.
  if (manual !== undefined) fields.push(MANUAL_FIELDS.map((member) => manual[member]))
  else if (attributes !== undefined) fields.push(null)
  if (attributes !== undefined) fields.push(attributes.map(({ name, value }) => [name, value]))
  return [fields, claim.lines.map(lineForm)]
}

/** The JSON of the form, written at once: what is hashed of every claim. */
export function claimFormText(claim: Claim): string {
  const { lines, manual, attributes } = claim
  if (manual !== undefined || attributes !== undefined) return JSON.stringify(claimForm(claim))
  const { personId, institutionId, careType, diagnoses, account } = claim
  const whose = `${quoted(personId)},${quoted(institutionId)},${quoted(careType)}`
  const dates = `${orNull(claim.admittedOn)},${orNull(claim.dischargedOn)},${orNull(claim.servedOn)}`
  const ill = diagnoses === undefined ? 'null' : JSON.stringify(diagnoses)
  const care = `${orNull(claim.diseaseCode)},${orNull(claim.approvalId)},${orNull(claim.transferFrom)}`
  const from = account === undefined ? 'null' : `[${account.maxFen},${orNull(account.sharedFrom)}]`
  let text = `[[${whose},${dates},${ill},${care},${from}],[`
  for (let i = 0; i < lines.length; i++)
    text += i === 0 ? lineText(lines[0]!) : `,${lineText(lines[i]!)}`
  return `${text}]]`
}

function lineText(line: ClaimLine): string {
  const { lineId, code, quantity, unitPriceFen, amountFen, servedOn } = line
  if (line.hospitalApproved !== undefined || line.supplyDays !== undefined) {
    return JSON.stringify(lineForm(line))
  }
  const item = `[${quoted(lineId)},${quoted(code)},${quoted(quantity)},${quoted(unitPriceFen)},${amountFen}`
  return servedOn === undefined ? `${item}]` : `${item},${quoted(servedOn)}]`
}

function orNull(text: string | undefined): string {
  return text === undefined ? 'null' : quoted(text)
}

/** Members that few lines have come last and take no place when absent. */
function lineForm(line: ClaimLine): readonly unknown[] {
  const { lineId, code, quantity, unitPriceFen, amountFen, servedOn } = line
  const { supplyDays, hospitalApproved } = line
  if (hospitalApproved !== undefined) {
    const served = servedOn ?? null
    const days = supplyDays ?? null
    return [lineId, code, quantity, unitPriceFen, amountFen, served, days, hospitalApproved]
  }
  if (supplyDays !== undefined) {
    return [lineId, code, quantity, unitPriceFen, amountFen, servedOn ?? null, supplyDays]
  }
  if (servedOn !== undefined) return [lineId, code, quantity, unitPriceFen, amountFen, servedOn]
  return [lineId, code, quantity, unitPriceFen, amountFen]
}

const MANUAL_FIELDS = [
  'hospitalName',
  'district',
  'kind',
  'level',
  'designated',
  'invoiceNumber',
] as const satisfies readonly (keyof ManualPlace)[]

const FIELDS = [
  'personId',
  'institutionId',
  'careType',
  'admittedOn',
  'dischargedOn',
  'servedOn',
  'diagnoses',
  'diseaseCode',
  'approvalId',
  'transferFrom',
  'account',
  'manual',
  'attributes',
] as const satisfies readonly (keyof Claim)[]

const LINE_FIELDS = [
  'lineId',
  'code',
  'quantity',
  'unitPriceFen',
  'amountFen',
  'servedOn',
  'supplyDays',
  'hospitalApproved',
] as const satisfies readonly (keyof ClaimLine)[]

/** The claim of a form that claimForm made. */
export function claimOf([fields, lines]: ClaimForm): Claim {
  const claim = present(FIELDS, fields)
  const account = claim['account'] as [number, string | null] | undefined
  if (account !== undefined) {
    const [maxFen, sharedFrom] = account
    claim['account'] = sharedFrom === null ? { maxFen } : { maxFen, sharedFrom }
  }
  const manual = claim['manual'] as unknown[] | undefined
  if (manual !== undefined) claim['manual'] = present(MANUAL_FIELDS, manual)
  const attributes = claim['attributes'] as [string, ClaimAttribute['value']][] | undefined
  if (attributes !== undefined) {
    claim['attributes'] = attributes.map(([name, value]): ClaimAttribute => ({ name, value }))
  }
  return { ...claim, lines: lines.map((line) => present(LINE_FIELDS, line)) } as unknown as Claim
}

function present(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  names.forEach((name, index) => {
    const value = values[index]
    if (value !== null && value !== undefined) object[name] = value
  })
  return object
}
