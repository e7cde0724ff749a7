import type { Transaction } from './call.ts'
import { cancelSettled } from './cancellation.ts'
import { removeLines, removeStayLines, uploadLines } from './fee-lines.ts'
import { downloadFile, uploadFile } from './files.ts'
import { querySettlement } from './find-settlement.ts'
import { preSettle, settle } from './outpatient-settlement.ts'
import { cancelRegistration, describeVisit, register } from './outpatient-visit.ts'
import { queryPerson } from './person.ts'
import { preSettleDrugs, settleDrugs } from './purchase.ts'
import { reverseByMessage } from './reversal.ts'
import { signIn, signOut } from './sign-in.ts'
import { compareTotals } from './statement.ts'
import { compareRows } from './statement-rows.ts'
import { admit, cancelAdmission, changeAdmission, dischargeStay, undoDischarged } from './stay.ts'
import { preSettleStay, settleStay } from './stay-settlement.ts'

/** What is done here, by transaction number without suffix: nobody's suffix changes the meaning. */
export const DONE_HERE: ReadonlyMap<string, Transaction> = new Map([
  ['1101', queryPerson],
  ['2101', preSettleDrugs],
  ['2102', settleDrugs],
  ['2103', cancelSettled],
  ['2201', register],
  ['2202', cancelRegistration],
  ['2203', describeVisit],
  ['2204', uploadLines],
  ['2205', removeLines],
  ['2206', preSettle],
  ['2207', settle],
  ['2208', cancelSettled],
  ['2301', uploadLines],
  ['2302', removeStayLines],
  ['2303', preSettleStay],
  ['2304', settleStay],
  ['2305', cancelSettled],
  ['2401', admit],
  ['2402', dischargeStay],
  ['2403', changeAdmission],
  ['2404', cancelAdmission],
  ['2405', undoDischarged],
  ['2601', reverseByMessage],
  ['3201', compareTotals],
  ['3202', compareRows],
  ['5203', querySettlement],
  ['9001', signIn],
  ['9002', signOut],
  ['9101', uploadFile],
  ['9102', downloadFile],
])
