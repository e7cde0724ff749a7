import type { Claim, ClaimAttribute, ClaimLine, ManualPlace } from './claim.ts'
import { fragment, type JsonBytes } from './json-bytes.ts'

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
  return [fieldsForm(claim), claim.lines.map(lineForm)]
}

function fieldsForm(claim: Claim): readonly unknown[] {
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
  return fields
}

/** Writes the JSON of the form at once: what is hashed of every claim. */
export function putClaimForm(json: JsonBytes, claim: Claim): void {
  const { lines } = claim
  putFields(json.put(OPEN), claim)
  json.put(COMMA).put(OPEN)
  for (let i = 0; i < lines.length; i++) {
    if (i > 0) json.put(COMMA)
    putLine(json, lines[i]!)
  }
  json.put(CLOSE).put(CLOSE)
}

function putFields(json: JsonBytes, claim: Claim): void {
  const { manual, attributes, diagnoses, account } = claim
  if (manual !== undefined || attributes !== undefined) {
    json.put(fragment(JSON.stringify(fieldsForm(claim))))
    return
  }
  json.put(OPEN).string(claim.personId)
  json.put(COMMA).string(claim.institutionId).put(COMMA).string(claim.careType)
  putOrNull(putOrNull(json, claim.admittedOn), claim.dischargedOn)
  putOrNull(json, claim.servedOn).put(COMMA)
  if (diagnoses === undefined) json.put(NULL)
  else putStrings(json, diagnoses)
  putOrNull(putOrNull(json, claim.diseaseCode), claim.approvalId)
  putOrNull(json, claim.transferFrom).put(COMMA)
  if (account === undefined) json.put(NULL)
  else putOrNull(json.put(OPEN).number(account.maxFen), account.sharedFrom).put(CLOSE)
  json.put(CLOSE)
}

function putLine(json: JsonBytes, line: ClaimLine): void {
  const { lineId, code, quantity, unitPriceFen, amountFen, servedOn } = line
  const { supplyDays, hospitalApproved } = line
  json.put(OPEN).string(lineId).put(COMMA).string(code).put(COMMA).string(quantity)
  json.put(COMMA).string(unitPriceFen).put(COMMA).number(amountFen)
  if (hospitalApproved !== undefined) {
    putOrNull(json, servedOn)
      .put(COMMA)
      .value(supplyDays ?? null)
    json.put(COMMA).value(hospitalApproved)
  } else if (supplyDays !== undefined) putOrNull(json, servedOn).put(COMMA).number(supplyDays)
  else if (servedOn !== undefined) json.put(COMMA).string(servedOn)
  json.put(CLOSE)
}

function putStrings(json: JsonBytes, texts: readonly string[]): void {
  json.put(OPEN)
  for (let i = 0; i < texts.length; i++) (i === 0 ? json : json.put(COMMA)).string(texts[i]!)
  json.put(CLOSE)
}

/** The next item of a list. */
function putOrNull(json: JsonBytes, text: string | undefined): JsonBytes {
  json.put(COMMA)
  return text === undefined ? json.put(NULL) : json.string(text)
}

const NULL = fragment('null')
const COMMA = fragment(',')
const OPEN = fragment('[')
const CLOSE = fragment(']')

/** Members that few lines have come last and take no place when absent. */
export function lineForm(line: ClaimLine): readonly unknown[] {
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

/** The line of a form that lineForm made. */
export function lineOf(form: readonly unknown[]): ClaimLine {
  return present(LINE_FIELDS, form) as unknown as ClaimLine
}

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
  return { ...claim, lines: lines.map(lineOf) } as unknown as Claim
}

function present(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  names.forEach((name, index) => {
    const value = values[index]
    if (value !== null && value !== undefined) object[name] = value
  })
  return object
}
