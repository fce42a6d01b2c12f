import { writeSync } from 'node:fs'
import { escapeControls } from '../printable.ts'
import { terminalText } from './terminal-control.ts'

/** Standard output (1) or standard error (2). */
export type TerminalFd = 1 | 2

// All that hotcb's programs say leaves the process here, also when a pipe or a file stands in the terminal's place:
// sooner or later somebody prints it to a terminal.

/**
 * Writes one line, and its end. Line ends and tabs within it are data, and become spaces.
 *
 * @throws The system's error: EPIPE where the reader has gone away, ENOSPC, EIO.
 */
export function writeLine(fd: TerminalFd, line: string): void {
  writeAll(fd, `${terminalText(line, 'line')}\n`)
}

/** Writes text that is lines already, such as a help page; its line ends and tabs stay. Throws as {@link writeLine}. */
export function writeBlock(fd: TerminalFd, text: string): void {
  writeAll(fd, terminalText(text, 'lines'))
}

/** Writes a value as one line of JSON. What a terminal would obey is escaped, so the value stays exact. Throws as {@link writeLine}. */
export function writeJson(fd: TerminalFd, value: unknown): void {
  writeAll(fd, `${escapeControls(JSON.stringify(value))}\n`)
}

/** Says one line on standard error. Where it cannot be said there is nobody to tell: nothing is thrown. */
export function warn(line: string): void {
  try {
    writeLine(2, line)
  } catch {}
}

/** Writes for a program that has nothing to do when nobody reads: a reader that has gone away ends the process. */
export function orEnd(write: () => void): void {
  try {
    write()
  } catch (error) {
    if (codeOf(error) === 'EPIPE') process.exit(0)
    throw error
  }
}

// Straight to the descriptor: `process.stdout` loads streams, net and tty, which is a tenth of what `hotcb set` takes.
function writeAll(fd: TerminalFd, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      // A pipe that is full for the moment.
      if (codeOf(error) !== 'EAGAIN') throw error
      Atomics.wait(cell, 0, 0, 2)
    }
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4))

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
