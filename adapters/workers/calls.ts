import type { MessagePort } from 'node:worker_threads'
import { type BirpcReturn, createBirpc } from 'birpc'

/**
 * Functions of the thread at the other end of `port`, and ours for it. An `ArrayBuffer` that an
 * argument or a result is, or holds directly, moves to the other thread and is gone here; everything
 * else is copied, and shared memory is shared. A call fails when the other end is gone.
 */
export function callsOver<Theirs extends object, Ours extends object>(
  port: MessagePort,
  ours: Ours,
): BirpcReturn<Theirs, Ours> {
  const calls = createBirpc<Theirs, Ours>(ours, {
    post: (message) => port.postMessage(message, moving(message)),
    on: (receive) => port.on('message', receive),
    // A reload takes as long as it takes.
    timeout: -1,
  })
  port.on('close', () => calls.$close(new Error('the other thread has ended')))
  return calls
}

/** A call (`a`: its arguments) or its answer (`r`). */
function moving({ a = [], r }: { readonly a?: readonly unknown[]; readonly r?: unknown }) {
  return [...a, r].flatMap((value): ArrayBuffer[] => {
    if (value instanceof ArrayBuffer) return [value]
    if (typeof value !== 'object' || value === null) return []
    return Object.values(value).filter((member) => member instanceof ArrayBuffer)
  })
}
