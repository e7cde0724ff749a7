/** Figures in tables: grouped, at most four digits; what is no number is said to be missing. */
export function figure(value: unknown): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return MISSING
  const digits = Math.abs(value) >= 1_000 ? 0 : Math.abs(value) >= 10 ? 1 : 3
  return value.toLocaleString('en-US', { maximumFractionDigits: digits })
}

export const MISSING = 'missing'
