import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { errnoOf } from '@hotcb/journal'
import type { Run } from '@hotcb/run/node'

/** Returns the last lines of a training run's output, at most `bytes` long; empty if there is none. */
export function lastOutput(run: Run, bytes: number): string {
  const now = endOfFile(run.path('out'), bytes)
  const missing = bytes - Buffer.byteLength(now)
  // If the file was just shortened, the earlier output is in the other file, `hotcb.out.1`.
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
    // An incomplete line at the start is left out.
    return size > bytes ? text.slice(text.indexOf('\n') + 1) : text
  } finally {
    closeSync(fd)
  }
}
