import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openTail } from '@hotcb/journal'
import { isObject, parseJson } from '@hotcb/protocol'
import { queueFiles } from '../files.ts'

/** The acks that are written from now on. */
export interface AckWatch {
  /** The ack of a command; null when it does not come within so many seconds. */
  waitFor(id: string, seconds: number): { readonly text: string; readonly isApplied: boolean } | null
}

/** Watches the acks of a queue, which need not be there yet. */
export function watchAcks(dir: string): AckWatch {
  const path = join(dir, queueFiles.acks)
  const from = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const tail = openTail(path, { from })
  return {
    waitFor(id, seconds) {
      const until = performance.now() + seconds * 1000
      for (let pause = 1; ; pause = Math.min(50, pause * 1.5)) {
        tail.checkIdentity()
        for (const { text } of tail.read().lines) {
          if (!text.includes(id)) continue
          const ack = parseJson(text)
          if (ack.ok && isObject(ack.value) && ack.value['id'] === id) {
            tail.close()
            return { text, isApplied: ack.value['status'] === 'applied' }
          }
        }
        const left = until - performance.now()
        if (left <= 0) {
          tail.close()
          return null
        }
        Atomics.wait(cell, 0, 0, Math.min(pause, left))
      }
    },
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4))
