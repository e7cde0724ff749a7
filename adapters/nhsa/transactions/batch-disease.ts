import { lineDiffers } from '../../../engine/visit/upload.ts'
import type { Visit, VisitInfo, VisitLine } from '../../../engine/visit/visit.ts'
import { type Call, type Declined, decline, declined } from './call.ts'
import { careTypeFor, personOf } from './insured.ts'

/** 病种编码, which a line says of its batch. */
const DISEASE = 'dise_codg'

/** What the lines of a batch say that it is for: one disease, by rule, or none. */
function diseasesOf(lines: Iterable<VisitLine>, batch: string | undefined): string[] {
  const codes = new Set<string>()
  for (const line of lines) {
    const code = line.particulars?.[DISEASE]
    if (code !== undefined && line.batch === batch) codes.add(code)
  }
  return [...codes]
}

/**
 * Refused: lines of one batch that are for different diseases, with those that the visit has, and a line
 * sent again with a disease that it did not have: it stays as it was.
 */
export function diseasesFault(visit: Visit, lines: readonly VisitLine[]): Declined | undefined {
  for (const [index, { line, particulars }] of lines.entries()) {
    const known = visit.lines.get(line.lineId)
    const said = particulars?.[DISEASE]
    if (known === undefined || said === undefined || said === known.particulars?.[DISEASE]) continue
    return declined(lineDiffers(line, index))
  }
  const all = [...visit.lines.values(), ...lines]
  for (const batch of new Set(lines.map(({ batch }) => batch))) {
    const codes = diseasesOf(all, batch)
    if (codes.length < 2) continue
    return decline(
      'invalid-request',
      `收费批次${batch}的病种编码（dise_codg）不一致：${codes.join('、')}，请分批上传`,
    )
  }
  return undefined
}

/**
 * The disease that a batch is for: that of its lines before that of the visit, unless it is none that the
 * person is registered with, as some systems write a diagnosis there.
 */
export async function diseaseOf(
  call: Call,
  { personId, info: { diseaseCode } }: Visit,
  lines: Iterable<VisitLine>,
  batch: string | undefined,
): Promise<string | undefined> {
  const [said] = diseasesOf(lines, batch)
  if (said === undefined || diseaseCode === undefined) return said ?? diseaseCode
  const person = await personOf(call, personId)
  const registered = 'declined' in person ? [] : (person.registrations ?? [])
  return registered.some((one) => one.diseaseCode === said) ? said : diseaseCode
}

/** What is said of the visit, for a batch of that disease. */
export async function infoFor(
  call: Call,
  { personId, info, particulars }: Visit,
  diseaseCode: string | undefined,
): Promise<VisitInfo> {
  if (diseaseCode === undefined || diseaseCode === info.diseaseCode) return info
  const medType = particulars['med_type']
  if (medType === undefined) return { ...info, diseaseCode }
  const careType = await careTypeFor(call, { personId, medType }, info.begunOn, diseaseCode)
  return { ...info, diseaseCode, ...(typeof careType === 'string' ? { careType } : {}) }
}
