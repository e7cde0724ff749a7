/**
 * Text of ours without what may have come from a message: numbers as long as those of persons, words
 * that are not in the language of the code, and what names a disease in an accumulator.
 */
export function impersonal(text: string): string {
  return text.replace(NUMBERS, '#').replace(WORDS, '*').replace(DISEASES, '@*')
}

/**
 * A pointer (RFC 6901) into what somebody sent, by names of fields and places in lists. Whoever sends
 * a number, a code or words as the name of a field is not told it again: `*` stands in its place.
 */
export function impersonalPointer(pointer: string): string {
  return pointer
    .split('/')
    .map((step) => (PLACE.test(step) || FIELD.test(step.replace(/~[01]/g, '')) ? step : '*'))
    .join('/')
}

const PLACE = /^\d{1,6}$/
/** Identity numbers, cards and codes of diseases have digits. */
const FIELD = /^[\x20-\x2f\x3a-\x7e]{0,64}$/

/** Identity numbers have 15 digits or 18, the last of which may be X; tokens have more. */
const NUMBERS = /\d{14,}[\dXx]/g
const WORDS = /[^\p{ASCII}]+/gu
const DISEASES = /@[^\s/]+(?=\s|$)/g
