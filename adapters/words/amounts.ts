import type { CareType, InstitutionKind } from '../../engine/claim/claim.ts'
import type { Amounts, Clearing } from '../../engine/claim/decision.ts'
import type { Anchor, LAYER_KINDS, SharePart, Standing } from '../../engine/policy/pack.ts'
import type { PartName } from '../../engine/policy/parts.ts'
import type { Words } from './words.ts'

/** The sums of a settlement, as the national settlement slip names them. */
export const AMOUNT_WORDS: Readonly<Record<keyof Amounts, Words>> = {
  totalFen: ['医疗费总额', 'Total of the bill'],
  ownPayFen: ['全自费', 'Own-pay'],
  overLimitFen: ['超限价', 'Over the price limit'],
  firstSelfPayFen: ['先行自付', 'First self-pay'],
  inScopeFen: ['符合政策范围', 'In scope'],
  deductibleFen: ['起付线', 'Deductible'],
  fundFen: ['基金支付总额', 'Paid by the funds'],
  hospitalFen: ['医院负担', 'Borne by the hospital'],
  patientFen: ['个人负担总额', 'Borne by the patient'],
  accountFen: ['个人账户支付', 'Paid from the account'],
  cashFen: ['个人现金支付', 'Paid in cash'],
}

/** The disjoint parts of what the patient bears before a layer pays. */
export const SHARE_PART_WORDS: Readonly<Record<SharePart, Words>> = {
  'in-scope': ['政策范围内未分担', 'in scope, not shared yet'],
  deductible: ['起付线', 'deductible'],
  'co-pay': ['共付', 'co-pay'],
  'above-cap': ['超封顶线', 'above the cap'],
  'above-cap-co-pay': ['超封顶线部分的共付', 'co-pay of what is above the cap'],
  'above-benefit-limit': ['超待遇限额', 'above the limit of the benefit'],
  penalty: ['未按规定就医多负担', 'borne for care without approval'],
  'area-first-self-pay': ['异地先行自付', 'first self-pay for the place of care'],
  'first-self-pay': ['先行自付', 'first self-pay'],
  'over-price-ceiling': ['超限价', 'over the price limit'],
  'own-pay': ['全自费', 'own-pay'],
}

export const CLEARING_WORDS: Readonly<Record<keyof Clearing, Words>> = {
  homeDistrict: ['参保地', 'Home district'],
  careDistrict: ['就医地', 'Care district'],
  institutionId: ['医疗机构', 'Institution'],
  bearer: ['费用承担方', 'Who bears'],
  payer: ['拨付方', 'Who pays'],
  clearingType: ['清算类别', 'Clearing type'],
  way: ['清算方式', 'Clearing way'],
}

export const CARE_TYPE_WORDS: Readonly<Record<CareType, Words>> = {
  inpatient: ['住院', 'inpatient'],
  outpatient: ['普通门诊', 'outpatient'],
  'outpatient-chronic': ['门诊慢性病', 'outpatient chronic disease'],
  'outpatient-special': ['门诊特殊病', 'outpatient special disease'],
  pharmacy: ['药店购药', 'pharmacy'],
  emergency: ['急诊', 'emergency'],
  maternity: ['生育', 'maternity'],
  'long-term-care': ['长期护理', 'long-term care'],
  'by-case': ['按病种', 'payment by case'],
}

export const INSTITUTION_KIND_WORDS: Readonly<Record<InstitutionKind, Words>> = {
  hospital: ['医院', 'hospital'],
  'community-centre': ['社区卫生服务机构', 'community centre'],
  'tcm-hospital': ['中医医院', 'hospital of Chinese medicine'],
  pharmacy: ['药店', 'pharmacy'],
}

/** What a value rests on; an assumed one is never passed off as a city's rule. */
export const STANDING_WORDS: Readonly<Record<Standing, Words>> = {
  seed: ['政策文件', 'stated in a policy document'],
  published: ['公开发布', 'found on a public page'],
  assumed: ['假定，非该市规定', "assumed, not the city's rule"],
}

export const ANCHOR_WORDS: Readonly<Record<Anchor, Words>> = {
  admission: ['入院日', 'day of admission'],
  discharge: ['出院日', 'day of discharge'],
  line: ['费用发生日', 'day of the line'],
}

export const LAYER_KIND_WORDS: Readonly<Record<(typeof LAYER_KINDS)[number], Words>> = {
  share: ['按比例支付', 'a share'],
  fixed: ['定额支付', 'a fixed sum'],
  'by-case': ['按病种付费', 'payment by case'],
  ceiling: ['个人负担封顶', "a ceiling on the patient's share"],
}

/** What a table is for in a plan or in a layer. */
export const PART_WORDS: Readonly<Record<PartName, Words>> = {
  participation: ['纳入统筹', 'participation'],
  year: ['待遇年度', 'benefit year'],
  gradeChange: ['档次变更', 'change of the tier'],
  waiting: ['等待期', 'waiting'],
  entitlement: ['待遇资格', 'entitlement'],
  settlement: ['结算方式', 'way of settling'],
  areaCase: ['就医地情形', 'area case'],
  derived: ['归类', 'derived fact'],
  penalty: ['未按规定就医', 'care without approval'],
  readings: ['百分数的解读', 'readings'],
  transfer: ['转院', 'transfer'],
  lines: ['项目支付规定', 'rules on items'],
  areaSelfPay: ['就医地先行自付', 'first self-pay for the place of care'],
  sum: ['参照基数', 'reference sum'],
  applies: ['适用条件', 'where it applies'],
  deductible: ['起付线', 'deductible'],
  yearlyLimit: ['起付线年度上限', 'yearly limit of deductibles'],
  owed: ['个人定额自付', 'sum that the patient owes'],
  standard: ['定额标准', 'standard sum'],
  rate: ['支付比例', 'rate'],
  ceiling: ['个人负担比例', "the patient's share at most"],
  floor: ['保底', 'floor'],
  cap: ['封顶线', 'cap'],
  visits: ['次数上限', 'number of visits'],
  band: ['费用区间', 'band'],
  factorStep: ['系数调整', 'adjustment by a factor'],
  amountStep: ['金额调整', 'adjustment by an amount'],
  rateFactorStep: ['比例按系数调整', 'rate adjusted by a factor'],
  ratePointsStep: ['比例按百分点调整', 'rate adjusted by points'],
  account: ['账户支付范围', 'what the account may pay'],
  accountCredit: ['个人账户划入', 'monthly credit of the account'],
  creditSum: ['划入参照基数', 'reference sum of a credit'],
  creditFact: ['划入归类', 'derived fact of a credit'],
  creditFactByDisease: ['划入归类（按病种）', 'derived fact of a credit, by disease'],
  clearing: ['清算', 'clearing'],
  accountCredit: ['个人账户划入', 'monthly credit of the account'],
  creditSum: ['划入参照基数', 'reference sum of the credit'],
  creditFact: ['划入归类', 'derived fact of the credit'],
  creditFactByDisease: ['划入按病种归类', 'derived fact of the credit, over diseases'],
}
