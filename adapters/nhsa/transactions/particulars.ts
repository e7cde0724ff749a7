import type { Particulars } from '../../../engine/visit/visit.ts'
import type { Row } from '../row.ts'

/**
 * What messages say that decides nothing here and is kept. No name of a person, no telephone number and
 * no certificate is among it: nobody needs them.
 */
const OF_VISIT: ReadonlySet<string> = new Set([
  'ipt_otp_no',
  'ipt_no',
  'medrcdno',
  'mdtrt_cert_type',
  'med_type',
  'invono',
  'atddr_no',
  'caty',
  'dept_code',
  'dept_name',
  'adm_dept_codg',
  'adm_dept_name',
  'adm_bed',
  'adm_diag_dscr',
  'dscg_maindiag_code',
  'dscg_maindiag_name',
  'main_cond_dscr',
  'dise_type_code',
  'dise_name',
  'oprn_oprt_code',
  'oprn_oprt_name',
  'fpsc_no',
  'matn_type',
  'birctrl_type',
  'birctrl_matn_date',
  'latechb_flag',
  'geso_val',
  'fetts',
  'fetus_cnt',
  'pret_flag',
  'cop_flag',
  'dscg_dept_codg',
  'dscg_dept_name',
  'dscg_bed',
  'dscg_way',
  'die_date',
  'ttp_pay_prop',
  'rxfixmedinsCode',
])

/** Of a line of the bill; who prescribed by code alone. */
export const OF_LINE: ReadonlySet<string> = new Set([
  'rxno',
  'drord_no',
  'dise_codg',
  'med_type',
  'med_chrgitm_type',
  'fee_ocur_time',
  'medins_list_codg',
  'sin_dos_dscr',
  'used_frqu_dscr',
  'prd_days',
  'medc_way_dscr',
  'bilg_dept_codg',
  'bilg_dept_name',
  'bilg_dr_codg',
  'acord_dept_codg',
  'acord_dept_name',
  'orders_dr_code',
  'hosp_appr_flag',
  'tcmdrug_used_way',
  'etip_flag',
  'etip_hosp_code',
  'dscg_tkdrug_flag',
  'matn_fee_flag',
  'memo',
])

/** Of a settlement, beside what the visit said. */
export const OF_SETTLEMENT: ReadonlySet<string> = new Set(['mdtrt_cert_type', 'med_type', 'invono'])

/** The fields of the row that are kept, as texts: dates as they are written, numbers as decimals. */
export function particularsOf(row: Row, kept: ReadonlySet<string> = OF_VISIT): Particulars {
  const particulars: Record<string, string> = {}
  for (const { code } of row.node.fields) {
    const said = kept.has(code) ? row.plain(code) : undefined
    if (said !== undefined) particulars[code] = said
  }
  return particulars
}
