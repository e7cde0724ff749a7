import { dirname } from 'node:path'
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Board } from '../../engine/ledger/board.ts'
import type { FoldedNotice, WriterRequest } from '../../engine/ledger/messages.ts'
import { type Incoming, LedgerWriter } from '../../engine/ledger/writer.ts'
import { sm3 } from '../codec/sm3.ts'
import { codecOf } from '../keys/folder-codec.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { openStates } from '../sqlite/state-store.ts'
import type { Command, LedgerThreadData, Notice } from './control.ts'
import { holdStill } from './hold-still.ts'
import { saying } from './saying.ts'
import { packMessages, unpackMessages } from './wire.ts'

/** The thread of the writer: whatever waits at any port goes into one commit. */

const FOLD = -1

const data = workerData as LedgerThreadData
const host = parentPort!
const board = new Board(new Int32Array(data.cells))
const { journal, states, writer } = saying(open)
const acceptors = new Map<number, MessagePort>()
let attached = 0
let fold: MessagePort | undefined

host.on('message', (command: Command) => {
  switch (command.kind) {
    case 'attach': {
      const client = attached++
      acceptors.set(client, command.port)
      command.port.on('message', (buffer: ArrayBuffer) => run(requests(client, buffer)))
      command.port.on('close', () => acceptors.delete(client))
      break
    }
    case 'pair':
      fold = command.port
      fold.on('message', (notice: FoldedNotice) => run([{ client: FOLD, message: notice }]))
      break
    case 'stop':
      run([])
      stop()
      break
    case 'halt':
      host.postMessage({ kind: 'halted' } satisfies Notice)
      holdStill()
      break
  }
})
host.postMessage({ kind: 'ready' } satisfies Notice)

function open() {
  const journal = openJournal({ path: data.journalPath })
  const codec = codecOf(dirname(data.statePath))
  const states = openStates({ path: data.statePath, codec, readonly: true })
  const writer = new LedgerWriter({
    journal,
    states,
    board,
    hash: sm3,
    ...(data.foldLagMax === undefined ? {} : { foldLagMax: data.foldLagMax }),
    ...(data.batchMax === undefined ? {} : { batchMax: data.batchMax }),
  })
  return { journal, states, writer }
}

function run(incoming: Incoming[]): void {
  drain(incoming)
  const headBefore = writer.head
  board.busySince = Math.floor(Date.now() / 1_000)
  const replies = writer.process(incoming)
  board.busySince = 0
  for (const [client, list] of replies) {
    const buffer = packMessages(list)
    acceptors.get(client)?.postMessage(buffer, [buffer])
  }
  if (writer.failure !== undefined) fail(writer.failure)
  if (writer.head > headBefore) fold?.postMessage(writer.head)
}

function drain(incoming: Incoming[]): void {
  if (fold !== undefined) {
    for (let next = receiveMessageOnPort(fold); next; next = receiveMessageOnPort(fold)) {
      incoming.push({ client: FOLD, message: next.message as FoldedNotice })
    }
  }
  acceptors.forEach((port, client) => {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      incoming.push(...requests(client, next.message as ArrayBuffer))
    }
  })
}

function requests(client: number, buffer: ArrayBuffer): Incoming[] {
  return unpackMessages<WriterRequest>(buffer).map((message) => ({ client, message }))
}

function stop(): void {
  writer.stop()
  states.close()
  journal.close()
  for (const port of acceptors.values()) port.close()
  fold?.close()
  host.postMessage({ kind: 'stopped' } satisfies Notice)
  host.close()
}

/** After a failed commit nothing may be tried again in this process. */
function fail(cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause)
  throw new Error(`the writer has failed: ${why}`, { cause })
}
