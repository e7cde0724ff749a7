import { CREDENTIAL_KINDS, type CredentialKind } from '../../engine/counter/registry.ts'
import { isIdentityNumber } from '../../engine/registry/identity-number.ts'
import type { Cells } from './cells.ts'
import type { Layout } from './layout.ts'

/** The longest value that a message may show. */
const VALUE_MAX = 256
const PRINTED = /^[!-~]+$/

/** What a person shows at the counter, in the place of all that they showed before. */
export interface PersonCredentials {
  readonly personId: string
  readonly shown: readonly ShownCredential[]
}

interface ShownCredential {
  readonly kind: CredentialKind
  readonly value: string
  readonly row: number
}

/** One row per credential; a person of one row without any has none from then on. */
export const CREDENTIALS: Layout<PersonCredentials> = {
  columns: ['personId', 'kind', 'value'],
  idColumn: 'personId',
  read: readCredentials,
}

function readCredentials(rows: readonly Cells[]): PersonCredentials | undefined {
  const [first] = rows as [Cells, ...Cells[]]
  const personId = first.id('personId')
  if (personId === undefined) return undefined
  const isNone = rows.length === 1 && first.raw('kind') === '' && first.raw('value') === ''
  if (isNone) return { personId, shown: [] }
  const shown = rows.map(readCredential).filter((one) => one !== undefined)
  return { personId, shown }
}

function readCredential(cells: Cells): ShownCredential | undefined {
  const kind = cells.needed('kind', cells.oneOf('kind', CREDENTIAL_KINDS))
  const value = cells.needed('value', cells.text('value', VALUE_MAX))
  if (kind === undefined || value === undefined) return undefined
  const { row } = cells
  if (kind !== 'id-card') {
    if (PRINTED.test(value)) return { kind, value, row }
    return cells.fault('value', 'letters, digits and signs of ASCII without blanks')
  }
  const number = value.toUpperCase()
  if (isIdentityNumber(number)) return { kind, value: number, row }
  return cells.fault('value', '17 digits and the check character of GB 11643 (0 to 9 or X)')
}
