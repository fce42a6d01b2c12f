import { writeSync } from 'node:fs'
import { escapeControls } from '../printable.ts'
import { terminalText } from './terminal-control.ts'

/** Standard output (1) or standard error (2). */
export type TerminalFd = 1 | 2

// All output of hotcb's programs is written by this file. This includes output to a pipe or a file, since it may be
// printed to a terminal later.

/**
 * Writes one line and a line ending. Line breaks and tabs within it are data, and become spaces.
 *
 * @throws The system's error: EPIPE if the reader has closed the pipe, ENOSPC, EIO.
 */
export function writeLine(fd: TerminalFd, line: string): void {
  writeAll(fd, `${terminalText(line, 'line')}\n`)
}

/**
 * Writes text that already consists of lines, such as a help page; its line breaks and tabs are kept. Throws like
 * {@link writeLine}.
 */
export function writeBlock(fd: TerminalFd, text: string): void {
  writeAll(fd, terminalText(text, 'lines'))
}

/**
 * Writes a value as one line of JSON. Control characters are escaped, so the value stays exact. Throws like
 * {@link writeLine}.
 */
export function writeJson(fd: TerminalFd, value: unknown): void {
  writeAll(fd, `${escapeControls(JSON.stringify(value))}\n`)
}

/** Writes one line to standard error. Ignores errors, since they could not be reported anywhere. */
export function warn(line: string): void {
  try {
    writeLine(2, line)
  } catch {}
}

/** Rings the bell of the terminal, on standard error. Ignores errors, since they could not be reported anywhere. */
export function ringBell(): void {
  try {
    writeSync(2, '\u0007')
  } catch {}
}

/**
 * Calls a function that writes a program's output. If the reader has closed the pipe, the process exits, because the
 * program has no purpose without a reader.
 */
export function orEnd(write: () => void): void {
  try {
    write()
  } catch (error) {
    if (codeOf(error) === 'EPIPE') process.exit(0)
    throw error
  }
}

// Writes directly to the file descriptor, because `process.stdout` loads streams, net and tty, which would take a tenth
// of the time that `hotcb set` takes.
function writeAll(fd: TerminalFd, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      // EAGAIN means that the pipe is temporarily full.
      if (codeOf(error) !== 'EAGAIN') throw error
      Atomics.wait(cell, 0, 0, 2)
    }
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4))

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
