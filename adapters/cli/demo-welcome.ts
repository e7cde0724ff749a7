import { DEMO_CLAIM, DEMO_CLAIM_IN_WORDS } from '../../fixtures/demo.ts'

/**
 * What somebody who has just started the demo needs: the address, a key and one call that works; and
 * what the last engine left behind.
 */
export function printWelcome(address: string, findings: readonly string[]): void {
  const { institutionId } = DEMO_CLAIM
  const curl = [
    `curl -s ${address}/v1/quotes`,
    `-H 'authorization: Bearer demo-${institutionId}'`,
    `-H 'content-type: application/json'`,
    `-d '${JSON.stringify(DEMO_CLAIM)}'`,
  ].join(' ')
  process.stdout.write(
    [
      '',
      `Yizhan 一站 serves the demo on ${address}  (API: ${address}/docs)`,
      ...findings.map((finding) => `Found at the start: ${finding}.`),
      `Demo key of the hospital ${institutionId}: demo-${institutionId}`,
      '',
      `Quote ${DEMO_CLAIM_IN_WORDS}:`,
      '',
      curl,
      '',
      '',
    ].join('\n'),
  )
}
