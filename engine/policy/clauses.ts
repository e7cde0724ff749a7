import type { DocumentSource } from './pack.ts'

/** A clause that a reference cites, and its words where the pack has them. */
export interface CitedClause {
  readonly clause: string
  readonly text?: string
}

const AND = '、'

/**
 * The single clauses of a reference: `一办法 二(一)、二(二)` are `一办法 二(一)` and `一办法 二(二)`. Words
 * that are cited whole and no list of clauses the document has stay one.
 */
export function citedClauses({ clauses = {} }: DocumentSource, cited: string): CitedClause[] {
  const known = (clause: string): CitedClause =>
    Object.hasOwn(clauses, clause) ? { clause, text: clauses[clause]! } : { clause }
  const whole = known(cited)
  if (whole.text !== undefined) return [whole]
  let part = ''
  const each = cited.split(AND).map((clause) => {
    const space = clause.lastIndexOf(' ')
    if (space >= 0) part = clause.slice(0, space + 1)
    return known(space >= 0 ? clause : `${part}${clause}`)
  })
  return each.some(({ text }) => text !== undefined) ? each : [whole]
}
