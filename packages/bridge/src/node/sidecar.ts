// The sidecar, a process that serves one trainer. It is started with the descriptors of its answers and of its page; contacts come on
// stdin, requests go to stdout, its log to stderr.

import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { messageOf } from '@hotcb/protocol'
import { readContact } from '../read-contact.ts'
import { WIRE_VERSION } from '../wire.ts'
import { answerReader, lineSplitter, writeLine } from './channel.ts'
import { openPage } from './page.ts'
import { createSession, type Session } from './session.ts'
import { VERSION } from './version.ts'
import { watchRun } from './watch.ts'

const [REQUESTS, LOG] = [1, 2]
const PARENT_MS = 1000

// A terminal, a batch system and a debugger address the training: it answers them.
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']

function log(message: string): void {
  try {
    writeSync(LOG, `${message}\n`)
  } catch {
    // Nobody reads it.
  }
}

function start(answersFd: number, pageFd: number): void {
  const page = openPage(pageFd)
  const answers = answerReader(answersFd)
  const session = createSession({
    page,
    log,
    ask(request) {
      writeLine(REQUESTS, request)
      const answer = answers.read()
      if (answer !== null) return answer
      // What is not written yet has not happened: the trainer is gone.
      leave(session)
      return process.exit(0)
    },
  })
  let isWatching = false

  function receive(line: string): void {
    const contact = readContact(line)
    const reply = contact.ok ? session.handle(contact.value) : { k: 'error', code: 'bad-line', message: contact.reason }
    if (reply !== null) writeLine(REQUESTS, reply)
    if (contact.ok && contact.value.k === 'close') process.exit(0)
    if (contact.ok && contact.value.k !== 'bell') setImmediate(() => session.write())
    if (isWatching || session.runDir === null) return
    isWatching = true
    watchRun(session.runDir, () => session.look())
  }

  for (const signal of SIGNALS) process.on(signal, () => undefined)
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) end(session)
  }, PARENT_MS)
  writeLine(REQUESTS, { k: 'hello', bridge: WIRE_VERSION, version: VERSION, node: process.versions.node })
  // `process.stdin` would do the same, and make other descriptors of the terminal non-blocking.
  const contacts = new Socket({ fd: 0, readable: true, writable: false })
  contacts.on('data', lineSplitter(receive))
  contacts.on('end', () => end(session))
  contacts.on('error', () => end(session))
}

function end(session: Session): never {
  leave(session)
  return process.exit(0)
}

function leave(session: Session): void {
  try {
    session.abandon()
  } catch (error) {
    log(`the last metrics could not be written: ${messageOf(error)}`)
  }
}

const [answersFd, pageFd] = process.argv.slice(2).map(Number)
if (Number.isSafeInteger(answersFd) && Number.isSafeInteger(pageFd)) start(Number(answersFd), Number(pageFd))
else {
  log('usage: sidecar ANSWERS PAGE: the two descriptors; hotcb_bridge starts it')
  process.exitCode = 2
}
