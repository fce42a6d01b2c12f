import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { errnoOf } from '@hotcb/journal'
import type { Run } from '@hotcb/run/node'

/** The last lines of what a training run printed, at most `bytes` long; empty if it printed nothing. */
export function lastOutput(run: Run, bytes: number): string {
  const now = endOfFile(run.path('out'), bytes)
  const missing = bytes - Buffer.byteLength(now)
  // A file that was just shortened continues one that was put aside.
  const before = missing > 0 ? endOfFile(run.path('outBefore'), missing) : ''
  return before + now
}

function endOfFile(path: string, bytes: number): string {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return ''
    throw error
  }
  try {
    const { size } = fstatSync(fd)
    const buffer = Buffer.alloc(Math.min(size, bytes))
    const text = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, size - buffer.length)).toString('utf8')
    // A part of a line at the front is left out.
    return size > bytes ? text.slice(text.indexOf('\n') + 1) : text
  } finally {
    closeSync(fd)
  }
}
