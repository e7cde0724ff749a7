/**
 * Text of ours without what may have come from a message: numbers as long as those of persons, words
 * that are not in the language of the code, and what names a disease in an accumulator.
 */
export function impersonal(text: string): string {
  return text.replace(NUMBERS, '#').replace(WORDS, '*').replace(DISEASES, '@*')
}

/** Identity numbers have 15 digits or 18, the last of which may be X; tokens have more. */
const NUMBERS = /\d{14,}[\dXx]/g
const WORDS = /[^\p{ASCII}]+/gu
const DISEASES = /@[^\s/]+(?=\s|$)/g
