import { checkApproval } from '../../engine/registry/check-record.ts'
import type { ApprovalRecord } from '../../engine/registry/records.ts'
import type { Cells, FaultSink } from './cells.ts'
import { type Layout, spanOf } from './layout.ts'

const KINDS = ['agency-consent', 'referral', 'residence', 'emergency-report'] as const

/** One row each. */
export const APPROVALS: Layout<ApprovalRecord> = {
  columns: [
    'approvalId',
    'kind',
    'personId',
    'institutionId',
    'district',
    'registeredOn',
    'rescue',
    'from',
    'until',
  ],
  idColumn: 'approvalId',
  read: readApproval,
}

function readApproval(rows: readonly Cells[], fault: FaultSink): ApprovalRecord | undefined {
  const [cells, second] = rows as [Cells, ...Cells[]]
  if (second !== undefined) return second.fault('approvalId', 'an approval once')
  const approvalId = cells.id('approvalId', 64)
  const kind = cells.needed('kind', cells.oneOf('kind', KINDS))
  const personId = cells.needed('personId', cells.id('personId'))
  const institutionId = cells.id('institutionId')
  const district = cells.district('district')
  const registeredOn = cells.needed('registeredOn', cells.date('registeredOn'))
  const rescue = cells.oneOf('rescue', ['yes', 'no'] as const)
  const span = spanOf(cells)
  if (approvalId === undefined || kind === undefined || personId === undefined) return undefined
  if (registeredOn === undefined || span === undefined) return undefined
  const approval: ApprovalRecord = {
    approvalId,
    version: 0,
    kind,
    personId,
    ...(institutionId === undefined ? {} : { institutionId }),
    ...(district === undefined ? {} : { district }),
    registeredOn,
    ...(rescue === undefined ? {} : { rescue: rescue === 'yes' }),
    ...span,
  }
  for (const { pointer, expected } of checkApproval(approval)) {
    fault({ row: cells.row, column: pointer.slice(1), expected })
  }
  return approval
}
