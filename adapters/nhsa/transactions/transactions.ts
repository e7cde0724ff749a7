import type { Shows } from '../../../engine/access/show.ts'
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

/** A transaction, and what it shows of persons. */
export interface DoneHere {
  readonly run: Transaction
  readonly shows: Shows
  /** It reads a catalogue, a month or all lines of a stay, in slices: others come in between. */
  readonly takesLong?: true
}

const CATALOGUE: DoneHere = { run: downloadCatalogue, shows: 'nothing', takesLong: true }
const QUERY = { shows: 'nothing', takesLong: true } as const

/**
 * What is done here, by transaction number without suffix: nobody's suffix changes the meaning.
 * What stands in a file that 9102 downloads was shown when 3202 made it.
 */
export const DONE_HERE: ReadonlyMap<string, DoneHere> = new Map<string, DoneHere>([
  ['1101', { run: queryPerson, shows: 'person' }],
  ['1201', { run: queryInstitution, shows: 'nothing' }],
  ...['1301', '1302', '1303', '1305', '1306', '1307', '1308', '1309', '1310', '1311'].map(
    (code) => [code, CATALOGUE] as const,
  ),
  ['1312', { run: queryItems, ...QUERY }],
  ...['1313', '1314', '1315'].map((code) => [code, CATALOGUE] as const),
  ['1316', { run: queryMatches, ...QUERY }],
  ['1317', { run: queryOwnMatches, shows: 'nothing' }],
  ['1318', { run: queryCeilings, ...QUERY }],
  ['1319', { run: querySelfPay, ...QUERY }],
  ['2001', { run: checkBenefits, shows: 'benefits' }],
  ['2101', { run: preSettleDrugs, shows: 'quote' }],
  ['2102', { run: settleDrugs, shows: 'booking' }],
  ['2103', { run: cancelSettled, shows: 'booking' }],
  ['2201', { run: register, shows: 'booking' }],
  ['2202', { run: cancelRegistration, shows: 'booking' }],
  ['2203', { run: describeVisit, shows: 'booking' }],
  ['2204', { run: uploadLines, shows: 'booking' }],
  ['2205', { run: removeLines, shows: 'booking' }],
  ['2206', { run: preSettle, shows: 'quote' }],
  ['2207', { run: settle, shows: 'booking' }],
  ['2208', { run: cancelSettled, shows: 'booking' }],
  ['2301', { run: uploadLines, shows: 'booking' }],
  ['2302', { run: removeStayLines, shows: 'booking' }],
  ['2303', { run: preSettleStay, shows: 'quote' }],
  ['2304', { run: settleStay, shows: 'booking' }],
  ['2305', { run: cancelSettled, shows: 'booking' }],
  ['2401', { run: admit, shows: 'booking' }],
  ['2402', { run: dischargeStay, shows: 'booking' }],
  ['2403', { run: changeAdmission, shows: 'booking' }],
  ['2404', { run: cancelAdmission, shows: 'booking' }],
  ['2405', { run: undoDischarged, shows: 'booking' }],
  ['2501', { run: fileReferral, shows: 'booking' }],
  ['2502', { run: withdrawReferral, shows: 'booking' }],
  ['2503', { run: fileDisease, shows: 'booking' }],
  ['2504', { run: withdrawDisease, shows: 'booking' }],
  ['2505', { run: fileChosenInstitution, shows: 'booking' }],
  ['2506', { run: withdrawChosenInstitution, shows: 'booking' }],
  ['2601', { run: reverseByMessage, shows: 'booking' }],
  ['3201', { run: compareTotals, shows: 'nothing', takesLong: true }],
  ['3202', { run: compareRows, shows: 'statement', takesLong: true }],
  ['4101', { run: uploadSettlementList, shows: 'booking' }],
  ['5203', { run: querySettlement, shows: 'settlement' }],
  ['5204', { run: queryFees, shows: 'settlement', takesLong: true }],
  ['5206', { run: queryCumulated, shows: 'benefits' }],
  ['5301', { run: queryDiseases, shows: 'person' }],
  ['5303', { run: queryInHospital, shows: 'visits' }],
  ['9001', { run: signIn, shows: 'nothing' }],
  ['9002', { run: signOut, shows: 'nothing' }],
  ['9101', { run: uploadFile, shows: 'nothing' }],
  ['9102', { run: downloadFile, shows: 'nothing' }],
])
