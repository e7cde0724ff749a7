import type { Dictionaries } from './dictionaries.ts'
import { openInput, type Refused, type RequestEnvelope } from './envelope.ts'
import { Faults } from './faults.ts'
import { type Input, readNodes } from './read-node.ts'
import type { Refusal } from './refusals.ts'
import { servicePaths, takenAt } from './service-paths.ts'

/** A request whose address fits it, with its nodes read by the spec of its transaction. */
export interface Message {
  readonly envelope: RequestEnvelope
  readonly input: Input
}

export type ReadMessage = { readonly ok: true; readonly message: Message } | Refused

/** A transaction whose address nobody has published is taken at any that is no other's. */
export function isAtItsAddress({ base }: RequestEnvelope, path: string): boolean {
  const taken = takenAt(path)
  if (taken === 'any' || taken.includes(base)) return true
  return taken.length === 0 && servicePaths(base).length === 0
}

/** Reads the input of an envelope; `opened` is the text of an input that came encrypted. */
export function readInput(
  envelope: RequestEnvelope,
  codes: Dictionaries,
  opened?: string,
): ReadMessage {
  const sent =
    opened === undefined ? { ok: true as const, input: envelope.input } : openInput(opened)
  if (!sent.ok) return refused(sent.refusal, envelope)
  if (typeof sent.input === 'string') return refused({ kind: 'input-unreadable' }, envelope)
  const faults = new Faults()
  const input = readNodes(envelope.transaction.input, sent.input, codes, faults)
  if (faults.count > 0) return refused({ kind: 'invalid-input', faults }, envelope)
  return { ok: true, message: { envelope, input } }
}

function refused(refusal: Refusal, { institution }: RequestEnvelope): Refused {
  return { ok: false, refusal, institution }
}
