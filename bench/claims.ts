import { Agent, request as httpRequest } from 'node:http'
import { tenLineClaim } from '../fixtures/claims.ts'
import { makeWorld } from '../fixtures/world.ts'
import type { ServerChild } from './children/server-child.ts'
import { SEED } from './data-folders.ts'
import { type BenchRequest, benchRequest } from './requests.ts'
import type { BenchContext } from './scenario.ts'
import { medianBy } from './statistics.ts'

const PARALLEL = 16
const ANSWER_MS = 10_000
/** Claims that may be refused, as a share; with more the generator and the rules are at odds. */
const REFUSED_MAX = 0.2

/**
 * As many ten-line claims of the suite's city as the suite asks for. All have been quoted by the
 * server just now; those that it refused (no rule for the date, say) are left out.
 */
export async function quotableClaims(
  { suite, say }: BenchContext,
  server: ServerChild,
): Promise<BenchRequest[]> {
  const world = makeWorld({ scale: suite.scale, seed: SEED })
  const candidates: BenchRequest[] = []
  for (let n = 0; candidates.length < suite.claims; n++) {
    candidates.push(benchRequest(tenLineClaim(world, n).claim))
  }
  say(`quoting ${candidates.length} claims, to leave out what is refused`)
  const answers = await postAll(server, '/v1/quotes', candidates, ({ claim }) => claim)
  const refused = answers.filter(({ status }) => status !== 200)
  const example = refused[0]
  if (example !== undefined) say(`left out ${refused.length}, for example: ${example.body}`)
  if (refused.length > REFUSED_MAX * answers.length) {
    throw new Error(`${refused.length} of ${answers.length} claims are refused`)
  }
  return candidates.filter((_, index) => answers[index]!.status === 200)
}

/** The answer of median size to these requests. Throws when one of them fails. */
export async function medianAnswer(
  server: ServerChild,
  path: string,
  requests: readonly BenchRequest[],
  bodyOf: (request: BenchRequest, index: number) => string,
): Promise<string> {
  const answers = await postAll(server, path, requests, bodyOf)
  const failed = answers.find(({ status }) => status < 200 || status > 299)
  if (failed !== undefined) throw new Error(`${path} answered ${failed.status}: ${failed.body}`)
  return medianBy(answers, ({ body }) => body.length).body
}

interface Answer {
  readonly status: number
  readonly body: string
}

async function postAll(
  { address }: ServerChild,
  path: string,
  requests: readonly BenchRequest[],
  bodyOf: (request: BenchRequest, index: number) => string,
): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL })
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
    await Promise.all(Array.from({ length: PARALLEL }, worker))
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
