import { asked, type Derived, type Plan } from './compile-plan.ts'
import type { AccountCreditSource, PackSource } from './pack.ts'
import type { Table } from './table.ts'
import type { TableReader } from './table-reader.ts'

/** What the accounts of one scheme are credited with, with every name resolved. */
export interface AccountCredits extends Pick<Plan, 'derived' | 'gradeChange'> {
  readonly table: Table
}

/**
 * Holds the table, and the sums and derived facts that it goes by, against what is known of a person
 * without any care; whatever asks for more is a fault of that table.
 */
export function compileAccountCredits(
  { scheme, table: name }: AccountCreditSource,
  pack: PackSource,
  reader: TableReader,
  packDerived: readonly Derived[],
  plans: readonly Plan[],
): AccountCredits {
  const who = `the scheme ${scheme}`
  const table = reader.read(name, 'accountCredit', who)
  for (const [sum, sumTable] of Object.entries(pack.sums ?? {})) {
    const named = table.periods.some(({ results }) => results.some((row) => row['of'] === sum))
    if (named) reader.read(sumTable, 'creditSum', who)
  }
  const { derived } = asked([table], packDerived)
  for (const { table: factTable, over } of derived) {
    reader.read(factTable.name, over === undefined ? 'creditFact' : 'creditFactByDisease', who)
  }
  const gradeChange = plans.find(
    (plan) => plan.scheme === scheme && plan.gradeChange !== undefined,
  )?.gradeChange
  return { table, derived, ...(gradeChange === undefined ? {} : { gradeChange }) }
}
