import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'

/** As of a shell whose command was interrupted. */
const INTERRUPTED_EXIT = 130

/**
 * Answers that nobody shall see or find afterwards: typed without echo at a terminal, or the next
 * line of standard input where there is none. Never arguments, which `ps` and the shell's history
 * would show.
 */
export class SecretAnswers {
  readonly #lines: Interface
  readonly #next: AsyncIterator<string>

  constructor() {
    this.#lines = createInterface({
      input: process.stdin,
      // What is typed would be echoed there.
      output: new Writable({ write: (_text, _encoding, done) => done() }),
      terminal: process.stdin.isTTY === true,
      historySize: 0,
    })
    this.#lines.on('SIGINT', () => process.exit(INTERRUPTED_EXIT))
    this.#next = this.#lines[Symbol.asyncIterator]()
  }

  /** Throws when the input ends before the answer. */
  async ask(question: string): Promise<string> {
    process.stderr.write(question)
    const { value, done } = await this.#next.next()
    process.stderr.write('\n')
    if (done === true) throw new Error('the input ended before the answer')
    return value
  }

  close(): void {
    this.#lines.close()
  }
}
