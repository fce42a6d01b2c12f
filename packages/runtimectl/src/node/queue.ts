import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileSystemKind, openAppender, openTail, readLines, replaceDocument, watchDocument } from '@hotcb/journal'
import type { CommandQueue } from '../ports.ts'
import { queueFiles } from './files.ts'

/**
 * Opens the queue in a directory of a real file system. Creates the directory and its two files.
 *
 * @throws When they cannot be created or read.
 */
export function openQueue(dir: string, now: () => number): CommandQueue {
  mkdirSync(dir, { recursive: true })
  const [commands, acks] = [join(dir, queueFiles.commands), join(dir, queueFiles.acks)]
  appendFileSync(commands, '')
  endLastLine(acks)
  const network = fileSystemKind(dir) === 'network'
  // Only on a network file system can a line contain zero bytes for data that has not arrived yet.
  const tail = openTail(commands, { network, now, nulWaitMs: network ? 5000 : 0 })
  const appender = openAppender(acks)
  const registry = watchDocument(join(dir, queueFiles.registry), { network, now })
  return {
    dir: realpathSync(dir),
    look: () => tail.look(),
    read() {
      const { lines, more, reset, oversized, failure } = tail.read()
      return { lines, more, reset, oversized, failure: failure?.message ?? null }
    },
    refresh() {
      tail.checkIdentity()
      registry.checkIdentity()
    },
    acks: () => readLines(acks),
    append: (text) => appender.append(text)?.message ?? null,
    flush: () => appender.flush()?.message ?? null,
    get ackBytes() {
      return appender.endOffset
    },
    sync: () => void appender.sync(),
    registry: {
      changed: () => registry.changed(),
      read: () => registry.read(),
      write: (text) => replaceDocument(join(dir, queueFiles.registry), text),
    },
    close() {
      tail.close()
      appender.close()
      registry.close()
    },
  }
}

/**
 * Adds a missing newline to the last ack. A trainer that was killed may have left it out, and the ack still counts.
 */
function endLastLine(path: string): void {
  const fd = openSync(path, 'a+')
  try {
    const { size } = fstatSync(fd)
    const last = Buffer.alloc(1)
    if (size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last.toString() !== '\n') appendFileSync(fd, '\n')
  } finally {
    closeSync(fd)
  }
}
