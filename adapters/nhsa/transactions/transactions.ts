import { checkBenefits } from './benefits-check.ts'
import type { Transaction } from './call.ts'
import { cancelSettled } from './cancellation.ts'
import { downloadCatalogue } from './catalogue-download.ts'
import {
  queryCeilings,
  queryItems,
  queryMatches,
  queryOwnMatches,
  querySelfPay,
} from './catalogue-query.ts'
import { removeLines, removeStayLines, uploadLines } from './fee-lines.ts'
import { queryFees } from './fee-query.ts'
import { downloadFile, uploadFile } from './files.ts'
import {
  fileChosenInstitution,
  fileDisease,
  fileReferral,
  withdrawChosenInstitution,
  withdrawDisease,
  withdrawReferral,
} from './filing.ts'
import { querySettlement } from './find-settlement.ts'
import { queryInHospital } from './in-hospital.ts'
import { queryInstitution } from './institution.ts'
import { preSettle, settle } from './outpatient-settlement.ts'
import { cancelRegistration, describeVisit, register } from './outpatient-visit.ts'
import { queryPerson } from './person.ts'
import { queryCumulated, queryDiseases } from './person-queries.ts'
import { preSettleDrugs, settleDrugs } from './purchase.ts'
import { reverseByMessage } from './reversal.ts'
import { uploadSettlementList } from './settlement-list.ts'
import { signIn, signOut } from './sign-in.ts'
import { compareTotals } from './statement.ts'
import { compareRows } from './statement-rows.ts'
import { admit, cancelAdmission, changeAdmission, dischargeStay, undoDischarged } from './stay.ts'
import { preSettleStay, settleStay } from './stay-settlement.ts'

/** What is done here, by transaction number without suffix: nobody's suffix changes the meaning. */
export const DONE_HERE: ReadonlyMap<string, Transaction> = new Map([
  ['1101', queryPerson],
  ['1201', queryInstitution],
  ...['1301', '1302', '1303', '1305', '1306', '1307', '1308', '1309', '1310', '1311'].map(
    (code) => [code, downloadCatalogue] as const,
  ),
  ['1312', queryItems],
  ...['1313', '1314', '1315'].map((code) => [code, downloadCatalogue] as const),
  ['1316', queryMatches],
  ['1317', queryOwnMatches],
  ['1318', queryCeilings],
  ['1319', querySelfPay],
  ['2001', checkBenefits],
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
  ['2501', fileReferral],
  ['2502', withdrawReferral],
  ['2503', fileDisease],
  ['2504', withdrawDisease],
  ['2505', fileChosenInstitution],
  ['2506', withdrawChosenInstitution],
  ['2601', reverseByMessage],
  ['3201', compareTotals],
  ['3202', compareRows],
  ['4101', uploadSettlementList],
  ['5203', querySettlement],
  ['5204', queryFees],
  ['5206', queryCumulated],
  ['5301', queryDiseases],
  ['5303', queryInHospital],
  ['9001', signIn],
  ['9002', signOut],
  ['9101', uploadFile],
  ['9102', downloadFile],
])
