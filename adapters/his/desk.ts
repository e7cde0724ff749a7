import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Accepted, type InfcodeForm, readAnswer, Stopped } from './answer.ts'
import { messageText, type Sender, withNumbers } from './envelope.ts'
import type { Request } from './messages.ts'
import type { Narrator } from './narrator.ts'
import type { Platform, Reply } from './platform.ts'

export interface DeskOptions {
  readonly platform: Platform
  readonly narrator: Narrator
  readonly sender: Sender
  /** What the protocol calls a number is sent as a text, as most systems do, or as a number. */
  readonly numbers: 'text' | 'number'
  readonly infcode: InfcodeForm
  /** Folder for the messages, in order. */
  readonly save?: string | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Why a message is sent, and what a hospital's system should do with the answer. */
export interface Told {
  readonly why: string
  readonly next: string
}

/** A message as it left: sent again it is the same one. */
export interface SentMessage {
  readonly request: Request
  readonly messageId: string
  readonly text: string
}

const SEQUENCES = 10_000
/** Of the whole process, and from anywhere on: two plays within a second must not use the same ids. */
let sequence = Math.floor(Math.random() * SEQUENCES)
const CHINA_MS = 8 * 60 * 60 * 1000

/** One operator at one counter: sends messages one after the other, tells and keeps each. */
export class Desk {
  readonly #options: DeskOptions
  #sender: Sender
  #saved = 0
  #complaints = 0

  constructor(options: DeskOptions) {
    this.#options = options
    this.#sender = options.sender
    if (options.save !== undefined) refuseKept(options.save)
  }

  /** How often an answer was not quite what a careful client takes. */
  get complaints(): number {
    return this.#complaints
  }

  /** What every later message says, too. */
  remember(more: Pick<Sender, 'signInNumber'> | Pick<Sender, 'insuranceRegion'>): void {
    this.#sender = { ...this.#sender, ...more }
  }

  /** A message with an id of its own. Throws `Stopped` unless it is answered with a yes. */
  call(request: Request, told: Told): Promise<Accepted['output']> {
    return this.again(this.#written(request), told)
  }

  /** Sends the message, and does not hear the answer. */
  async lose(request: Request, why: string): Promise<SentMessage> {
    const message = this.#written(request)
    const reply = await this.#send(message, why, true)
    if (reply.kind === 'answer') throw new Error('the answer was not lost')
    this.#options.narrator.lost(reply.why)
    return message
  }

  /** The very same message, byte for byte. */
  async again(message: SentMessage, { why, next }: Told): Promise<Accepted['output']> {
    const { narrator, infcode } = this.#options
    const { infno } = message.request
    const reply = await this.#send(message, why, false)
    try {
      const accepted = readAnswer(infno, reply, infcode)
      narrator.answered(infno, accepted)
      this.#complaints += accepted.complaints.length
      narrator.next(next)
      return accepted.output
    } catch (error) {
      if (reply.kind === 'answer' || !(error instanceof Stopped)) throw error
      throw new Stopped(
        `${error.message}. Whether it was done is unknown: send the same message again ` +
          `(msgid ${message.messageId}), or, if it settles or admits, undo it by 2601 with that id`,
      )
    }
  }

  complain(text: string): void {
    this.#complaints += 1
    this.#options.narrator.complain(text)
  }

  #written(request: Request): SentMessage {
    const { numbers, now } = this.#options
    const sentAt = new Date(now() + CHINA_MS).toISOString().slice(0, 19).replace('T', ' ')
    sequence = (sequence + 1) % SEQUENCES
    const messageId = [
      this.#sender.institution,
      sentAt.replace(/\D/g, ''),
      String(sequence).padStart(4, '0'),
    ].join('')
    const shaped = numbers === 'number' ? withNumbers(request) : request
    return { request, messageId, text: messageText(this.#sender, shaped, { messageId, sentAt }) }
  }

  async #send({ request, messageId, text }: SentMessage, why: string, lose: boolean) {
    const { platform, narrator } = this.#options
    const { infno } = request
    narrator.step(infno, why)
    narrator.sent(request, platform.addressOf(infno), messageId)
    const reply = await platform.send(infno, text, { lose })
    this.#keep(infno, text, reply)
    return reply
  }

  #keep(infno: string, text: string, reply: Reply): void {
    const { save } = this.#options
    if (save === undefined) return
    this.#saved += 1
    const name = join(save, `${String(this.#saved).padStart(2, '0')}-${infno}`)
    writeFileSync(`${name}-request.json`, text)
    if (reply.kind === 'answer') writeFileSync(`${name}-response.json`, reply.text)
  }
}

/** What another play has kept there would be written over in part, and mixed with this one. */
function refuseKept(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const [kept] = readdirSync(folder)
  if (kept === undefined) return
  throw new Error(`${folder} has files in it (${kept}); --save takes an empty folder, or none yet`)
}
