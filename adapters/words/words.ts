/** The languages that people read settlements and rules in. */
export const LANGUAGES = ['zh', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/** One meaning in every language: a missing one does not compile, an empty one fails a test. */
export type Words = readonly [zh: string, en: string]

export function say([zh, en]: Words, language: Language): string {
  return language === 'zh' ? zh : en
}
