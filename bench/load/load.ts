import type { BenchRequest } from '../requests.ts'

/** Closed-loop load: every connection sends its next request when its last one was answered. */
export interface LoadPlan {
  /** Of the server: `http://127.0.0.1:1234`. */
  readonly address: string
  readonly path: string
  /** Sent in turn, over and over. */
  readonly requests: readonly BenchRequest[]
  /** Makes a message id of each request unique; without it the claim alone is the body. */
  readonly idPrefix?: string
  readonly connections: number
  readonly seconds: number
}

export interface LoadResult {
  readonly requests: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers other than 2xx, broken connections and timeouts. */
  readonly failed: number
}

/** A program that puts load on a server. */
export interface LoadClient {
  readonly name: 'autocannon' | 'wrk'
  run(plan: LoadPlan): Promise<LoadResult>
}

/** How long an answer may take before it counts as failed, in seconds. */
export const ANSWER_TIMEOUT_SECONDS = 10
