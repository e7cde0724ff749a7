import autocannon from 'autocannon'
import { numberedId, withRequestId } from '../requests.ts'
import { ANSWER_TIMEOUT_SECONDS, type LoadClient, type LoadPlan, type LoadResult } from './load.ts'

/** autocannon, in this process. */
export const autocannonClient: LoadClient = {
  name: 'autocannon',
  async run(plan): Promise<LoadResult> {
    const result = await autocannon({
      url: plan.address,
      connections: plan.connections,
      duration: plan.seconds,
      timeout: ANSWER_TIMEOUT_SECONDS,
      requests: [{ method: 'POST', path: plan.path, setupRequest: requestsInTurn(plan) }],
    })
    return {
      requests: result['2xx'],
      requestsPerSecond: result['2xx'] / result.duration,
      p50Ms: result.latency.p50,
      p99Ms: result.latency.p99,
      failed: result.non2xx + result.errors + result.timeouts,
    }
  },
}

/** Each connection asks for its next request here, so all of them share one turn. */
function requestsInTurn({ requests, idPrefix }: LoadPlan) {
  let count = 0
  return (request: autocannon.Request): autocannon.Request => {
    const next = requests[count % requests.length]!
    request.headers = {
      'content-type': 'application/json',
      authorization: next.authorization,
    }
    request.body =
      idPrefix === undefined ? next.claim : withRequestId(numberedId(idPrefix, count), next)
    count += 1
    return request
  }
}
