import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openTail, type TailLine } from '@hotcb/journal'
import { isObject, parseJson } from '@hotcb/protocol'
import { queueFiles } from '../files.ts'

/** Watches for acks that are written from now on. */
export interface AckWatch {
  /** Waits for the ack of a command; null if it does not arrive within this many seconds. */
  waitFor(id: string, seconds: number): FoundAck | null
}

interface FoundAck {
  readonly text: string
  readonly isApplied: boolean
}

/** Watches a queue's acks. The file does not need to exist yet. */
export function watchAcks(dir: string): AckWatch {
  const path = join(dir, queueFiles.acks)
  const from = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const tail = openTail(path, { from })
  return {
    waitFor(id, seconds) {
      const until = performance.now() + seconds * 1000
      try {
        for (let pause = 1; ; pause = Math.min(50, pause * 1.5)) {
          tail.checkIdentity()
          const found = findAck(tail.read().lines, id)
          const left = until - performance.now()
          if (found !== null || left <= 0) return found
          Atomics.wait(cell, 0, 0, Math.min(pause, left))
        }
      } finally {
        tail.close()
      }
    },
  }
}

function findAck(lines: readonly TailLine[], id: string): FoundAck | null {
  for (const { text } of lines) {
    const ack = text.includes(id) ? parseJson(text) : null
    if (ack?.ok !== true || !isObject(ack.value) || ack.value['id'] !== id) continue
    return { text, isApplied: ack.value['status'] === 'applied' }
  }
  return null
}

const cell = new Int32Array(new SharedArrayBuffer(4))
