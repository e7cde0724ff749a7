import type { FACTS } from '../../engine/policy/facts.ts'
import type { PARTS } from '../../engine/policy/parts.ts'
import { CARE_TYPE_WORDS, INSTITUTION_KIND_WORDS } from './amounts.ts'
import { FACT_WORDS } from './facts.ts'
import { FUND_REASON_WORDS } from './steps.ts'
import { type Language, say, type Words } from './words.ts'

/** The codes of a fact whose values the engine lists. */
type FactCodes = {
  [Name in keyof typeof FACTS as (typeof FACTS)[Name]['domain'] extends readonly string[]
    ? Name
    : never]: (typeof FACTS)[Name]['domain'] extends readonly (infer Code extends string)[]
    ? Code
    : never
}

type Columns = {
  [P in keyof typeof PARTS]: (typeof PARTS)[P]['required'] & (typeof PARTS)[P]['optional']
}[keyof typeof PARTS]
type NamesIn<C> = C extends unknown ? keyof C : never
type TypeOf<C, Name> = C extends unknown ? (Name extends keyof C ? C[Name] : never) : never
/** The codes of a result column whose values the engine lists. */
type ColumnCodes = {
  [Name in NamesIn<Columns> as TypeOf<Columns, Name> extends infer Type
    ? Extract<Type, readonly string[]> extends never
      ? never
      : Name
    : never]: Extract<TypeOf<Columns, Name>, readonly string[]>[number]
}

type ListedCodes = FactCodes & ColumnCodes

const EMPLOYMENT: Readonly<Record<ListedCodes['employment'], Words>> = {
  active: ['在职', 'active'],
  retired: ['退休', 'retired'],
  none: ['不适用', 'not applicable'],
}

/** Every code that the engine itself lists, by the fact or the column whose value it is. */
const LISTED: { readonly [Name in keyof ListedCodes]: Readonly<Record<ListedCodes[Name], Words>> } =
  {
    channel: {
      counter: ['定点机构直接结算', 'at the counter'],
      agency: ['经办机构手工报销', 'by hand at the agency'],
    },
    employment: EMPLOYMENT,
    employmentAtDischarge: EMPLOYMENT,
    sex: { female: ['女', 'female'], male: ['男', 'male'] },
    entry: {
      continued: ['连续参保', 'continued'],
      first: ['首次参保', 'first'],
      interrupted: ['中断后续保', 'after an interruption'],
      late: ['逾期参保', 'late'],
      newborn: ['新生儿', 'newborn'],
    },
    registeredAs: {
      none: ['未备案', 'not registered'],
      chronic: ['慢性病', 'chronic'],
      special: ['特殊病', 'special'],
      'two-diseases': ['“两病”', 'one of the two diseases'],
    },
    institutionKind: INSTITUTION_KIND_WORDS,
    approval: {
      none: ['无', 'none'],
      'agency-consent': ['经办机构同意', 'consent of the agency'],
      referral: ['转诊转院', 'referral'],
      residence: ['异地居住备案', 'registered residence'],
      'emergency-report': ['急诊报告', 'emergency report'],
    },
    transfer: {
      none: ['非转院', 'no transfer'],
      upward: ['向上转院', 'upward'],
      same: ['同级转院', 'to the same level'],
      downward: ['向下转院', 'downward'],
    },
    itemClass: { A: ['甲类', 'class A'], B: ['乙类', 'class B'], C: ['丙类', 'class C'] },
    itemKind: {
      drug: ['药品', 'drug'],
      service: ['诊疗服务', 'service'],
      consumable: ['耗材', 'consumable'],
    },
    parameter: { deductible: ['起付线', 'the deductible'], rate: ['支付比例', 'the rate'] },
    direction: { up: ['提档', 'up'], down: ['降档', 'down'] },
    stayAcrossYears: {
      discharge: ['计入出院年度', 'counts in the year of discharge'],
      admission: ['计入入院年度', 'counts in the year of admission'],
      split: ['分年度计算', 'is split between the years'],
    },
    effect: {
      'at-once': ['即时生效', 'at once'],
      'next-month': ['次月生效', 'next month'],
      'next-year': ['次年生效', 'next year'],
      'after-wait': ['等待期满生效', 'after a wait'],
      refused: ['不予变更', 'never'],
    },
    entitlement: {
      entitled: ['可以享受', 'entitled'],
      'disease-not-registered': ['病种未备案', 'the disease is not registered'],
      'not-entitled': ['不享受', 'not entitled'],
      'approval-required': ['须经审批', 'needs an approval'],
    },
    settlement: {
      direct: ['直接结算', 'directly'],
      manual: ['先垫付后手工报销', 'paid first, claimed by hand'],
    },
    deductible: {
      full: ['全额计算', 'in full'],
      difference: ['只补差额', 'only the difference'],
      none: ['不再计算', 'none'],
    },
    treatment: {
      'by-class': ['按目录类别', 'by its class'],
      shared: ['纳入分担', 'shared'],
      'own-pay': ['全自费', 'own-pay'],
    },
    rounding: {
      'half-up': ['四舍五入', 'half up'],
      down: ['舍去', 'down'],
      up: ['进位', 'up'],
    },
    per: {
      stay: ['每次', 'stay'],
      day: ['每日', 'day'],
      month: ['每月', 'month'],
      quarter: ['每季度', 'quarter'],
      'half-year': ['每半年', 'half-year'],
      year: ['每年度', 'year'],
      lifetime: ['终身', 'lifetime'],
      disease: ['每病种每年度', 'disease and year'],
      'disease-month': ['每病种每月', 'disease and month'],
      'disease-quarter': ['每病种每季度', 'disease and quarter'],
      'disease-half-year': ['每病种每半年', 'disease and half-year'],
      'disease-lifetime': ['每病种终身', 'disease, for life'],
    },
  }

const CATEGORIES: Readonly<Record<string, Words>> = {
  none: ['无特殊类别', 'none'],
  destitute: ['特困人员', 'destitute'],
  'low-income': ['低保对象', 'on subsistence allowance'],
  'returned-to-poverty': ['返贫致贫人口', 'returned to poverty'],
  monitored: ['防止返贫监测对象', 'monitored against poverty'],
  'low-income-margin': ['低保边缘家庭成员', 'at the margin of subsistence'],
  'impoverished-by-illness': ['因病致贫重病患者', 'impoverished by illness'],
  'severely-disabled': ['重度残疾人', 'severely disabled'],
  'registered-poor': ['建档立卡贫困人口', 'registered poor'],
  orphan: ['孤儿', 'orphan'],
  'disabled-low-income': ['低收入残疾人', 'disabled with a low income'],
  student: ['学生', 'student'],
}

/**
 * Codes that packs choose, as far as the field has words for them; any other is shown as the pack
 * wrote it.
 */
const CHOSEN: Readonly<Record<string, Readonly<Record<string, Words>>>> = {
  careType: CARE_TYPE_WORDS,
  scheme: {
    employee: ['职工基本医疗保险', "employees' basic medical insurance"],
    resident: ['城乡居民基本医疗保险', "residents' basic medical insurance"],
    'migrant-worker': ['农民工大病医疗保险', 'serious-illness insurance of migrant workers'],
  },
  fund: {
    'employee-pool': ['职工医保统筹基金', "employees' pooled fund"],
    'resident-pool': ['居民医保统筹基金', "residents' pooled fund"],
    'basic-pool': ['基本医保统筹基金', 'pooled fund'],
    'employee-large-sum': ['职工大额医疗补助', "employees' large-sum mutual aid"],
    'resident-large-sum': ['居民大额补充保险', "residents' large-sum insurance"],
    'large-sum': ['大额医疗补助', 'large-sum mutual aid'],
    'serious-illness': ['大病保险', 'serious-illness insurance'],
    supplementary: ['补充医疗保险', 'supplementary insurance'],
    enterprise: ['企业补充医疗保险', 'enterprise top-up'],
    'civil-servant': ['公务员医疗补助', "civil servants' top-up"],
    'medical-aid': ['医疗救助', 'medical aid'],
    'tilt-aid': ['倾斜救助', 'tilt aid'],
    'long-term-care': ['长期护理保险', 'long-term care insurance'],
    other: ['其他基金', 'another fund'],
  },
  category: CATEGORIES,
  categoryAtDischarge: CATEGORIES,
  areaCase: {
    none: ['不区分', 'none'],
    home: ['参保区县内', 'in the home district'],
    'free-in-city': ['市内自由选择', 'free choice in the city'],
    zone: ['同一就医片区', 'in the zone of the home district'],
    consented: ['经办机构同意', 'with consent'],
    'without-consent': ['未经同意', 'without consent'],
    referred: ['经转诊', 'referred'],
    'not-referred': ['未经转诊', 'not referred'],
    residence: ['异地居住备案', 'registered residence'],
    emergency: ['急诊', 'emergency'],
    'outside-without-consent': ['市外未经同意', 'outside the city without consent'],
    outside: ['市外', 'outside the city'],
    'in-city': ['市内', 'in the city'],
    'in-province-referred': ['省内经转诊', 'in the province, referred'],
    'in-province-unreferred': ['省内未经转诊', 'in the province, not referred'],
    'out-of-province-referred': ['省外经转诊', 'outside the province, referred'],
    'out-of-province-unreferred': ['省外未经转诊', 'outside the province, not referred'],
    registered: ['已备案', 'registered'],
    unregistered: ['未备案', 'not registered'],
    'out-of-town': ['市外', 'out of town'],
  },
  itemGroup: { none: ['未分组', 'none'] },
  diseaseCode: { none: ['无', 'none'] },
  condition: { none: ['未注明', 'none'] },
  reading: {
    relative: ['按相对比例', 'relative'],
    points: ['按百分点', 'percentage points'],
    'points-of-base': ['按计算基数的百分点', 'points of the base'],
  },
  basket: { base: ['基本归集', 'base'] },
  bearer: {
    'home-district': ['参保地', 'home district'],
    city: ['全市统筹基金', 'the city'],
  },
  payer: {
    'home-district': ['参保地经办机构', 'agency of the home district'],
    'home-district-agency': ['参保地经办机构', 'agency of the home district'],
    'care-district-agency': ['就医地经办机构', 'agency of the care district'],
    'city-agency': ['市级经办机构', 'agency of the city'],
  },
  clearingType: {
    ordinary: ['一般清算', 'ordinary'],
    'in-district': ['区县内清算', 'in the district'],
    'cross-district': ['跨区县清算', 'between districts'],
    'outside-city': ['异地清算', 'outside the city'],
    manual: ['手工报销', 'by hand'],
  },
  way: {
    direct: ['直接清算', 'direct'],
    'by-hand': ['手工清算', 'by hand'],
  },
  of: {
    none: ['无', 'none'],
    total: ['医疗费总额', 'the total of the bill'],
    'in-scope': ['符合政策范围金额', 'the in-scope amount'],
    'above-deductible': ['扣除起付线后的政策范围金额', 'the in-scope amount above the deductible'],
    base: ['本项计算基数', 'the base of the layer'],
  },
  per: { visit: ['每次就诊', 'visit'] },
  unit: { ...FACT_WORDS, none: ['无', 'none'] },
  whose: { own: ['本人账户', 'own account'], shared: ['共济账户', 'shared account'] },
}

/** Codes that the engine itself gives as the result of a step. */
const GIVEN: Readonly<Record<string, Readonly<Record<string, Words>>>> = {
  reason: FUND_REASON_WORDS,
}

/** The words for a code; `name` is the fact, column or member whose value it is. */
export function codeWords(name: string, code: string): Words | undefined {
  return own(own(LISTED, name), code) ?? own(own(CHOSEN, name), code) ?? own(own(GIVEN, name), code)
}

/** A code in words, or as it is where there are none. */
export function codeText(name: string, code: string, language: Language): string {
  const words = codeWords(name, code)
  return words === undefined ? code : say(words, language)
}

/** A member that is its own: a pack may well call something `constructor`. */
function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined
}
