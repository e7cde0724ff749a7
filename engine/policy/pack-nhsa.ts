import type { CareType } from '../claim/claim.ts'
import type { DiseaseRegistration } from '../registry/records.ts'
import type { DimensionSource, MarkSource, RowSource } from './pack-table.ts'

/** The members of the national interface's `setlinfo` that say what funds pay. */
export const FUND_COLUMNS = [
  'hifp_pay',
  'cvlserv_pay',
  'hifes_pay',
  'hifmi_pay',
  'hifob_pay',
  'maf_pay',
  'oth_pay',
  'hifdm_pay',
] as const
export type FundColumn = (typeof FUND_COLUMNS)[number]

/**
 * The dictionaries of the national interface whose codes follow from facts: by facts of the person
 * alone, as they are also asked for without any care, or by the place of care, too.
 */
export const PERSON_CODES = ['insutype', 'psn_type', 'cvlserv_flag'] as const
const CARE_CODES = ['clr_type', 'clr_way', 'pay_loc', 'hosp_lv', 'dedc_hosp_lv'] as const
export const CODE_NAMES = [...PERSON_CODES, ...CARE_CODES] as const
export type CodeName = (typeof CODE_NAMES)[number]

/**
 * nhsa.yaml: how a city writes its answers in the national interface (定点医药机构接口规范). It decides
 * no amount, only in which column an amount stands and which codes go with it.
 */
export interface NhsaSource extends MarkSource {
  /** Exactly one for every fund that pays in a scheme. */
  readonly funds: readonly NhsaFundSource[]
  /** The row of `setldetail` for what the personal account pays. */
  readonly account: FundTypeSource
  /** The same for what the hospital bears. */
  readonly hospital: FundTypeSource
  readonly codes: Readonly<Record<CodeName, CodesSource>>
  /** `med_type` → the kinds of care that it may mean; of several the registered disease decides. */
  readonly medTypes: Readonly<Record<string, readonly CareType[]>>
  /** Who pays, as the clearing tables say it → `clr_optins`, or whose district's agency it is. */
  readonly agencies: Readonly<Record<string, string>>
  /** Absent: no institution files anything for its patients. */
  readonly filings?: FilingsSource
  /** The pack's categories → `psn_idet_type`. Absent: 1101 answers none. */
  readonly identities?: Readonly<Record<string, string>>
  /** What 5206 answers of a person's year. Absent: nothing. */
  readonly cumulated?: readonly CumulatedSource[]
  /** What becomes of a code that a message sends and the city's own dictionary lacks; absent: accept. */
  readonly unknownCodes?: 'accept' | 'refuse'
  /** The city's own dictionaries, by the names that the spec knows them by, such as `med_type`. */
  readonly dictionaries?: Readonly<Record<string, DictionarySource>>
}

/**
 * What an institution's own filing does in the city: `institution`, it takes effect at once;
 * `agency`, it is refused, as the agency files these. A sort that is left out is the agency's.
 */
export interface FilingsSource {
  /** 转院备案. */
  readonly referral?: { readonly by: FilingBy }
  /** 人员慢特病备案: as what each disease is registered; `otherwise` for those that are not listed. */
  readonly disease?: {
    readonly by: FilingBy
    readonly kinds?: Readonly<Partial<Record<DiseaseRegistration['kind'], readonly string[]>>>
    readonly otherwise?: DiseaseRegistration['kind']
  }
  /** 人员定点备案: `biz_appy_type` → for which kinds of care the institution is chosen. */
  readonly chosenInstitution?: {
    readonly by: FilingBy
    readonly types: Readonly<Record<string, 'all' | readonly CareType[]>>
  }
}
export type FilingBy = 'institution' | 'agency'

/** One `cum_type_code`: what of the year's usage it adds up. */
export interface CumulatedSource {
  readonly code: string
  /** What funds paid, deductibles borne, visits of benefits; in-scope amounts; admissions. */
  readonly sum: 'paid' | 'deductible' | 'visits' | 'in-scope' | 'stays'
  /** Of the first three: the funds. Absent: all. */
  readonly funds?: readonly string[]
}

/** The codes of one dictionary and what each is called. */
export interface DictionarySource {
  readonly name: string
  readonly codes: Readonly<Record<string, string>>
}

/** A code of `fund_pay_type` and its name. */
export interface FundTypeSource {
  readonly type: string
  readonly name: string
}

export interface NhsaFundSource extends FundTypeSource {
  readonly fund: string
  /** Absent: all schemes. */
  readonly schemes?: readonly string[]
  readonly column: FundColumn
}

/** A code for every combination of the dimensions, like the rows of one period of a table. */
export interface CodesSource {
  readonly dimensions: Readonly<Record<string, DimensionSource>>
  readonly rows: readonly RowSource[]
}
