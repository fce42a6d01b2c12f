import { checkKeys } from '../option-check.ts'
import { COLLECTIVE_KEYS, type CollectiveOptions, type RankPort, waitFor } from './rank-port.ts'
import { createSlotExchange, HEAD_BYTES, lossIn, slotHead, slotsOf } from './thread-slots.ts'

/** Memory that the threads of one training run share. One thread creates it and posts it to the others. */
export type CollectiveMemory = SharedArrayBuffer

/**
 * Creates shared memory for `worldSize` threads.
 *
 * @param bytes Space for one rank's message; longer messages are sent in pieces. Default: 64 KiB.
 */
export function createCollectiveMemory(worldSize: number, bytes: number = 64 * 1024): CollectiveMemory {
  const room = Math.ceil(bytes / 4) * 4
  return new SharedArrayBuffer(HEAD_BYTES + worldSize * (slotHead(worldSize) + room))
}

/**
 * Connects ranks that run as threads of one process, through shared memory.
 *
 * @throws KernelError `bad-option` for an unknown option.
 */
export function openThreadCollective(
  memory: CollectiveMemory,
  rank: number,
  worldSize: number,
  options: CollectiveOptions = {},
): RankPort {
  checkKeys('openThreadCollective', options, COLLECTIVE_KEYS)
  const slots = slotsOf(memory, worldSize)
  const loss = lossIn(memory)
  let reason: string | null = null
  let missed: number | null = null

  function giveUp(why: string): void {
    if (reason !== null) return
    reason = why
    loss.write(why)
    // Wakes threads that are waiting on a slot.
    for (const { counts } of slots) for (let at = 0; at < counts.length; at++) Atomics.notify(counts, at)
  }

  function check(): void {
    if (reason !== null) throw new Error(reason)
  }

  /** Waits until a count has reached `least`; `from` is the rank that increments it. */
  function reach(counts: Int32Array, at: number, least: number, from: number): void {
    const waiting = waitFor(from, rank, options)
    for (let count = Atomics.load(counts, at); count < least; count = Atomics.load(counts, at)) {
      check()
      const told = loss.read()
      const failure = told ?? waiting.failure()
      if (failure === null) Atomics.wait(counts, at, count, POLL_MS)
      else {
        if (told === null) missed = from
        giveUp(failure)
      }
    }
  }

  const exchange = createSlotExchange(slots, rank, { check, reach })
  const others = slots.flatMap((_, of) => (of === rank ? [] : [of]))
  return {
    rank,
    worldSize,
    broadcast: (text) => exchange(rank === 0 ? (text ?? '') : null, rank === 0 ? [] : [0])[0] ?? '',
    allGather: (text) => exchange(text, others),
    giveUp,
    get missed() {
      return missed
    },
    close: () => undefined,
  }
}

const POLL_MS = 50
