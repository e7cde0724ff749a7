/**
 * The process in which one subject is timed: `child.js NAME OPTIONS`. It does what it is told, one
 * request after the other, and ends with the bench.
 */
import { type Run, timedRun } from './measure.ts'
import type { Mode, Subject } from './subject.ts'
import { SUBJECTS, type SubjectName } from './subjects.ts'

export type Request =
  | { readonly do: 'prepare' }
  | { readonly do: 'answers'; readonly mode: string }
  | { readonly do: 'run'; readonly mode: string; readonly milliseconds: number }

export type Reply =
  | { readonly prepared: Prepared }
  | { readonly answers: readonly unknown[] }
  | { readonly ran: Run }
  | { readonly failed: string }

export interface Prepared {
  readonly modes: readonly string[]
  readonly notBuilt: readonly { readonly mode: string; readonly why: string }[]
}

const [name, options] = process.argv.slice(2) as [SubjectName, string]
const modes = new Map<string, Mode>()
let subject: Subject | undefined

async function prepare(): Promise<Prepared> {
  const make = SUBJECTS[name] as (options: unknown) => Promise<Subject>
  subject = await make(JSON.parse(options))
  const notBuilt: { mode: string; why: string }[] = []
  for (const attempt of subject.modes) {
    try {
      modes.set(attempt.name, await attempt.build())
    } catch (error) {
      notBuilt.push({ mode: attempt.name, why: String(error).slice(0, 200) })
    }
  }
  return { modes: [...modes.keys()], notBuilt }
}

async function answersOf(mode: Mode): Promise<unknown[]> {
  const answers: unknown[] = []
  for (let n = 0; n < subject!.count; n++) answers.push(mode.answer(await mode.decide(n)))
  return answers
}

async function replyTo(request: Request): Promise<Reply> {
  if (request.do === 'prepare') return { prepared: await prepare() }
  const mode = modes.get(request.mode)!
  if (request.do === 'answers') return { answers: await answersOf(mode) }
  return { ran: await timedRun(mode, subject!.timed, request.milliseconds) }
}

process.on('message', async (request: Request) => {
  const reply = await replyTo(request).catch(
    (error: Error): Reply => ({ failed: error.stack ?? String(error) }),
  )
  process.send?.(reply)
})
process.on('disconnect', () => process.exit())
