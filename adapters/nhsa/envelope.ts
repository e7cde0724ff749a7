import { isTreeObject, readBody, type Tree, type TreeObject } from './body.ts'
import { ANY_CODES } from './dictionaries.ts'
import { Faults } from './faults.ts'
import { readRow } from './read-node.ts'
import { type Refusal, refusalOfBody } from './refusals.ts'
import type { Row } from './row.ts'
import {
  ENVELOPE,
  findTransaction,
  otherTransaction,
  type TransactionSpec,
  transactionNumber,
} from './spec/spec.ts'

/** A request as it arrived, with its input still as it was sent. */
export interface RequestEnvelope {
  /** As sent, suffix and all: what a later reversal names it by. */
  readonly infno: string
  /** The transaction without the suffix, such as 2207. */
  readonly base: string
  readonly suffix: string
  readonly transaction: TransactionSpec
  /** Of any form. Senders often make a new one when they send again. */
  readonly messageId: string
  /** `fixmedins_code`. */
  readonly institution: string
  /** Place of care and place of insurance, six digits each; the second is empty for local care. */
  readonly careRegion: string | undefined
  readonly insuranceRegion: string | undefined
  readonly operator: OperatorOfRequest
  readonly signInNumber: string | undefined
  /** When the sender says that it sent, as it wrote it; it may be days off. */
  readonly sentAt: string | undefined
  readonly signature: string | undefined
  readonly signatureType: string | undefined
  readonly encryption: string | undefined
  /** All fields that the envelope knows by spec; `extras` are those that it does not. */
  readonly fields: Row
  /** The same by the names that the sender gave them, numbers as text. */
  readonly sent: TreeObject
  /** The nodes; or a text that is not JSON, which may be encrypted. */
  readonly input: TreeObject | string
}

export interface OperatorOfRequest {
  readonly id: string | undefined
  readonly name: string | undefined
  /** 1 a person, 2 a terminal, 3 a mobile device. */
  readonly kind: string | undefined
}

/** A refusal, and who asked as far as that could be read: its clients expect answers of one form. */
export interface Refused {
  readonly ok: false
  readonly refusal: Refusal
  readonly institution?: string
}

export type ReadEnvelope = { readonly ok: true; readonly envelope: RequestEnvelope } | Refused

/** Reads the bytes of a request up to its `input`; whatever they are, nothing is thrown. */
export function readEnvelope(bytes: Buffer): ReadEnvelope {
  const body = readBody(bytes)
  if (!body.ok) return refused(refusalOfBody(body, ''))
  if (!isTreeObject(body.value)) return refused({ kind: 'not-an-object' })

  const { input: sent, rest } = withoutInput(body.value)
  const faults = new Faults()
  // No dictionary of a city rules the envelope.
  const context = { spec: ENVELOPE, siblings: [], codes: ANY_CODES, faults, number: undefined }
  const fields = readRow(context, rest)
  const institution = fields.text('fixmedins_code')
  const refuse = (refusal: Refusal) => refused(refusal, institution)

  const infno = fields.text('infno')
  if (infno === undefined) return refuse({ kind: 'incomplete-envelope', faults })
  const number = transactionNumber(infno)
  const transaction = number && findTransaction(number)
  if (number === undefined || transaction === undefined) {
    const name = number && otherTransaction(number)
    if (name !== undefined) return refuse({ kind: 'not-done-here', infno, name })
    return refuse({ kind: 'unknown-transaction', infno })
  }
  if (faults.count > 0) return refuse({ kind: 'incomplete-envelope', faults })
  const input = inputOf(sent)
  if (!input.ok) return refuse(input.refusal)
  return envelopeOf(fields, rest, { infno, transaction, ...number }, input.input)
}

type Numbered = Pick<RequestEnvelope, 'infno' | 'base' | 'suffix' | 'transaction'>

function envelopeOf(
  fields: Row,
  sent: TreeObject,
  numbered: Numbered,
  input: TreeObject | string,
): ReadEnvelope {
  const envelope: RequestEnvelope = {
    messageId: fields.text('msgid')!,
    institution: fields.text('fixmedins_code')!,
    careRegion: fields.text('mdtrtarea_admvs'),
    insuranceRegion: fields.text('insuplc_admdvs'),
    operator: {
      id: fields.text('opter'),
      name: fields.text('opter_name'),
      kind: fields.text('opter_type'),
    },
    signInNumber: fields.text('sign_no'),
    sentAt: fields.text('inf_time'),
    signature: fields.text('cainfo'),
    signatureType: fields.text('signtype'),
    encryption: fields.text('enc_type'),
    fields,
    sent,
    input,
    ...numbered,
  }
  return { ok: true, envelope }
}

function withoutInput(message: TreeObject): { input: Tree | undefined; rest: TreeObject } {
  const [name, ...others] = Object.keys(message).filter((key) => key.toLowerCase() === 'input')
  if (name === undefined || others.length > 0) return { input: undefined, rest: message }
  const { [name]: input, ...rest } = message
  return { input, rest }
}

/** An object, or a text that holds one: some clients write their input twice. */
function inputOf(
  sent: Tree | undefined,
): { readonly ok: true; readonly input: TreeObject | string } | Refused {
  if (isTreeObject(sent)) return { ok: true, input: sent }
  if (typeof sent !== 'string') return refused({ kind: 'input-unreadable' })
  const text = sent.trim()
  return text.startsWith('{') ? openInput(text) : { ok: true, input: text }
}

/** The nodes in the text of an input, such as one that was just decrypted. */
export function openInput(
  text: string,
): { readonly ok: true; readonly input: TreeObject } | Refused {
  const body = readBody(Buffer.from(text))
  if (!body.ok) return refused(refusalOfBody(body, '/input'))
  if (!isTreeObject(body.value)) return refused({ kind: 'input-unreadable' })
  return { ok: true, input: body.value }
}

function refused(refusal: Refusal, institution?: string): Refused {
  return { ok: false, refusal, ...(institution === undefined ? {} : { institution }) }
}
