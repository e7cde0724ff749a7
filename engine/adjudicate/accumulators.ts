/** The names under which a person's year adds up; all in fen but the counts of stays. */
export function accumulatorNames(year: number, fund: string, benefit: string) {
  return {
    /** What the fund paid for this benefit. */
    paid: `${year}/${fund}/paid/${benefit}`,
    /** The deductible borne before it paid. */
    deductible: `${year}/${fund}/deductible/${benefit}`,
    /** The base that came before it. */
    base: `${year}/${fund}/base/${benefit}`,
  }
}

/** The number of unreversed stays of the benefit year. */
export function staysAccumulator(year: number): string {
  return `${year}/stays`
}

/** The in-scope amount of the year's bills, by scheme. */
export function inScopeAccumulator(year: number, scheme: string): string {
  return `${year}/in-scope/${scheme}`
}

/** What the account holds; it has no year. */
export const BALANCE = 'balance'
