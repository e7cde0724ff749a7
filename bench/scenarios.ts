import type { Scenario } from './scenario.ts'
import { catalogue1mVs10k } from './scenarios/catalogue-1m-vs-10k.ts'
import { decideTenLines } from './scenarios/decide-ten-lines.ts'
import { linesGrowth } from './scenarios/lines-growth.ts'
import { mixedSmallP99 } from './scenarios/mixed-small-p99.ts'
import { nhsaSettleVsRest } from './scenarios/nhsa-settle-vs-rest.ts'
import { honestKept, overloadP99, shedP50Ms } from './scenarios/overload.ts'
import { people10mVs10k } from './scenarios/people-10m-vs-10k.ts'
import { quoteP99VsEchoP99 } from './scenarios/quote-p99-vs-echo-p99.ts'
import { quoteVsEcho } from './scenarios/quote-vs-echo.ts'
import { reloadP99VsSteady } from './scenarios/reload-p99-vs-steady.ts'
import { ruleVsHandwritten } from './scenarios/rule-vs-handwritten.ts'
import { ruleVsZen12, ruleVsZen1200 } from './scenarios/rule-vs-zen.ts'
import { settleP99VsCommitP50 } from './scenarios/settle-p99-vs-commit-p50.ts'
import { settleVsEcho } from './scenarios/settle-vs-echo.ts'
import { shadowRunP99 } from './scenarios/shadow-run-p99.ts'
import { startVsBare } from './scenarios/start-vs-bare.ts'
import { threadMemoryMb } from './scenarios/thread-memory-mb.ts'
import { threads2Vs1 } from './scenarios/threads-2-vs-1.ts'

/** Every scenario, in the order in which they run; those that share servers stand together. */
export const SCENARIOS: readonly Scenario[] = [
  quoteVsEcho,
  quoteP99VsEchoP99,
  settleVsEcho,
  settleP99VsCommitP50,
  nhsaSettleVsRest,
  threads2Vs1,
  mixedSmallP99,
  overloadP99,
  shedP50Ms,
  honestKept,
  reloadP99VsSteady,
  shadowRunP99,
  catalogue1mVs10k,
  people10mVs10k,
  threadMemoryMb,
  startVsBare,
  ruleVsZen12,
  ruleVsZen1200,
  ruleVsHandwritten,
  linesGrowth,
  decideTenLines,
]
