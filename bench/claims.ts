import { Agent, request as httpRequest } from 'node:http'
import { type GeneratedClaim, tenLineClaim } from '../fixtures/claims.ts'
import { makeWorld, type World } from '../fixtures/world.ts'
import type { ServerChild } from './children/server-child.ts'
import { type DataSize, SEED } from './data-folders.ts'
import {
  type BenchRequest,
  benchRequest,
  newIdPrefix,
  numberedId,
  withRequestId,
} from './requests.ts'
import type { BenchContext } from './scenario.ts'
import { medianBy } from './statistics.ts'

const PARALLEL = 16
const ANSWER_MS = 10_000
/** Claims that may be refused, as a share; with more the generator and the rules are at odds. */
const REFUSED_MAX = 0.2
/** The answer of median size is looked for among so many. */
const ANSWERS_SAMPLED = 1_001

export const QUOTES = '/v1/quotes'
export const SETTLEMENTS = '/v1/settlements'

export interface ClaimsOptions {
  /** Of the server's data; the suite's when absent. */
  readonly size?: DataSize
  /** How many; the suite's number when absent. */
  readonly count?: number
  /** Outpatient claims of ten lines when absent. */
  readonly make?: (world: World, n: number) => GeneratedClaim
}

/**
 * Claims of the data's city. All have been quoted by the server just now; those that it refused (no
 * rule for the date, say) are left out.
 */
export async function quotableClaims(
  { suite, say }: BenchContext,
  server: ServerChild,
  options: ClaimsOptions = {},
): Promise<BenchRequest[]> {
  const { size = { scale: suite.scale }, count = suite.claims, make = tenLineClaim } = options
  const world = makeWorld({ ...size, seed: SEED })
  const candidates: BenchRequest[] = []
  for (let n = 0; candidates.length < count; n++) {
    candidates.push(benchRequest(make(world, n).claim))
  }
  say(`quoting ${candidates.length} claims, to leave out what is refused`)
  const answers = await postAll(server, QUOTES, candidates)
  const refused = answers.filter(({ status }) => status !== 200)
  const example = refused[0]
  if (example !== undefined) say(`left out ${refused.length}, for example: ${example.body}`)
  if (refused.length > REFUSED_MAX * answers.length) {
    throw new Error(`${refused.length} of ${answers.length} claims are refused`)
  }
  return candidates.filter((_, index) => answers[index]!.status === 200)
}

/** What is sent of a request. */
export type BodyOf = (request: BenchRequest, index: number) => string

export const withoutId: BodyOf = ({ claim }) => claim

/** Message ids that no other load has. */
export function withNewIds(): BodyOf {
  const idPrefix = newIdPrefix()
  return (request, index) => withRequestId(numberedId(idPrefix, index), request)
}

/** The answer of median size to these requests. Throws when one of them fails. */
export async function medianAnswer(
  server: ServerChild,
  path: string,
  requests: readonly BenchRequest[],
  bodyOf: BodyOf = withoutId,
): Promise<string> {
  const answers = await postAll(server, path, requests.slice(0, ANSWERS_SAMPLED), bodyOf)
  const failed = answers.find(({ status }) => status < 200 || status > 299)
  if (failed !== undefined) throw new Error(`${path} answered ${failed.status}: ${failed.body}`)
  return medianBy(answers, ({ body }) => body.length).body
}

interface Answer {
  readonly status: number
  readonly body: string
}

/** Sends each request once, `parallel` at a time. */
export async function postAll(
  { address }: Pick<ServerChild, 'address'>,
  path: string,
  requests: readonly BenchRequest[],
  bodyOf: BodyOf = withoutId,
  parallel = PARALLEL,
): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: parallel })
  const answers: Answer[] = []
  let next = 0
  const worker = async () => {
    while (next < requests.length) {
      const index = next++
      const request = requests[index]!
      answers[index] = await post(agent, address + path, request, bodyOf(request, index))
    }
  }
  try {
    await Promise.all(Array.from({ length: parallel }, worker))
  } finally {
    agent.destroy()
  }
  return answers
}

function post(
  agent: Agent,
  url: string,
  { authorization }: BenchRequest,
  body: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization }
    const request = httpRequest(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() })
      })
    })
    request.setTimeout(ANSWER_MS, () => {
      request.destroy(new Error(`no answer from ${url} in ${ANSWER_MS} ms`))
    })
    request.on('error', reject)
    request.end(body)
  })
}
