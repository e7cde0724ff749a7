import { statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
} from 'prom-client'
import type { Policy } from '../../engine/policy/policy.ts'

export interface MetricsSources {
  readonly ledger: () => { readonly head: number; readonly folded: number }
  readonly policy: () => Policy
  /** Whether bookings are taken: what `/health/ready` says. */
  readonly ready?: () => boolean
  /** The data folder, where there is one. */
  readonly folder?: string
  /** What `countRequests().json()` gives in every other serving thread. */
  readonly otherThreads?: () => Promise<readonly unknown[]>
}

/** The requests that one thread has answered. */
export function countRequests() {
  const registry = new Registry()
  const seconds = new Histogram({
    name: 'yizhan_http_request_seconds',
    help: 'Time from the arrival of a request to the end of its answer, in seconds',
    labelNames: ['route', 'status'],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [registry],
  })
  const refusals = new Counter({
    name: 'yizhan_refusals_total',
    help: 'Requests refused, by the code of the refusal',
    labelNames: ['route', 'code'],
    registers: [registry],
  })
  // Looking a child up by its labels costs more than the observation.
  const children = new Map<string, ReturnType<typeof seconds.labels>>()
  const childOf = (route: string, status: number) => {
    const key = `${status} ${route}`
    const known = children.get(key)
    if (known !== undefined) return known
    const child = seconds.labels(route, String(status))
    children.set(key, child)
    return child
  }
  return {
    contentType: registry.contentType,
    json: (): Promise<unknown> => registry.getMetricsAsJSON(),
    answered(route: string, status: number, took: number, outcome: string | undefined) {
      childOf(route, status).observe(took)
      if (outcome !== undefined) refusals.labels(route, outcome).inc()
    },
  }
}

/** The metrics of one engine, as Prometheus text. No label ever holds personal data. */
export function createMetrics(sources: MetricsSources) {
  const requests = countRequests()
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'yizhan_' })
  new Gauge({
    name: 'yizhan_ledger_head',
    help: 'Position of the last durable journal entry',
    registers: [registry],
    collect() {
      this.set(sources.ledger().head)
    },
  })
  new Gauge({
    name: 'yizhan_ledger_fold_lag',
    help: 'Journal entries that are durable but not folded yet',
    registers: [registry],
    collect() {
      const { head, folded } = sources.ledger()
      this.set(head - folded)
    },
  })
  new Gauge({
    name: 'yizhan_policy_info',
    help: 'Packs in force; the value is when the engine learned the version, seconds since 1970',
    labelNames: ['pack', 'hash'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { pack, knownAt } of sources.policy().packs) {
        this.set({ pack: pack.id, hash: pack.hash }, knownAt / 1000)
      }
    },
  })
  addFolderGauges(registry, sources)
  const attempts = counterOf(registry, 'outcome', POLICY_CHANGES, {
    name: 'yizhan_policy_changes_total',
    help: 'Attempts to change the policy: proposed, swapped, unchanged, rolled-back or refused',
  })
  const signIns = counterOf(registry, 'outcome', SIGN_INS, {
    name: 'yizhan_sign_ins_total',
    help: 'Passwords shown by people: signed-in, password-changed, refused (counts towards a lock-out), barred (unknown, locked or suspended) or overloaded',
  })
  const accessActs = counterOf(registry, 'act', ACCESS_ACTS, {
    name: 'yizhan_access_acts_total',
    help: 'Acts that say who is let in: keys issued and revoked, members of staff enrolled, reset, given another role and so on',
  })
  return {
    contentType: requests.contentType,
    answered: requests.answered,
    signIn: (outcome: string) => signIns.inc({ outcome }),
    accessAct: (act: string) => accessActs.inc({ act }),
    policyChange: (outcome: string) => attempts.inc({ outcome }),
    async text(): Promise<string> {
      const others = (await sources.otherThreads?.()) ?? []
      const answered = AggregatorRegistry.aggregate([await requests.json(), ...others] as object[])
      return `${await registry.metrics()}\n${await answered.metrics()}`
    },
  }
}

/** A counter by one label, whose series are all there from the start. */
function counterOf<Label extends string>(
  registry: Registry,
  label: Label,
  values: readonly string[],
  named: { readonly name: string; readonly help: string },
): Counter<Label> {
  const counter = new Counter({ ...named, labelNames: [label], registers: [registry] })
  for (const value of values) counter.labels(value).inc(0)
  return counter
}

/** Whether it takes bookings, and how long the disk will last. */
function addFolderGauges(registry: Registry, { ready, folder }: MetricsSources): void {
  if (ready !== undefined) {
    new Gauge({
      name: 'yizhan_ready',
      help: '1 while bookings are taken, else 0: what /health/ready says',
      registers: [registry],
      collect() {
        this.set(ready() ? 1 : 0)
      },
    })
  }
  if (folder === undefined) return
  new Gauge({
    name: 'yizhan_data_free_bytes',
    help: 'Free space of the file system of the data folder, in bytes',
    registers: [registry],
    collect() {
      const { bavail, bsize } = statfsSync(folder)
      this.set(bavail * bsize)
    },
  })
  new Gauge({
    name: 'yizhan_data_file_bytes',
    help: 'Size of the files of the ledger with their logs, in bytes',
    labelNames: ['file'],
    registers: [registry],
    collect() {
      for (const file of LEDGER_FILES) {
        const size = statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0
        this.set({ file }, size)
      }
    },
  })
}

/**
 * Series that are there from the start, with 0: Prometheus sees no increase in one that begins with
 * its first event, so that the first refusal after a start would raise no alarm.
 */
const POLICY_CHANGES = ['proposed', 'swapped', 'unchanged', 'rolled-back', 'refused']
const SIGN_INS = ['signed-in', 'password-changed', 'refused', 'barred', 'overloaded']
const ACCESS_ACTS = [
  'key-issued',
  'key-revoked',
  'staff-enrolled',
  'staff-reset',
  'staff-role-changed',
  'staff-suspended',
  'staff-reinstated',
]

const LEDGER_FILES = [
  'journal.sqlite',
  'journal.sqlite-wal',
  'state.sqlite',
  'state.sqlite-wal',
  'registry.sqlite',
]
