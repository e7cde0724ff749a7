import type { Scenario } from './scenario.ts'
import { decideTenLines } from './scenarios/decide-ten-lines.ts'
import { linesGrowth } from './scenarios/lines-growth.ts'
import { quoteVsEcho } from './scenarios/quote-vs-echo.ts'
import { ruleVsHandwritten } from './scenarios/rule-vs-handwritten.ts'
import { ruleVsZen12, ruleVsZen1200 } from './scenarios/rule-vs-zen.ts'
import { settleVsEcho } from './scenarios/settle-vs-echo.ts'

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  quoteVsEcho,
  settleVsEcho,
  ruleVsZen12,
  ruleVsZen1200,
  ruleVsHandwritten,
  linesGrowth,
  decideTenLines,
]
