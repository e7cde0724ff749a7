import type { Particulars } from '../../../engine/visit/visit.ts'
import type { Row } from '../row.ts'

/**
 * What messages say of a visit that decides nothing here and is kept with it. No name of a person, no
 * telephone number and no certificate is among it: nobody needs them.
 */
const KEPT: ReadonlySet<string> = new Set([
  'ipt_otp_no',
  'ipt_no',
  'medrcdno',
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

export function particularsOf(row: Row): Particulars {
  const particulars: Record<string, string> = {}
  for (const { code } of row.node.fields) {
    const said = KEPT.has(code) ? row.plain(code) : undefined
    if (said !== undefined) particulars[code] = said
  }
  return particulars
}
