import type { AnswerSettings } from './answer.ts'
import type { GatewaySettings } from './gateway/gateway.ts'
import type { BodyKeys } from './gateway/sealed-body.ts'

/** How the clients of one institution call the interface, and how they are answered. */
export interface InstitutionSettings {
  readonly infcode: AnswerSettings['infcode']
  /** How calls are signed. Whoever signs as the institution is the institution, without a key. */
  readonly gateway: GatewaySettings
  /** Inputs are encrypted, and so are the answers to such inputs, unless they are to be `plain`. */
  readonly body?: BodyKeys & { readonly answers?: 'plain' }
}

/** Plain data, to be sent to every thread that serves; it holds secrets and is never printed. */
export interface InterfaceSettings {
  /** Of whoever has no entry. */
  readonly default: InstitutionSettings
  readonly institutions: Readonly<Record<string, InstitutionSettings>>
}

/** Where nothing is set: the key says who calls. */
export const UNSIGNED: InterfaceSettings = {
  default: { infcode: 'number', gateway: { family: 'none' } },
  institutions: {},
}

export function settingsOf(
  { default: usual, institutions }: InterfaceSettings,
  institution: string | undefined,
): InstitutionSettings {
  return institution !== undefined && Object.hasOwn(institutions, institution)
    ? institutions[institution]!
    : usual
}
