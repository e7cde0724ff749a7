import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BenchContext } from '../scenario.ts'
import type { Prepared, Reply, Request } from './child.ts'
import type { Run } from './measure.ts'
import type { OptionsOf, SubjectName } from './subjects.ts'

/** A subject in a process of its own, and the ways in which it can be asked. */
export interface Contestant {
  readonly name: SubjectName
  readonly modes: readonly string[]
  readonly notBuilt: Prepared['notBuilt']
  answers(mode: string): Promise<readonly unknown[]>
  run(mode: string, milliseconds: number): Promise<Run>
}

const SCRIPT = fileURLToPath(new URL('./child.js', import.meta.url))
/** A whole catalogue is made, or 512 answers come from an engine that takes 50 ms for one. */
const REPLY_MS = 180_000
const OUTPUT_KEPT = 4_000

/** Starts the process and makes everything that is not to be timed; it ends with the scenario. */
export async function startContestant<Name extends SubjectName>(
  context: BenchContext,
  name: Name,
  options: OptionsOf<Name>,
): Promise<Contestant> {
  const child = fork(SCRIPT, [name, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  context.own(child)
  const output = keepOutput(child)
  const ask = async (request: Request): Promise<Reply> => {
    const replied = reply(child)
    child.send(request)
    const answer = await replied.catch((error: Error) => {
      throw new Error(`${name}: ${error.message}\n${output()}`)
    })
    if ('failed' in answer) throw new Error(`${name}: ${answer.failed}`)
    return answer
  }
  const { prepared } = (await ask({ do: 'prepare' })) as { prepared: Prepared }
  return {
    name,
    ...prepared,
    async answers(mode) {
      const reply = (await ask({ do: 'answers', mode })) as { answers: readonly unknown[] }
      return reply.answers
    },
    async run(mode, milliseconds) {
      const reply = (await ask({ do: 'run', mode, milliseconds })) as { ran: Run }
      return reply.ran
    },
  }
}

async function reply(child: ChildProcess): Promise<Reply> {
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(REPLY_MS)])
  const ended = once(child, 'exit', { signal }).then(([code, signalled]) => {
    throw new Error(`ended with ${code ?? signalled}`)
  })
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended])
    return message
  } finally {
    over.abort()
    ended.catch(() => {})
  }
}

function keepOutput(child: ChildProcess): () => string {
  let kept = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      kept = (kept + text).slice(-OUTPUT_KEPT)
    })
  }
  return () => kept
}
