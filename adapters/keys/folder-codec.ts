import type { LedgerCodec } from '../../engine/ledger/ports.ts'
import { ledgerCodec } from '../codec/entry-codec.ts'
import { sealing } from '../codec/sealing.ts'
import { keyRingOf } from './key-ring.ts'

/** The codec of a data folder, with its keys. */
export function codecOf(folder: string): LedgerCodec {
  return ledgerCodec(sealing(keyRingOf(folder)))
}
