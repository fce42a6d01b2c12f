import type { Readable } from 'node:stream'
import { messageOf } from '@hotcb/protocol'
import { readContact } from '../read-contact.ts'
import { WIRE_VERSION } from '../wire.ts'
import { type AnswerReader, lineSplitter } from './channel.ts'
import type { Page } from './page.ts'
import { createSession } from './session.ts'
import { VERSION } from './version.ts'
import { watchRun } from './watch.ts'

/** How a sidecar communicates with its trainer, and controls its own process. */
export interface ServePorts {
  readonly page: Page
  readonly answers: AnswerReader
  /** The lines that the client sends. */
  readonly contacts: Readable
  /** Writes one line to the client. */
  send(value: unknown): void
  log(message: string): void
  /** The pid of the parent process, which changes when the trainer has exited. */
  parent(): number
  /** Exits the process with exit code 0. */
  exit(): never
}

const PARENT_MS = 1000

/** Serves one trainer until it closes its run or exits. */
export function serveTrainer({ page, answers, contacts, send, log, parent, exit }: ServePorts): void {
  const session = createSession({
    page,
    log,
    ask(request) {
      send(request)
      // If the trainer has exited, lines that have not been written yet are dropped.
      return answers.read() ?? end()
    },
  })
  let isWatching = false

  function end(): never {
    try {
      session.abandon()
    } catch (error) {
      log(`the last metrics could not be written: ${messageOf(error)}`)
    }
    return exit()
  }

  function receive(line: string): void {
    const contact = readContact(line)
    const reply = contact.ok ? session.handle(contact.value) : { k: 'error', code: 'bad-line', message: contact.reason }
    if (reply !== null) send(reply)
    if (contact.ok && contact.value.k === 'close') exit()
    if (contact.ok && contact.value.k !== 'bell') setImmediate(() => session.write())
    if (isWatching || session.runDir === null) return
    isWatching = true
    watchRun(session.runDir, () => session.look())
  }

  const first = parent()
  setInterval(() => {
    if (parent() !== first) end()
  }, PARENT_MS)
  send({ k: 'hello', bridge: WIRE_VERSION, version: VERSION, node: process.versions.node })
  contacts.on('data', lineSplitter(receive))
  contacts.on('end', end)
  contacts.on('error', end)
}
