/**
 * Words that come up in nearly every record, which are packed as their place in this list: a row is
 * a quarter smaller for it, and whatever is kept of a row is sealed, hashed, written and read back.
 * Rows live for ever: words are added at the end, and none is moved or taken out. So the list stands
 * here once more, and is not made of the lists of facts, steps and reasons, which may be put in
 * another order. A word that is not in it is packed as it is.
 */
export const WORDS = [
  'scheme',
  'careType',
  'channel',
  'homeDistrict',
  'grade',
  'employment',
  'category',
  'categoryAtDischarge',
  'employmentAtDischarge',
  'sex',
  'age',
  'entry',
  'daysToRegister',
  'yearsInsured',
  'monthsInsured',
  'yearsBroken',
  'brokenYears',
  'diseaseCode',
  'registeredAs',
  'chronicDiseases',
  'specialDiseases',
  'twoDiseases',
  'careGrade',
  'institutionKind',
  'level',
  'deductibleLevel',
  'designated',
  'inCity',
  'sameProvince',
  'sameDistrict',
  'sameZone',
  'approval',
  'rescue',
  'reportDays',
  'days',
  'careDays',
  'transfer',
  'daysSinceDischarge',
  'sameInstitution',
  'sameDiagnosis',
  'chosenInstitution',
  'areaCase',
  'totalFen',
  'inScopeFen',
  'monthOfYear',
  'admissionNumber',
  'areaCaseNumber',
  'levelNumber',
  'institutionNumber',
  'itemClass',
  'itemKind',
  'itemGroup',
  'unitPriceFen',
  'layerBaseFen',
  'amountFen',
  'parameter',
  'fromGrade',
  'toGrade',
  'direction',
  'condition',
  'derived-fact',
  'grade-change',
  'participation',
  'waiting',
  'benefit-year',
  'entitlement',
  'settlement',
  'area-case',
  'penalty',
  'reading',
  'area-self-pay',
  'line-rule',
  'applies',
  'band',
  'deductible',
  'yearly-limit',
  'standard',
  'owed',
  'rate',
  'floor',
  'cap',
  'sum',
  'times',
  'plus',
  'minus',
  'at-least',
  'at-most',
  'patient-share-times',
  'account',
  'account-credit',
  'clearing',
  'waiting-period',
  'lines',
  'part-of-stay',
  'amount',
  'deductible-penalty',
  'deductible-carried',
  'deductible-left',
  'rate-penalty',
  'cap-left',
  'ceiling',
  'case-owed',
  'layer',
  'account-pays',
  'not-in-force',
  'class-c',
  'own-pay-by-rule',
  'over-price-ceiling',
  'first-self-pay',
  'first-self-pay-by-area',
  'restricted-by-sex',
  'restricted-by-age',
  'restricted-by-level',
  'restricted-by-care-type',
  'restricted-by-scheme',
  'restricted-by-diagnosis',
  'restricted-without-hospital-approval',
  'restricted-by-supply-days',
  'restricted-by-daily-quantity',
  'ownPayFen',
  'overLimitFen',
  'firstSelfPayFen',
  'deductibleFen',
  'payFen',
  'reason',
  'whose',
  'payableFen',
  'balanceFen',
  'capFen',
  'usedFen',
  'leftFen',
  'baseFen',
  'ratePermyriad',
  'raisedFen',
  'borneFen',
  'standardFen',
  'increasePermyriad',
  'before',
  'registered',
  'changes',
  'wholeFen',
  'startFen',
  'fromFen',
  'toFen',
  'ofFen',
  'heldFen',
  'bearableFen',
  'aboveFen',
  'sumFen',
  'owedFen',
  'sharePayFen',
  'benefitYear',
  'until',
] as const

const PLACES: ReadonlyMap<string, number> = new Map(WORDS.map((word, place) => [word, place]))

/** A word as it is packed. */
export function wordOf(text: string): number | string {
  return PLACES.get(text) ?? text
}

/** The word that was packed, also where an earlier layout packed it as it is. */
export function textOf(word: number | string): string {
  if (typeof word === 'string') return word
  const text = WORDS[word]
  if (text === undefined) throw new Error(`a record has the word ${word}, which is not known`)
  return text
}

/** Members and their values in turns. */
export function packMembers<Value>(members: Readonly<Record<string, Value>>): unknown[] {
  const packed: unknown[] = []
  for (const name in members) packed.push(wordOf(name), members[name])
  return packed
}

/** The members; earlier layouts packed them as they are. */
export function unpackMembers<Value>(packed: unknown): Record<string, Value> {
  if (!Array.isArray(packed)) return packed as Record<string, Value>
  const members: Record<string, Value> = {}
  for (let at = 0; at < packed.length; at += 2) members[textOf(packed[at])] = packed[at + 1]
  return members
}
