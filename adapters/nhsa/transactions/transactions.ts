import { checkBenefits } from './benefits-check.ts'
import type { Transaction } from './call.ts'
import { removeLines, removeStayLines, uploadLines } from './fee-lines.ts'
import { queryFees } from './fee-query.ts'
import {
  fileChosenInstitution,
  fileDisease,
  fileReferral,
  withdrawChosenInstitution,
  withdrawDisease,
  withdrawReferral,
} from './filing.ts'
import { queryInHospital } from './in-hospital.ts'
import { cancelSettled, preSettle, querySettlement, settle } from './outpatient-settlement.ts'
import { cancelRegistration, describeVisit, register } from './outpatient-visit.ts'
import { queryPerson } from './person.ts'
import { queryCumulated, queryDiseases } from './person-queries.ts'
import { reverseByMessage } from './reversal.ts'
import { uploadSettlementList } from './settlement-list.ts'
import { signIn, signOut } from './sign-in.ts'
import { admit, cancelAdmission, changeAdmission, dischargeStay, undoDischarged } from './stay.ts'
import { preSettleStay, settleStay } from './stay-settlement.ts'

/** What is done here, by transaction number without suffix: nobody's suffix changes the meaning. */
export const DONE_HERE: ReadonlyMap<string, Transaction> = new Map([
  ['1101', queryPerson],
  ['2001', checkBenefits],
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
  ['2501', fileReferral],
  ['2502', withdrawReferral],
  ['2503', fileDisease],
  ['2504', withdrawDisease],
  ['2505', fileChosenInstitution],
  ['2506', withdrawChosenInstitution],
  ['2601', reverseByMessage],
  ['4101', uploadSettlementList],
  ['5203', querySettlement],
  ['5204', queryFees],
  ['5206', queryCumulated],
  ['5301', queryDiseases],
  ['5303', queryInHospital],
  ['9001', signIn],
  ['9002', signOut],
])
