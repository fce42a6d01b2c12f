// The sidecar, a process that serves one trainer. Its arguments are the file descriptors for the answers and the page.
// Contacts arrive on stdin, requests go to stdout, and the log goes to stderr.

import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { answerReader, writeLine } from './channel.ts'
import { openPage } from './page.ts'
import { serveTrainer } from './serve-trainer.ts'

const [REQUESTS, LOG] = [1, 2]

// These signals from a terminal, a batch system or a debugger are meant for the trainer, so the sidecar ignores them.
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']

function log(message: string): void {
  try {
    writeSync(LOG, `${message}\n`)
  } catch {
    // Log lines are lost if the reader has closed the pipe.
  }
}

const [answersFd, pageFd] = process.argv.slice(2).map(Number)
if (Number.isSafeInteger(answersFd) && Number.isSafeInteger(pageFd)) {
  for (const signal of SIGNALS) process.on(signal, () => undefined)
  serveTrainer({
    page: openPage(Number(pageFd)),
    answers: answerReader(Number(answersFd)),
    // This is a socket, because `process.stdin` would also make other descriptors of the terminal non-blocking.
    contacts: new Socket({ fd: 0, readable: true, writable: false }),
    send: (value) => writeLine(REQUESTS, value),
    log,
    parent: () => process.ppid,
    exit: () => process.exit(0),
  })
} else {
  log('usage: sidecar ANSWERS PAGE: the two descriptors; hotcb_bridge starts it')
  process.exitCode = 2
}
