import type { Collective } from '../collective.ts'

/** Memory that the threads of one training share; made by one of them and posted to the others. */
export type CollectiveMemory = SharedArrayBuffer

/** How long a rank waits for the others. */
export interface CollectiveOptions {
  /** Milliseconds. @defaultValue 30000 */
  readonly timeoutMs?: number
}

/**
 * Shared memory for `worldSize` threads.
 *
 * @param bytes Room for one rank's text; longer ones go in pieces. Default 64 KiB.
 */
export function createCollectiveMemory(worldSize: number, bytes: number = 64 * 1024): CollectiveMemory {
  return new SharedArrayBuffer(HEAD_BYTES + worldSize * (SLOT_BYTES + bytes))
}

/** The ranks of one process as threads: they meet in shared memory. */
export function threadCollective(
  memory: CollectiveMemory,
  rank: number,
  worldSize: number,
  options: CollectiveOptions = {},
): Collective {
  const { timeoutMs = 30_000 } = options
  const room = (memory.byteLength - HEAD_BYTES) / worldSize - SLOT_BYTES
  const barrier = new Int32Array(memory, 0, 2)
  const slots = Array.from({ length: worldSize }, (_, i) => {
    const start = HEAD_BYTES + i * (SLOT_BYTES + room)
    return { size: new Int32Array(memory, start, 2), bytes: new Uint8Array(memory, start + SLOT_BYTES, room) }
  })
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()

  /** Nobody goes on before all have come: the last one lets the others go. */
  function meet(): void {
    const round = Atomics.load(barrier, 1)
    if (Atomics.add(barrier, 0, 1) === worldSize - 1) {
      Atomics.store(barrier, 0, 0)
      Atomics.add(barrier, 1, 1)
      Atomics.notify(barrier, 1)
      return
    }
    if (Atomics.wait(barrier, 1, round, timeoutMs) === 'timed-out') {
      throw new Error(`rank ${rank} waited ${timeoutMs / 1000} s for the other ranks`)
    }
  }

  /** What each rank puts in its slot, piece by piece until all of every rank's text is through. */
  function exchange(text: string): string[] {
    const mine = encoder.encode(text)
    const parts: Uint8Array[][] = slots.map(() => [])
    for (let sent = 0; ; sent += room) {
      const slot = slots[rank]
      const piece = mine.subarray(sent, sent + room)
      slot?.bytes.set(piece)
      slot?.size.set([piece.length, Math.max(0, mine.length - sent - piece.length)])
      meet()
      let isMore = false
      for (const [i, { size, bytes }] of slots.entries()) {
        parts[i]?.push(bytes.slice(0, size[0]))
        if ((size[1] ?? 0) > 0) isMore = true
      }
      meet()
      if (!isMore) return parts.map((all) => decoder.decode(joined(all)))
    }
  }

  return {
    rank,
    worldSize,
    broadcast: (text) => exchange(rank === 0 ? (text ?? '') : '')[0] ?? '',
    allGather: (text) => exchange(text),
  }
}

const HEAD_BYTES = 8
const SLOT_BYTES = 8

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
