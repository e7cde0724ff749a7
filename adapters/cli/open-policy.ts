import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type NewAct, recordAct } from '../../engine/access/acts.ts'
import { setPublishing } from '../../engine/access/publishing.ts'
import { ENGINE, FILES } from '../../engine/access/requesters.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import { FourEyes } from '../packs/four-eyes.ts'
import { type PolicyAttempt, PolicyHost } from '../packs/policy-host.ts'
import { DirectPublishing, type Publishing } from '../packs/publishing.ts'
import { watchFiles } from '../packs/watch-files.ts'
import type { createLog } from '../telemetry/log.ts'
import { assessInWorker } from '../workers/assess-pool.ts'
import type { PolicyPublisher } from '../workers/policy-publisher.ts'
import { readInWorker } from '../workers/policy-reader.ts'
import type { Settings } from './config.ts'

export interface OpenPolicyOptions {
  readonly config: Settings
  readonly demo: boolean
  readonly ledger: Ledger
  readonly log: ReturnType<typeof createLog>
  readonly count: (outcome: PolicyAttempt['outcome']) => void
  /** Brings what is to be in force to the other threads. */
  readonly publisher: PolicyPublisher
}

export interface OpenPolicy {
  readonly host: PolicyHost
  readonly publishing: Publishing
  /** Notices no more edits, and waits for what is under way. */
  close(): Promise<void>
}

/** Puts the policy in force and, if so configured, follows the edits of its files. */
export async function openPolicy(options: OpenPolicyOptions): Promise<OpenPolicy> {
  const { config, demo, ledger, log, publisher } = options
  const onAttempt = attemptLog(options, () => host)
  const host: PolicyHost = new PolicyHost({
    rulesFolder: config.rules,
    dataFolder: config.data,
    ledger,
    now: Date.now,
    reader: readInWorker,
    onPrepared: (parts) => publisher.prepare(parts),
    onSwapped: (knownAt) => publisher.swap(knownAt),
    onAttempt,
  })
  const way = config.publishing === 'demo' ? (demo ? 'direct' : 'four-eyes') : config.publishing
  const fourEyes =
    way === 'direct'
      ? undefined
      : new FourEyes({
          host,
          ledger,
          now: Date.now,
          assess: assessInWorker({
            folder: config.data,
            settlements: config.shadowRun,
            threads: config.threads + config.poolThreads + 1,
          }),
          onAttempt,
          onFailure: (err) => log.error({ err }, 'something about a proposal failed'),
        })
  const publishing = fourEyes ?? new DirectPublishing(host)
  const failed = (err: unknown) => log.error({ err }, 'edits of the rules may go unnoticed')
  // Before the first reading, so that no edit falls between the two.
  const watch =
    config.watch === 'on' || (config.watch === 'demo' && demo)
      ? await watchFiles(
          [config.rules, join(config.data, 'catalogue')],
          () => publishing.reload(FILES).catch(failed),
          failed,
        )
      : undefined
  const close = async () => {
    await watch?.close()
    await fourEyes?.close()
    await host.quiet()
  }
  await setPublishing(ledger, way, Date.now())
  const errors = await (fourEyes === undefined ? host.start() : host.startOnLast())
  if (errors.length > 0) {
    await close()
    throw new Error(`the rules have errors:\n${errors.join('\n')}`)
  }
  await fourEyes?.start()
  return { host, publishing, close }
}

/** Counts and logs every attempt to change what is in force. */
function attemptLog({ ledger, log, count }: OpenPolicyOptions, host: () => PolicyHost) {
  return ({ by, outcome, errors, built }: PolicyAttempt) => {
    count(outcome)
    for (const [what, kept] of Object.entries(built)) {
      const level = kept === 'damaged' ? 'warn' : 'info'
      log[level]({ kept }, `${what}: read from the files, as nothing sound was kept of them`)
    }
    const packs = host().policy.packs.map(({ pack: { id, hash } }) => ({ id, hash }))
    if (outcome !== 'refused') return log.info({ by, packs }, `the rules are ${outcome}`)
    log.error({ by, errors, packs }, 'the rules were refused')
    keepRefused(ledger, by, errors.length).catch((err) =>
      log.error({ err }, 'it could not be kept that rules were refused'),
    )
  }
}

/** What is put in force is an entry itself; that something was refused is none yet. */
function keepRefused(ledger: Ledger, by: string, errors: number): Promise<void> {
  const act: NewAct = {
    by: [ENGINE, FILES].find(({ id }) => id === by) ?? { role: 'policy-maker', id: by },
    act: 'policy-refused',
    subject: 'policy-attempts',
    details: { errors },
  }
  return recordAct(ledger, act, { now: Date.now, pause: () => sleep(SHED_PAUSE_MS) })
}

const SHED_PAUSE_MS = 100
