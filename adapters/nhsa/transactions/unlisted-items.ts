import { isRefusal, type Refusal } from '../../../engine/claim/outcomes.ts'
import type { VisitLine } from '../../../engine/visit/visit.ts'

/** What the answer says of a line whose code no catalogue has; it may as well be a wrong code. */
export const UNLISTED = '目录中无此编码，按全自费处理，请核对'

interface OwnPay<Outcome> {
  readonly outcome: Outcome | Refusal
  /** As they were tried last. */
  readonly lines: readonly VisitLine[]
  /** By their places, those that no catalogue has. */
  readonly unlisted: ReadonlySet<number>
}

/**
 * What `attempt` makes of lines. Those that no catalogue has are the patient's own pay, as platforms
 * answer it, and count as approved by nobody: hospitals bill such items, and a bill without them would
 * not be the patient's.
 */
export async function withOwnPay<Outcome extends object>(
  lines: readonly VisitLine[],
  attempt: (lines: readonly VisitLine[]) => Promise<Outcome | Refusal>,
  unlisted: ReadonlySet<number> = new Set(),
): Promise<OwnPay<Outcome>> {
  const outcome = await attempt(lines)
  if (!isRefusal(outcome) || outcome.refused !== 'unknown-item') return { outcome, lines, unlisted }
  // The first few are told; each round finds more, until none is left.
  const found = (outcome.errors ?? []).map(({ pointer }) => Number(pointer.split('/')[2]))
  const codes = new Set(found.map((at) => lines[at]!.line.code))
  const all = lines.flatMap(({ line }, at) => (codes.has(line.code) ? [at] : []))
  const own = lines.map((one) =>
    codes.has(one.line.code) ? { ...one, line: { ...one.line, hospitalApproved: false } } : one,
  )
  return withOwnPay(own, attempt, new Set([...unlisted, ...all]))
}
