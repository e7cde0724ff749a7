import { isRefusal, OUTCOMES, type Refusal } from '../../engine/claim/outcomes.ts'
import type { Requester } from '../../engine/counter/ports.ts'
import type { Nonces } from '../access/seen-nonces.ts'
import type { RequestEnvelope } from './envelope.ts'
import { checkSignature } from './gateway/gateway.ts'
import { openBody } from './gateway/sealed-body.ts'
import type { Headers } from './gateway/signatures.ts'
import type { SignaturePart, Verdict } from './gateway/verdict.ts'
import type { InstitutionSettings } from './settings.ts'
import { type Declined, decline } from './transactions/call.ts'

/** A request as far as it says who sends it. */
export interface Sender {
  readonly bytes: Buffer
  /** By their names in lower case. */
  readonly headers: Headers
  /**
   * Who calls for this institution: `unknown` without a credential for it, `forbidden` with a wrong one,
   * and why with one that is no longer good.
   */
  identify(institution: string): Promise<Requester | Refusal | 'unknown' | 'forbidden'>
}

/**
 * Who calls, if it is the institution of the message: by the signature of its gateway, where it has
 * one, or else by the key. `unknown` where nobody says who calls.
 */
export async function callerOf(
  envelope: RequestEnvelope,
  { bytes, headers, identify }: Sender,
  settings: InstitutionSettings,
  { nonces, now }: { readonly nonces: Nonces; readonly now: number },
): Promise<Requester | Declined | 'unknown'> {
  const { institution, infno, sent } = envelope
  if (settings.gateway.family !== 'none') {
    const call = {
      institutionId: institution,
      infno,
      headers,
      body: bytes,
      envelope: sent,
      at: now,
    }
    const verdict = await checkSignature(settings.gateway, call, nonces)
    return verdict.accepted ? { role: 'institution', id: institution } : unsigned(verdict)
  }
  const requester = await identify(institution)
  if (requester === 'unknown') return requester
  if (requester === 'forbidden') return decline('unauthorized', OUTCOMES.unauthorized.message)
  if (isRefusal(requester)) {
    const { refused } = requester
    return decline(refused, OUTCOMES[refused].message)
  }
  if (requester.role === 'institution' && requester.id === institution) return requester
  const sentence = '定点医药机构编号（fixmedins_code）与接入凭证的机构不一致'
  return decline('institution-mismatch', sentence)
}

/** The text of an input that came encrypted; nothing where inputs are sent as they are. */
export function openedInput(
  { input, signature }: RequestEnvelope,
  { body }: InstitutionSettings,
): string | Declined | undefined {
  if (body === undefined) return undefined
  // Otherwise whoever leaves the signature out would be taken at their word.
  if (typeof input !== 'string') {
    const sentence = '该机构的交易输入（input）须以SM4加密并以SM2签名（cainfo）'
    return decline('signature-invalid', sentence)
  }
  const opened = openBody(body, { input, cainfo: signature ?? '' })
  return opened.accepted ? opened.json : unsigned(opened)
}

const PARTS: Readonly<Record<SignaturePart, string>> = {
  header: '请求头',
  key: '访问标识',
  timestamp: '时间戳',
  nonce: '随机数',
  'api-name': '接口名称',
  signature: '签名',
  encryption: '加密',
}

function unsigned({ part, message }: Extract<Verdict, { accepted: false }>): Declined {
  return decline('signature-invalid', `接口签名校验未通过（${PARTS[part]}）：${message}`)
}
