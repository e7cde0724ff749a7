import { isDeepStrictEqual } from 'node:util'
import type { Contestant } from './contestant.ts'

/**
 * Compares the answers of every mode of every contestant with those of the first one. Throws with
 * the first difference: what answers otherwise must not be timed.
 */
export async function assertAgreement(ours: Contestant, others: readonly Contestant[]) {
  const expected = await ours.answers(ours.modes[0]!)
  await Promise.all(
    others.map(async (other) => {
      for (const mode of other.modes) {
        const difference = firstDifference(expected, await other.answers(mode))
        if (difference !== undefined) {
          throw new Error(`${other.name} (${mode}) does not agree with ours: ${difference}`)
        }
      }
    }),
  )
  return expected.length
}

/** In words; undefined when all are alike. */
export function firstDifference(
  ours: readonly unknown[],
  theirs: readonly unknown[],
): string | undefined {
  if (ours.length !== theirs.length) return `${theirs.length} answers instead of ${ours.length}`
  const at = ours.findIndex((answer, n) => !isDeepStrictEqual(answer, theirs[n]))
  if (at < 0) return undefined
  return `question ${at}: ours ${JSON.stringify(ours[at])}, theirs ${JSON.stringify(theirs[at])}`
}
