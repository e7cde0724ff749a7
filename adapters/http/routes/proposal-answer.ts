import type { Proposal } from '../../../engine/access/proposals.ts'
import { chinaTime } from '../../../engine/calendar/china-time.ts'
import type { ProposalAnswerBody } from '../policy-schemas.ts'

/** A proposal as it is answered; times in China. */
export function proposalAnswer(proposal: Proposal): ProposalAnswerBody {
  const { id, status, hash, cause, inForce, effectiveAt, note, by, at, assessment } = proposal
  const { approved, ended, inForceSince } = proposal
  return {
    proposalId: id,
    status,
    hash,
    cause,
    packs: inForce.packs.map(({ id: pack, hash }) => ({ pack, hash })),
    catalogues: inForce.catalogues.map(({ id: catalogue, hash }) => ({ catalogue, hash })),
    ...(inForce.calendar === undefined ? {} : { calendar: inForce.calendar }),
    ...(effectiveAt === undefined ? {} : { effectiveAt: chinaTime(effectiveAt) }),
    ...(note === undefined ? {} : { note }),
    proposedBy: by.id,
    proposedAt: chinaTime(at),
    ...(assessment === undefined ? {} : { assessment: assessment as AssessmentAnswer }),
    ...(approved === undefined
      ? {}
      : { approvedBy: approved.by.id, approvedAt: chinaTime(approved.at) }),
    ...(ended === undefined ? {} : { endedBy: ended.by.id, endedAt: chinaTime(ended.at) }),
    ...(ended?.reason === undefined ? {} : { reason: ended.reason }),
    ...(inForceSince === undefined ? {} : { inForceSince: chinaTime(inForceSince) }),
  }
}

/** The same members; the schema's arrays may be written to. */
type AssessmentAnswer = NonNullable<ProposalAnswerBody['assessment']>
