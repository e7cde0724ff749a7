import { daysLater } from '../../engine/calendar/civil-days.ts'
import type { CareType } from '../../engine/claim/claim.ts'
import type { Stretch } from '../../engine/policy/coverage.ts'
import type { LayerSource, PackSource, Standing } from '../../engine/policy/pack.ts'
import { codeText } from '../words/codes.ts'
import type { Language } from '../words/words.ts'

/** How `rules coverage` speaks in one language. */
export interface CoverageWords {
  readonly comma: string
  readonly semicolon: string
  readonly colon: string
  readonly columns: readonly string[]
  /** Before the layers beside the basic ones. */
  readonly also: string
  readonly verified: string
  readonly leftOut: string
  readonly documents: string
  readonly refused: string
  readonly paysNothing: string
  readonly whollyAssumed: string
  readonly notJoined: string
  readonly everyDistrict: string
  readonly standing: Readonly<Record<Standing, string>>
  city(pack: PackSource): string
  scheme(code: string): string
  careType(code: CareType): string
  layer(layer: LayerSource): string
  /** In a list of many. */
  shortLayer(layer: LayerSource): string
  rows(count: number): string
  stretch(stretch: Stretch): string
  allDistricts(count: number): string
  districts(names: readonly string[], all: number): string
  pooled(who: string, when: string): string
}

/** The last day of a stretch, and not the first after it, is what a reader of Chinese expects. */
const dayBefore = (date: string) => daysLater(date, -1)

export const COVERAGE_WORDS: Readonly<Record<Language, CoverageWords>> = {
  en: {
    comma: ', ',
    semicolon: '; ',
    colon: ': ',
    columns: ['city', 'schemes and care', 'dates of care', 'rows', 'verified against', 'left out'],
    also: 'also ',
    verified: 'verified against',
    leftOut: 'left out',
    documents: 'documents',
    refused: 'no plan, so refused',
    paysNothing: 'pays nothing',
    whollyAssumed: 'every figure assumed',
    notJoined: 'not in the pool',
    everyDistrict: 'all districts',
    standing: { seed: 'seed', published: 'published', assumed: 'assumed' },
    city: ({ id, title }) => `${id[0]!.toUpperCase()}${id.slice(1).replaceAll('-', ' ')} ${title}`,
    scheme: (code) => codeText('scheme', code, 'en'),
    careType: (code) => codeText('careType', code, 'en'),
    layer: ({ id, title }) => `${id.replaceAll('-', ' ')} (${title})`,
    shortLayer: ({ id }) => id.replaceAll('-', ' '),
    rows: (count) => `${count} ${count === 1 ? 'row' : 'rows'}`,
    stretch: ({ from, until }) => `${from} until ${until}`,
    allDistricts: (count) => `all ${count} districts, throughout`,
    districts: (names, all) =>
      names.length * 2 > all
        ? `the other ${names.length} of ${all} districts`
        : `${names.join(', ')} (${names.length} of ${all} districts)`,
    pooled: (who, when) => `${who} in the pool ${when}`,
  },
  zh: {
    comma: '、',
    semicolon: '；',
    colon: '：',
    columns: ['统筹区', '险种和就医类别', '就医日期', '行数和来历', '核对依据', '未列入和暂定'],
    also: '另有',
    verified: '核对依据',
    leftOut: '未列入和暂定',
    documents: '文件',
    refused: '未列入，窗口拒绝',
    paysNothing: '不予支付',
    whollyAssumed: '数值均为暂定',
    notJoined: '未纳入统筹',
    everyDistrict: '全部区县',
    standing: { seed: '依给定文件', published: '依公开网页', assumed: '暂定' },
    city: ({ title }) => title,
    scheme: (code) => codeText('scheme', code, 'zh'),
    careType: (code) => codeText('careType', code, 'zh'),
    layer: ({ title }) => title,
    shortLayer: ({ title }) => title,
    rows: (count) => `共 ${count} 行`,
    stretch: ({ from, until }) => `${from} 至 ${dayBefore(until)}`,
    allDistricts: (count) => `全部 ${count} 个区县，始终`,
    districts: (names, all) =>
      names.length * 2 > all
        ? `其余 ${names.length} 个区县`
        : `${names.join('、')}（${all} 个区县中 ${names.length} 个）`,
    pooled: (who, when) => `${who}，${when}纳入统筹`,
  },
}
