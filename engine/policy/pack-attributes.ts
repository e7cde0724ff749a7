import type { AttributeSource, PackSource } from './pack.ts'

/** The attributes that a pack declares, whosesoever they are: name → what it may be. */
export function attributesOf({
  attributes: { person, institution, claim } = {},
}: PackSource): Readonly<Record<string, AttributeSource>> {
  return { ...person, ...institution, ...claim }
}
