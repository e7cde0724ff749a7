import { AMOUNT_WORDS } from './amounts.ts'
import { COLUMN_WORDS } from './columns.ts'
import { FACT_WORDS } from './facts.ts'
import { type Language, say, type Words } from './words.ts'

/** What the steps that compute something write down, beside facts, columns and sums. */
const NOTE_WORDS: Readonly<Record<string, Words>> = {
  ...AMOUNT_WORDS,
  lines: ['明细行数', 'lines'],
  registered: ['登记的档次', 'tier registered'],
  changes: ['变更次数', 'changes'],
  waitsUntil: ['等待至', 'waits until'],
  grade: ['生效档次', 'tier in force'],
  registeredOn: ['参保登记日', 'registered on'],
  beginsOn: ['待遇起始日', 'benefits begin on'],
  benefitYear: ['待遇年度', 'benefit year'],
  until: ['截至', 'until'],
  baseFen: ['计算基数', 'base'],
  ratePermyriad: ['支付比例', 'rate'],
  payFen: ['支付金额', 'paid'],
  reason: ['原因', 'reason'],
  raisedFen: ['起付线标准', 'deductible before'],
  borneFen: ['本期已承担', 'borne before in that time'],
  limitFen: ['年度上限剩余', 'left of the yearly limit'],
  transfer: ['转院后起付线', 'deductible after a transfer'],
  transferFen: ['转院前已承担', 'borne before the transfer'],
  standardFen: ['原标准', 'standard'],
  increasePermyriad: ['提高幅度', 'raised by'],
  decreasePermyriad: ['下降幅度', 'lowered by'],
  reading: ['百分数的解读', 'reading of the percentage'],
  cap: ['限额名称', 'cap'],
  capFen: ['限额', 'cap'],
  usedFen: ['已使用', 'used before'],
  leftFen: ['剩余', 'left'],
  capVisits: ['次数上限', 'visits paid for'],
  usedVisits: ['已使用次数', 'visits used'],
  leftVisits: ['剩余次数', 'visits left'],
  before: ['调整前', 'before'],
  amountFen: ['金额', 'amount'],
  wholeFen: ['全部基数', 'whole base'],
  startFen: ['年度内起点', 'starts at'],
  fromFen: ['区间下限', 'from'],
  toFen: ['区间上限', 'up to'],
  ofFen: ['计算基数', 'share of'],
  heldFen: ['个人尚负担', 'borne by the patient so far'],
  bearableFen: ['个人最多负担', 'the patient bears at most'],
  aboveFen: ['超出部分', 'above that'],
  owedFen: ['个人应负担', 'owed by the patient'],
  sumFen: ['个人定额自付', 'the sum'],
  sharePayFen: ['按比例应支付', 'the share would pay'],
  whose: ['账户', 'account'],
  payableFen: ['可付金额', 'may be paid'],
  balanceFen: ['账户余额', 'balance'],
}

type Names = Readonly<Record<string, Words>>

/** The words for a member of a computed step, which may also be a column or a fact. */
export function noteWords(name: string): Words | undefined {
  return own(NOTE_WORDS, name) ?? own(COLUMN_WORDS, name) ?? own(FACT_WORDS, name)
}

export function noteLabel(name: string, language: Language): string {
  return labelled(noteWords(name), name, language)
}

/** A fact; one of the pack's own is shown under the pack's name for it. */
export function factLabel(name: string, language: Language): string {
  return labelled(own(FACT_WORDS, name), name, language)
}

export function columnLabel(name: string, language: Language): string {
  return labelled(own(COLUMN_WORDS, name), name, language)
}

function labelled(words: Words | undefined, name: string, language: Language): string {
  return words === undefined ? name : say(words, language)
}

function own(names: Names, name: string): Words | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined
}
