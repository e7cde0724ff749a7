import type { Requester } from '../counter/ports.ts'

/** Who acts when nobody asked: what the engine does by itself. */
export const ENGINE: Requester = { role: 'operator', id: 'engine' }

/** Who acts when an edit of the files was noticed: nobody knows whose it was. */
export const FILES: Requester = { role: 'operator', id: 'files' }
