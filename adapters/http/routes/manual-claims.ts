import type { Claim } from '../../../engine/claim/claim.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import type { CounterPorts } from '../../../engine/counter/ports.ts'
import { settle } from '../../../engine/counter/settle.ts'
import type { App } from '../app-types.ts'
import { claimHash } from '../canonical.ts'
import { bookings } from '../responses.ts'
import { DecisionBody, ManualClaimBody } from '../schemas.ts'
import { sendBooked } from '../send.ts'
import { sawRefused } from '../shown.ts'

/** 零星（手工）报销: bills that were paid in full elsewhere, claimed at the home agency. */
export function manualClaimRoutes(app: App, ports: CounterPorts): void {
  app.post(
    '/v1/manual-claims',
    {
      config: { roles: ['agency'], counter: true, shows: 'booking', large: true },
      schema: {
        summary: '手工报销: compute and book a bill that was paid elsewhere',
        body: ManualClaimBody,
        response: bookings(DecisionBody),
      },
    },
    async (request, reply) => {
      const { requestId } = request.body
      const { requester } = request
      const claim = toClaim(request.body, requester.id)
      const booked = await settle(ports, {
        requester,
        requestId,
        requestHash: claimHash(claim, 'manual-claim', requestId),
        claim,
        claimHash: '',
      })
      if (isRefusal(booked)) await sawRefused(ports, request, claim.personId, booked)
      return sendBooked(request, reply, booked)
    },
  )
}

/** The agency stands in the institution's place: it answers for the claim. */
function toClaim(body: ManualClaimBody, agency: string): Claim {
  const {
    requestId: _,
    hospitalName,
    hospitalDistrict,
    hospitalKind,
    hospitalLevel,
    hospitalDesignated,
    invoiceNumber,
    ...bill
  } = body
  const manual = {
    hospitalName,
    district: hospitalDistrict,
    kind: hospitalKind ?? 'hospital',
    level: hospitalLevel,
    designated: hospitalDesignated,
    invoiceNumber,
  }
  return { ...bill, institutionId: agency, manual } as unknown as Claim
}
