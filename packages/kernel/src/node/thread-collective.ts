import { checkKeys } from '../option-check.ts'
import { COLLECTIVE_KEYS, type CollectiveOptions, type RankPort, waitFor } from './rank-port.ts'

/** Memory that the threads of one training share; made by one of them and posted to the others. */
export type CollectiveMemory = SharedArrayBuffer

/**
 * Shared memory for `worldSize` threads.
 *
 * @param bytes Room for one rank's text; longer ones go in pieces. Default 64 KiB.
 */
export function createCollectiveMemory(worldSize: number, bytes: number = 64 * 1024): CollectiveMemory {
  const room = Math.ceil(bytes / 4) * 4
  return new SharedArrayBuffer(HEAD_BYTES + worldSize * (slotHead(worldSize) + room))
}

/**
 * The ranks of one process as threads: they meet in shared memory.
 *
 * @throws KernelError `bad-option` for an option that does not exist.
 */
export function threadCollective(
  memory: CollectiveMemory,
  rank: number,
  worldSize: number,
  options: CollectiveOptions = {},
): RankPort {
  checkKeys('threadCollective', options, COLLECTIVE_KEYS)
  const slots = slotsOf(memory, worldSize)
  const loss = lossIn(memory)
  const heard = slots.map(() => 0)
  let said = 0
  let reason: string | null = null
  let missed: number | null = null

  function giveUp(why: string): void {
    if (reason !== null) return
    reason = why
    loss.write(why)
    // Whoever waits on a slot looks up.
    for (const { counts } of slots) for (let at = 0; at < counts.length; at++) Atomics.notify(counts, at)
  }

  /** Waits until a count has come to `least`; `from` is the rank that raises it. */
  function reach(counts: Int32Array, at: number, least: number, from: number): void {
    const waiting = waitFor(from, rank, options)
    for (;;) {
      const count = Atomics.load(counts, at)
      if (count >= least) return
      if (reason !== null) throw new Error(reason)
      const told = loss.read()
      const failure = told ?? waiting.failure()
      if (failure === null) Atomics.wait(counts, at, count, POLL_MS)
      else {
        if (told === null) missed = from
        giveUp(failure)
      }
    }
  }

  /** Puts a piece into the own slot, when all have taken the one before. */
  function put(piece: Uint8Array, left: number): void {
    if (reason !== null) throw new Error(reason)
    const slot = slots[rank]
    if (slot === undefined) throw new RangeError(`rank ${rank} of ${worldSize} has no slot`)
    for (let of = 0; of < worldSize; of++) if (of !== rank) reach(slot.counts, TAKEN + of, said, of)
    slot.bytes.set(piece)
    slot.counts.set([piece.length, left], SIZE)
    said++
    Atomics.store(slot.counts, PUT, said)
    Atomics.notify(slot.counts, PUT)
  }

  /** Takes the next piece of a rank, and says how much is left of its text. */
  function take(from: number, into: Uint8Array[]): number {
    const slot = slots[from]
    if (slot === undefined) throw new RangeError(`rank ${from} of ${worldSize} has no slot`)
    const next = (heard[from] ?? 0) + 1
    reach(slot.counts, PUT, next, from)
    into.push(slot.bytes.slice(0, slot.counts[SIZE]))
    const left = slot.counts[SIZE + 1] ?? 0
    heard[from] = next
    Atomics.store(slot.counts, TAKEN + rank, next)
    Atomics.notify(slot.counts, TAKEN + rank)
    return left
  }

  /** Says the own text, if any, and hears those of `from`, piece by piece: nobody's second piece waits for a first. */
  function exchange(text: string | null, from: readonly number[]): string[] {
    const room = slots[rank]?.bytes.length ?? 0
    const mine = text === null ? null : encoder.encode(text)
    const parts = new Map<number, Uint8Array[]>(from.map((of) => [of, []]))
    let open = [...from]
    let sent = 0
    let isSaid = mine === null
    while (!isSaid || open.length > 0) {
      if (mine !== null && !isSaid) {
        put(mine.subarray(sent, sent + room), Math.max(0, mine.length - sent - room))
        sent += room
        isSaid = sent >= mine.length
      }
      open = open.filter((of) => take(of, parts.get(of) ?? []) > 0)
    }
    return slots.map((_, of) => (of === rank ? (text ?? '') : decoder.decode(joined(parts.get(of) ?? []))))
  }

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

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const POLL_MS = 50

// The head: the length of the reason why somebody gave up, 0 while nobody did, and the reason. A slot: how many pieces its
// rank has put, the length of the last and how much of its text is left, how many each rank has taken; then the piece.
const HEAD_BYTES = 512
const PUT = 0
const SIZE = 1
const TAKEN = 3

function slotHead(worldSize: number): number {
  return (TAKEN + worldSize) * 4
}

interface Slot {
  readonly counts: Int32Array
  readonly bytes: Uint8Array
}

function slotsOf(memory: CollectiveMemory, worldSize: number): readonly Slot[] {
  const head = slotHead(worldSize)
  const room = Math.floor((memory.byteLength - HEAD_BYTES) / worldSize) - head
  return Array.from({ length: worldSize }, (_, of) => {
    const start = HEAD_BYTES + of * (head + room)
    return {
      counts: new Int32Array(memory, start, TAKEN + worldSize),
      bytes: new Uint8Array(memory, start + head, room),
    }
  })
}

/** Where the first rank that gives up says why. */
function lossIn(memory: CollectiveMemory): { read(): string | null; write(reason: string): void } {
  const length = new Int32Array(memory, 0, 2)
  const bytes = new Uint8Array(memory, 8, HEAD_BYTES - 8)
  return {
    read() {
      const size = Atomics.load(length, 0)
      return size === 0 ? null : decoder.decode(bytes.slice(0, size))
    },
    write(reason) {
      // One of several that give up at the same time is enough.
      if (Atomics.compareExchange(length, 1, 0, 1) !== 0) return
      const text = encoder.encode(reason).subarray(0, bytes.length)
      bytes.set(text)
      Atomics.store(length, 0, text.length)
    },
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
