import { type Language, say, type Words } from '../../words/words.ts'

/** What the rulebook itself says; the names of things are the glossary's. */
const TEXTS = {
  book: ['医保政策手册', 'Rulebook'],
  cities: ['统筹区', 'Cities'],
  city: ['统筹区', 'City'],
  dates: ['就医日期', 'Dates of care'],
  rows: ['规则行数', 'Rows'],
  version: ['版本', 'Version'],
  contents: ['目录', 'Contents'],
  verified: ['核对依据', 'Verified against'],
  leftOut: ['未列入和暂定', 'Left out and assumed'],
  assumedNotice: [
    '标“假定”的数值没有找到依据，不是该市的规定。',
    'What is marked as assumed rests on no source that was found: it is not the city’s rule.',
  ],
  whollyAssumed: ['以下日期的数值均为假定', 'Every figure is assumed'],
  refused: ['未列入，窗口拒绝', 'Without a plan, and so refused'],
  plans: ['各类就医', 'Care'],
  conditions: ['前提和条件', 'Before anything is paid'],
  unsaid: ['未作规定、适用通常含义', 'Not said, so that the usual meaning applies'],
  layers: ['依次支付', 'Who pays, in order'],
  paidBy: ['支付方', 'Paid by'],
  outOf: ['计算基数', 'Out of'],
  baskets: ['费用归集', 'Baskets'],
  per: ['周期', 'per'],
  penalised: ['未按规定就医时另行调整', 'changed for care without approval'],
  segments: ['分段', 'by segments'],
  ofYear: ['按年度累计', 'of the year'],
  ofStay: ['按每次', 'of the claim'],
  withDeductible: ['含起付线', 'counted with the deductible'],
  aboveDeductible: ['起付线以上起算', 'counted above the deductible'],
  ofWhat: ['基数', 'of'],
  capOn: ['限于', 'on'],
  onPayment: ['支付额', 'payment'],
  onEligible: ['起付线以上费用', 'the cost above the deductible'],
  onBase: ['费用', 'the cost'],
  onVisits: ['次数', 'visits'],
  onAllFunds: ['各项基金合计支付', 'what all funds pay on the bill'],
  institution: ['医疗机构', 'the institution'],
  paidBefore: ['此前各层支付额', 'what was paid before by'],
  together: ['合并计算', 'together with'],
  steps: ['再调整', 'then'],
  choices: ['方案中的选择', 'What was chosen here'],
  example: ['算例', 'Worked example'],
  fromCase: ['取自符合性算例', 'From the conformance case'],
  source: ['算例来源', 'Its source'],
  bill: ['账单', 'The bill'],
  funds: ['各项基金怎样支付', 'How each fund came to what it pays'],
  everyStep: ['逐步计算', 'Every step'],
  result: ['结果', 'The result'],
  noExample: ['没有取用本方案的算例。', 'No conformance case settles this care in this pack.'],
  tables: ['政策表', 'Tables'],
  readBy: ['用于', 'Read as'],
  firstOfMonth: ['当月1日', 'first of the month'],
  byDate: ['按{}取值', 'picked by the {}'],
  all: ['全部', 'all'],
  row: ['行', 'Row'],
  assumed: ['假定', 'assumed'],
  for: ['第 {} 行', 'Row {}'],
  noText: ['条款原文未收录。', 'The words of the clause are not in the pack.'],
  reading: ['查表示例', 'A look-up'],
  documents: ['文件', 'Documents'],
  note: ['说明', 'Note'],
  made: [
    '由政策包生成；数值以政策包为准。',
    'Made from the packs; what counts are the packs themselves.',
  ],
} as const satisfies Readonly<Record<string, Words>>

export type TextName = keyof typeof TEXTS

export function text(name: TextName, language: Language): string {
  return say(TEXTS[name], language)
}

export function list(parts: readonly string[], language: Language): string {
  return parts.join(language === 'zh' ? '、' : ', ')
}
