import { generateSecret, generateURI, verifySync } from 'otplib'

/** 160 bits, as RFC 4226 asks for. */
const SECRET_BYTES = 20
/** RFC 6238: a code for each half minute, and as much as clocks may differ. */
const STEP_SECONDS = 30
const DRIFT_SECONDS = STEP_SECONDS
const ISSUER = 'Yizhan'

/** A secret for an authenticator, in base32. */
export function newCodeSecret(): string {
  return generateSecret({ length: SECRET_BYTES })
}

/** What an authenticator is set up with, as the code to be scanned holds it. */
export function codeUri(name: string, secret: string): string {
  return generateURI({ issuer: ISSUER, label: name, secret })
}

/**
 * The time step that a code of six digits belongs to, by the secret: this one, the one before or the
 * one after; nothing when it belongs to none. `now` in ms since 1970.
 */
export function codeStep(secret: string, code: string, now: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined
  const verdict = verifySync({
    secret,
    token: code,
    epoch: Math.floor(now / 1000),
    epochTolerance: DRIFT_SECONDS,
  })
  return verdict.valid && 'timeStep' in verdict ? verdict.timeStep : undefined
}
