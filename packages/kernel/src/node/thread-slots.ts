import type { CollectiveMemory } from './thread-collective.ts'

/**
 * Sends this rank's message, if any, and receives the messages of the ranks in `from`. Returns all messages, by rank.
 */
export type SlotExchange = (text: string | null, from: readonly number[]) => string[]

/**
 * @param wait.check Throws if this rank has given up.
 * @param wait.reach Waits until a count has reached `least`; `from` is the rank that increments it.
 */
export function createSlotExchange(
  slots: readonly Slot[],
  rank: number,
  wait: {
    readonly check: () => void
    readonly reach: (counts: Int32Array, at: number, least: number, from: number) => void
  },
): SlotExchange {
  const { check, reach } = wait
  const heard = slots.map(() => 0)
  let said = 0

  /** Puts a piece into this rank's slot, once all ranks have taken the previous one. */
  function put(piece: Uint8Array, left: number): void {
    check()
    const slot = slots[rank]
    if (slot === undefined) throw new RangeError(`rank ${rank} of ${slots.length} has no slot`)
    for (let of = 0; of < slots.length; of++) if (of !== rank) reach(slot.counts, TAKEN + of, said, of)
    slot.bytes.set(piece)
    slot.counts.set([piece.length, left], SIZE)
    said++
    Atomics.store(slot.counts, PUT, said)
    Atomics.notify(slot.counts, PUT)
  }

  /** Takes the next piece of a rank, and returns how much of its message is left. */
  function take(from: number, into: Uint8Array[]): number {
    const slot = slots[from]
    if (slot === undefined) throw new RangeError(`rank ${from} of ${slots.length} has no slot`)
    const next = (heard[from] ?? 0) + 1
    reach(slot.counts, PUT, next, from)
    into.push(slot.bytes.slice(0, slot.counts[SIZE]))
    const left = slot.counts[SIZE + 1] ?? 0
    heard[from] = next
    Atomics.store(slot.counts, TAKEN + rank, next)
    Atomics.notify(slot.counts, TAKEN + rank)
    return left
  }

  // All ranks exchange their messages piece by piece, so that no rank's second piece has to wait for another rank's
  // first piece.
  return (text, from) => {
    const room = slots[rank]?.bytes.length ?? 0
    let mine = text === null ? null : encoder.encode(text)
    const parts = new Map<number, Uint8Array[]>(from.map((of) => [of, []]))
    let open = [...from]
    while (mine !== null || open.length > 0) {
      if (mine !== null) {
        const rest: Uint8Array<ArrayBuffer> = mine.subarray(room)
        put(mine.subarray(0, room), rest.length)
        mine = rest.length > 0 ? rest : null
      }
      open = open.filter((of) => take(of, parts.get(of) ?? []) > 0)
    }
    return slots.map((_, of) => (of === rank ? (text ?? '') : decoder.decode(joined(parts.get(of) ?? []))))
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

// The head contains the length of the reason why a rank gave up (0 if none did) and the reason. A slot contains the
// number of pieces that its rank has put, the length of the last piece, the length of the rest of the message, the
// number of pieces that each rank has taken, and the piece.
export const HEAD_BYTES = 512
const PUT = 0
const SIZE = 1
const TAKEN = 3

export function slotHead(worldSize: number): number {
  return (TAKEN + worldSize) * 4
}

export interface Slot {
  readonly counts: Int32Array
  readonly bytes: Uint8Array
}

export function slotsOf(memory: CollectiveMemory, worldSize: number): readonly Slot[] {
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

/** Returns access to the part of the memory that stores why the first rank gave up. */
export function lossIn(memory: CollectiveMemory): { read(): string | null; write(reason: string): void } {
  const length = new Int32Array(memory, 0, 2)
  const bytes = new Uint8Array(memory, 8, HEAD_BYTES - 8)
  return {
    read() {
      const size = Atomics.load(length, 0)
      return size === 0 ? null : decoder.decode(bytes.slice(0, size))
    },
    write(reason) {
      // If several ranks give up at the same time, one reason is enough.
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
