import type { FACTS, FactName, Facts } from './facts.ts'

/** How a fact is read out of all facts. */
export type FactReader = (facts: Facts) => Facts[FactName]

/**
 * A function for each fact, because a member that the code names is found in a fraction of the time
 * that one named by a variable takes, and a decision asks for a hundred.
 */
const READERS: { readonly [Name in keyof typeof FACTS]: FactReader } = {
  scheme: (facts) => facts.scheme,
  careType: (facts) => facts.careType,
  channel: (facts) => facts.channel,
  homeDistrict: (facts) => facts.homeDistrict,
  grade: (facts) => facts.grade,
  employment: (facts) => facts.employment,
  category: (facts) => facts.category,
  categoryAtDischarge: (facts) => facts.categoryAtDischarge,
  employmentAtDischarge: (facts) => facts.employmentAtDischarge,
  sex: (facts) => facts.sex,
  age: (facts) => facts.age,
  entry: (facts) => facts.entry,
  daysToRegister: (facts) => facts.daysToRegister,
  yearsInsured: (facts) => facts.yearsInsured,
  monthsInsured: (facts) => facts.monthsInsured,
  yearsBroken: (facts) => facts.yearsBroken,
  brokenYears: (facts) => facts.brokenYears,
  diseaseCode: (facts) => facts.diseaseCode,
  registeredAs: (facts) => facts.registeredAs,
  chronicDiseases: (facts) => facts.chronicDiseases,
  specialDiseases: (facts) => facts.specialDiseases,
  twoDiseases: (facts) => facts.twoDiseases,
  careGrade: (facts) => facts.careGrade,
  institutionKind: (facts) => facts.institutionKind,
  level: (facts) => facts.level,
  deductibleLevel: (facts) => facts.deductibleLevel,
  designated: (facts) => facts.designated,
  inCity: (facts) => facts.inCity,
  sameProvince: (facts) => facts.sameProvince,
  sameDistrict: (facts) => facts.sameDistrict,
  sameZone: (facts) => facts.sameZone,
  approval: (facts) => facts.approval,
  rescue: (facts) => facts.rescue,
  reportDays: (facts) => facts.reportDays,
  days: (facts) => facts.days,
  careDays: (facts) => facts.careDays,
  transfer: (facts) => facts.transfer,
  daysSinceDischarge: (facts) => facts.daysSinceDischarge,
  sameInstitution: (facts) => facts.sameInstitution,
  sameDiagnosis: (facts) => facts.sameDiagnosis,
  chosenInstitution: (facts) => facts.chosenInstitution,
  areaCase: (facts) => facts.areaCase,
  totalFen: (facts) => facts.totalFen,
  inScopeFen: (facts) => facts.inScopeFen,
  monthOfYear: (facts) => facts.monthOfYear,
  admissionNumber: (facts) => facts.admissionNumber,
  areaCaseNumber: (facts) => facts.areaCaseNumber,
  levelNumber: (facts) => facts.levelNumber,
  institutionNumber: (facts) => facts.institutionNumber,
  itemClass: (facts) => facts.itemClass,
  itemKind: (facts) => facts.itemKind,
  itemGroup: (facts) => facts.itemGroup,
  unitPriceFen: (facts) => facts.unitPriceFen,
  layerBaseFen: (facts) => facts.layerBaseFen,
  amountFen: (facts) => facts.amountFen,
  parameter: (facts) => facts.parameter,
  fromGrade: (facts) => facts.fromGrade,
  toGrade: (facts) => facts.toGrade,
  direction: (facts) => facts.direction,
  condition: (facts) => facts.condition,
}

/** How a table reads the fact that a dimension is about; a pack's own facts go by their name. */
export function factReader(name: FactName): FactReader {
  return Object.hasOwn(READERS, name)
    ? READERS[name as keyof typeof FACTS]
    : (facts) => facts[name]!
}
