import { MessageChannel, type Transferable } from 'node:worker_threads'
import type { ServingSettings } from '../serving/open-serving.ts'
import type { AccessPublisher } from './access-publisher.ts'
import { callsOver } from './calls.ts'
import type { OpenLedger } from './ledger-host.ts'
import type { PolicyPublisher } from './policy-publisher.ts'
import type { OwnerCalls, ServingBoot, ServingCalls } from './serving-thread.ts'

/** What all serving threads of an engine share. */
export interface ServingThreadsOptions {
  readonly settings: ServingSettings
  readonly ledger: Pick<OpenLedger, 'connect'>
  readonly policy: PolicyPublisher
  readonly access: AccessPublisher
  readonly inWork: SharedArrayBuffer
  readonly stopping: SharedArrayBuffer
}

/** The owner's own is 0. */
let lastThread = 0

type Thread = ReturnType<typeof callsOver<ServingCalls, OwnerCalls>>

/** The threads that serve beside the owner's, as the owner sees them. */
export class ServingThreads {
  readonly #options: ServingThreadsOptions
  readonly #threads = new Set<Thread>()

  constructor(options: ServingThreadsOptions) {
    this.#options = options
  }

  /** What a new thread is started with; from now on it is told of every change of policy and keys. */
  boot(calls: OwnerCalls): { boot: ServingBoot; transfer: Transferable[] } {
    const { settings, ledger, policy, access, inWork, stopping } = this.#options
    const { port1, port2 } = new MessageChannel()
    const thread = callsOver<ServingCalls, OwnerCalls>(port1, calls)
    // The ledger keeps the process alive; without it, as when a start fails, nothing here must.
    port1.unref()
    const connection = ledger.connect()
    const unfollow = [
      policy.follow((version) => thread.prepare(version)),
      access.follow((change) => thread.prepareAccess(change)),
    ]
    this.#threads.add(thread)
    port1.on('close', () => {
      for (const end of unfollow) end()
      this.#threads.delete(thread)
    })
    const rest = { inWork, stopping, port: port2 }
    return {
      boot: {
        settings,
        thread: ++lastThread,
        connection,
        policy: policy.feed,
        access: access.feed,
        ...rest,
      },
      transfer: [connection.port, port2],
    }
  }

  /** What every thread has answered so far. */
  countRequests(): Promise<unknown[]> {
    return Promise.all([...this.#threads].map((thread) => thread.countRequests()))
  }

  /** Resolves when all connections of all threads have ended and nothing more is in work. */
  async finish(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.finish()))
  }

  /** Resolves when all threads have cut their connections and hold still. */
  async halt(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.halt()))
  }
}
