import { Packr, RESET_BUFFER_MODE } from 'msgpackr'

const packr = new Packr({ useRecords: true })

/**
 * Messages packed into one buffer of their own, to be transferred to another thread. (A pooled
 * buffer would be copied whole, or take its neighbours along.)
 */
export function packMessages(messages: readonly unknown[]): ArrayBuffer {
  const packed = packr.pack(messages, RESET_BUFFER_MODE)
  const own = new ArrayBuffer(packed.byteLength)
  new Uint8Array(own).set(packed)
  return own
}

/** The messages of a transferred buffer; bytes in them are views of it, not copies. */
export function unpackMessages<Message>(buffer: ArrayBuffer): Message[] {
  return packr.unpack(new Uint8Array(buffer)) as Message[]
}
