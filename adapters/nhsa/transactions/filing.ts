import { insuranceForCare } from '../../../engine/adjudicate/person-facts.ts'
import { daysLater } from '../../../engine/calendar/civil-days.ts'
import type { CivilDate } from '../../../engine/claim/claim.ts'
import { isRefusal, OUTCOMES } from '../../../engine/claim/outcomes.ts'
import type { Filing } from '../../../engine/counter/filing-form.ts'
import { file, withdraw } from '../../../engine/counter/filings.ts'
import { findRecord } from '../../../engine/counter/records.ts'
import type { FilingBy, FilingsSource } from '../../../engine/policy/pack.ts'
import type { Dated } from '../../../engine/registry/records.ts'
import type { Row } from '../row.ts'
import {
  type Call,
  type Declined,
  type Done,
  decline,
  declined,
  NOTHING,
  unlessBooked,
} from './call.ts'
import { cityOf, personOf } from './insured.ts'
import { particularsOf } from './particulars.ts'
import { insutypeOf } from './person-codes.ts'

/** 2501: the receiving institution may be anywhere, registered here or not. */
export function fileReferral(call: Call): Promise<Done | Declined> {
  const row = call.input.one('refmedin')
  const days = daysOf(row, row.date('begndate') ?? row.date('refl_date')!)
  return fileIn(call, row, days, ({ referral }) => {
    if (referral?.by !== OURS) return BY_AGENCY
    const fromVisit = row.text('refl_old_mdtrt_id')
    return {
      type: 'referral',
      approval: { ...days, institutionId: row.text('reflin_medins_no')! },
      ...(fromVisit === undefined ? {} : { fromVisit }),
    }
  })
}

/** 2503: as which kind of disease it is registered, says the city. */
export function fileDisease(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const days = daysOf(row, row.date('begndate')!)
  return fileIn(call, row, days, ({ disease }) => {
    if (disease?.by !== OURS) return BY_AGENCY
    const diseaseCode = row.text('opsp_dise_code')!
    const [listed] =
      Object.entries(disease.kinds ?? {}).find(([, codes]) => codes.includes(diseaseCode)) ?? []
    const kind = (listed as typeof disease.otherwise) ?? disease.otherwise
    if (kind === undefined) {
      return decline('filing-invalid', '参保地未将该病种（opsp_dise_code）列入门诊慢特病，请核对')
    }
    return { type: 'disease', registration: { kind, diseaseCode, ...days } }
  })
}

/** 2505: for which kinds of care the institution is chosen, says the city by `biz_appy_type`. */
export async function fileChosenInstitution(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const institutionId = row.text('fixmedins_code')!
  const days = daysOf(row, row.date('begndate')!)
  const unknown = isRefusal(await findRecord(call.ports, 'institution', institutionId))
  return fileIn(call, row, days, ({ chosenInstitution }) => {
    if (chosenInstitution?.by !== OURS) return BY_AGENCY
    if (unknown) {
      return decline('institution-unknown', '未查到所选定点机构（fixmedins_code），请核对机构编号')
    }
    const { types } = chosenInstitution
    const type = row.text('biz_appy_type')!
    const care = Object.hasOwn(types, type) ? types[type]! : undefined
    if (care === undefined) {
      return decline('filing-invalid', '参保地不支持按该业务申请类型（biz_appy_type）办理定点备案')
    }
    const careTypes = care === 'all' ? {} : { careTypes: care }
    return { type: 'chosen-institution', chosen: { institutionId, ...careTypes, ...days } }
  })
}

export const withdrawReferral = (call: Call) => withdrawn(call, 'referral')
export const withdrawDisease = (call: Call) => withdrawn(call, 'disease')
export const withdrawChosenInstitution = (call: Call) => withdrawn(call, 'chosen-institution')

const OURS: FilingBy = 'institution'
const BY_AGENCY = decline('filing-by-agency', OUTCOMES['filing-by-agency'].message)

/** As many systems write that there is no end. */
const NO_END = '9999-12-31'

/** 结束日期 is the last day on which it counts. */
function daysOf(row: Row, from: CivilDate): Dated {
  const last = row.date('enddate')
  return last === undefined || last === NO_END ? { from } : { from, until: daysLater(last, 1) }
}

async function fileIn(
  call: Call,
  row: Row,
  days: Dated,
  filingOf: (filings: FilingsSource) => Filing | Declined,
): Promise<Done | Declined> {
  const filing = await filingIn(call, row, days, filingOf)
  const refused = 'declined' in filing ? await unlessBooked(call, filing) : undefined
  if (refused !== undefined) return refused
  const personId = row.text('psn_no')!
  // What was booked is answered from the journal, whatever would be refused now.
  const asked = 'declined' in filing ? BOOKED_BEFORE : filing
  const particulars = particularsOf(row, KEPT)
  const filed = await file(call.ports, { ...call.message, personId, filing: asked, particulars })
  if (isRefusal(filed)) return declined(filed)
  return { output: { result: { trt_dcla_detl_sn: filed.answer.filingId } }, booked: true }
}

/** Never booked: its message was. */
const BOOKED_BEFORE: Filing = { type: 'referral', approval: { from: '0001-01-01' } }

async function filingIn(
  call: Call,
  row: Row,
  days: Dated,
  filingOf: (filings: FilingsSource) => Filing | Declined,
): Promise<Filing | Declined> {
  const person = await personOf(call, row.text('psn_no')!)
  if ('declined' in person) return person
  const insurance = insuranceForCare(person, days.from)
  if (insurance === undefined) return decline('not-insured', '备案开始之日该人员未参保，不能备案')
  const nhsa = cityOf(call, insurance, days.from)
  if ('declined' in nhsa) return nhsa
  if (days.until !== undefined && days.until <= days.from) {
    return decline('filing-invalid', '结束日期（enddate）早于开始日期（begndate）')
  }
  const insutype = row.node.fields.some(({ code }) => code === INSUTYPE) && row.text(INSUTYPE)
  if (insutype && insutype !== insutypeOf(nhsa, person, insurance, days.from)) {
    return decline('filing-invalid', '险种类型（insutype）与参保信息不一致，请核对')
  }
  return filingOf(nhsa.filings ?? {})
}

const INSUTYPE = 'insutype'

async function withdrawn(call: Call, type: Filing['type']): Promise<Done | Declined> {
  const row = call.input.one('data')
  const withdrawal = await withdraw(call.ports, {
    ...call.message,
    personId: row.text('psn_no')!,
    filingId: row.text('trt_dcla_detl_sn')!,
    type,
    particulars: particularsOf(row, KEPT),
  })
  return isRefusal(withdrawal) ? declined(withdrawal) : { output: NOTHING, booked: true }
}

/** What decides nothing and is no name, address, number or telephone of a person: kept with the filing. */
const KEPT = new Set([
  'diag_code',
  'diag_name',
  'dise_cond_dscr',
  'reflin_medins_name',
  'mdtrtarea_admdvs',
  'hosp_agre_refl_flag',
  'refl_type',
  'refl_date',
  'refl_rea',
  'refl_opnn',
  'opsp_dise_name',
  'ide_fixmedins_no',
  'ide_fixmedins_name',
  'hosp_ide_date',
  'diag_dr_codg',
  'biz_appy_type',
  'fix_srt_no',
  'fixmedins_name',
  'memo',
])
