import type { Claim } from '../claim/claim.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import type { Pack } from '../policy/compile.ts'
import type { AttributeSource } from '../policy/pack.ts'

type Fault = NonNullable<Refusal['errors']>[number]

/**
 * What is wrong with the attributes of a claim, if anything. One that the pack does not declare is
 * refused and never ignored: the institution thinks that it matters, and the patient would be paid
 * as if it had not been said.
 */
export function attributeFault({ attributes }: Claim, pack: Pack): Refusal | undefined {
  if (attributes === undefined) return undefined
  const declared = new Map(pack.attributes.claim)
  const seen = new Set<string>()
  const errors: Fault[] = []
  for (const [index, { name, value }] of attributes.entries()) {
    const pointer = `/attributes/${index}`
    const values = declared.get(name)
    if (values === undefined) {
      const known = declared.size === 0 ? 'none' : [...declared.keys()].join(', ')
      errors.push({ pointer: `${pointer}/name`, code: 'unknown', expected: known })
    } else if (seen.has(name)) {
      errors.push({ pointer: `${pointer}/name`, code: 'duplicate', expected: 'each name once' })
    } else if (!isOf(values, value)) {
      const expected = values === 'integer' ? 'a whole number from 0' : values.join(', ')
      errors.push({ pointer: `${pointer}/value`, code: 'not-allowed', expected })
    }
    seen.add(name)
  }
  if (errors.length === 0) return undefined
  return refuse(
    'attribute-invalid',
    `A claim may state the attributes that the pack ${pack.id} declares, each once and with a value that it lists.`,
    { errors },
  )
}

function isOf(values: AttributeSource, value: string | number): boolean {
  if (values === 'integer') return Number.isSafeInteger(value) && (value as number) >= 0
  return typeof value === 'string' && values.includes(value)
}
