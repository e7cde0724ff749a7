import { isRefusal, type Refusal } from '../../../engine/claim/outcomes.ts'
import { quoteLines } from '../../../engine/counter/settle-visit.ts'
import type { Visit, VisitLine } from '../../../engine/visit/visit.ts'
import type { Call } from './call.ts'

/** What the answer says of a line whose code no catalogue has; it may as well be a wrong code. */
export const UNLISTED = '目录中无此编码，按全自费处理，请核对'

interface SplitLines {
  /** As they are to be kept. */
  readonly lines: readonly VisitLine[]
  /** By their places, those that no catalogue has. */
  readonly unlisted: ReadonlySet<number>
  readonly split: Exclude<Awaited<ReturnType<typeof quoteLines>>, Refusal>
}

/**
 * Lines split as the policy would. What no catalogue has is the patient's own pay, as platforms answer
 * it, and is kept as approved by nobody: a hospital bills such items, and a bill without them would
 * not be the patient's.
 */
export async function splitUploaded(
  call: Call,
  visit: Visit,
  lines: readonly VisitLine[],
  unlisted: ReadonlySet<number> = new Set(),
): Promise<SplitLines | Refusal> {
  const split = await quoteLines(call.ports, visit, lines)
  if (!isRefusal(split)) return { lines, unlisted, split }
  if (split.refused !== 'unknown-item') return split
  // The first few are told; each round finds more, until none is left.
  const found = (split.errors ?? []).map(({ pointer }) => Number(pointer.split('/')[2]))
  const codes = new Set(found.map((at) => lines[at]!.line.code))
  const all = lines.flatMap(({ line }, at) => (codes.has(line.code) ? [at] : []))
  const kept = lines.map((one) =>
    codes.has(one.line.code) ? { ...one, line: { ...one.line, hospitalApproved: false } } : one,
  )
  return splitUploaded(call, visit, kept, new Set([...unlisted, ...all]))
}
