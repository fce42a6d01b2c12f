import { expect, test } from 'vitest'
import { createCollectiveMemory } from '../src/node/thread-collective.ts'
import {
  createSlotExchange,
  HEAD_BYTES,
  lossIn,
  type SlotExchange,
  slotHead,
  slotsOf,
} from '../src/node/thread-slots.ts'

/**
 * The exchanges of several ranks in one thread: when one must wait for a count of another rank, that other rank takes
 * its next turn.
 */
function ranksOf(
  world: number,
  bytes: number,
): { readonly exchanges: SlotExchange[]; readonly turns: (() => void)[][] } {
  const memory = createCollectiveMemory(world, bytes)
  const turns: (() => void)[][] = Array.from({ length: world }, () => [])
  const exchanges = Array.from({ length: world }, (_, rank) =>
    createSlotExchange(slotsOf(memory, world), rank, {
      check: () => undefined,
      reach(counts, at, least, from) {
        while (Atomics.load(counts, at) < least) {
          const turn = turns[from]?.shift()
          if (turn === undefined) throw new Error(`rank ${rank} waits for rank ${from} forever`)
          turn()
        }
      },
    }),
  )
  return { exchanges, turns }
}

test('each rank has its own slot, and the slots fill the memory after its head', () => {
  for (const [world, bytes] of [
    [1, 64],
    [3, 64],
    [3, 5],
  ] as const) {
    const memory = createCollectiveMemory(world, bytes)
    const slots = slotsOf(memory, world)
    const room = Math.ceil(bytes / 4) * 4
    expect(slots.map((slot) => [slot.counts.length, slot.bytes.length])).toEqual(slots.map(() => [3 + world, room]))
    let end = HEAD_BYTES
    for (const { counts, bytes } of slots) {
      expect([counts.byteOffset, bytes.byteOffset]).toEqual([end, end + slotHead(world)])
      end = bytes.byteOffset + bytes.byteLength
    }
    expect(end).toBe(memory.byteLength)
    expect(HEAD_BYTES).toBe(512)
  }
  expect(createCollectiveMemory(2).byteLength).toBe(512 + 2 * (slotHead(2) + 64 * 1024))
})

test('a text that fits is sent in one piece, and several texts in turn', () => {
  const { exchanges } = ranksOf(2, 8)
  const [zero, one] = exchanges
  for (const text of ['', 'a', '12345678']) {
    expect(zero?.(text, [])).toEqual([text, ''])
    expect(one?.(null, [0])).toEqual([text, ''])
  }
})

test('a rank that does not exist has no slot', () => {
  const slots = slotsOf(createCollectiveMemory(2, 8), 2)
  const wait = { check: () => undefined, reach: () => undefined }
  expect(() => createSlotExchange(slots, 5, wait)('x', [])).toThrow(new RangeError('rank 5 of 2 has no slot'))
  expect(() => createSlotExchange(slots, 0, wait)(null, [7])).toThrow(new RangeError('rank 7 of 2 has no slot'))
})

test('nothing is sent after this rank has given up', () => {
  const slots = slotsOf(createCollectiveMemory(2, 8), 2)
  const check = (): never => {
    throw new Error('rank 1 is gone')
  }
  expect(() => createSlotExchange(slots, 0, { check, reach: () => undefined })('x', [])).toThrow('rank 1 is gone')
  expect(slots[0]?.counts[0]).toBe(0)
})

test('a rank waits with its next piece until all others have taken the previous one', () => {
  const waits: unknown[] = []
  const slots = slotsOf(createCollectiveMemory(3, 4), 3)
  const exchange = createSlotExchange(slots, 1, {
    check: () => undefined,
    reach: (counts, at, least, from) =>
      void waits.push([slots.findIndex((slot) => slot.counts === counts), at, least, from]),
  })
  exchange('12345', [])
  // Counts of slot 1: which pieces ranks 0 and 2 have taken.
  expect(waits).toEqual([
    [1, 3, 0, 0],
    [1, 5, 0, 2],
    [1, 3, 1, 0],
    [1, 5, 1, 2],
  ])
  expect([...(slots[1]?.counts ?? [])].slice(0, 3)).toEqual([2, 1, 0])
})

test('long texts are exchanged piece by piece, and a rank whose text is complete is not waited for again', () => {
  const slots = slotsOf(createCollectiveMemory(3, 4), 3)
  const pieces = [[], ['12', '34\u00fc', 'x'], ['y']]
  const heard: string[] = []
  const exchange = createSlotExchange(slots, 0, {
    check: () => undefined,
    reach(counts, at, least, from) {
      const own = slots[0]
      if (counts === own?.counts) {
        // Another rank takes the piece that this one has put.
        if (Atomics.load(counts, at) < least) {
          if (from === 1) heard.push(new TextDecoder().decode(own.bytes.slice(0, counts[1])))
          Atomics.store(counts, at, least)
        }
        return
      }
      const slot = slots[from]
      const encoded = pieces[from]?.map((piece) => new TextEncoder().encode(piece)) ?? []
      slot?.bytes.set(encoded[least - 1] ?? [])
      const left = encoded.slice(least).reduce((sum, piece) => sum + piece.length, 0)
      slot?.counts.set([encoded[least - 1]?.length ?? 0, left], 1)
      Atomics.store(counts, at, least)
    },
  })
  expect(exchange('abcdefghi', [1, 2])).toEqual(['abcdefghi', '1234\u00fcx', 'y'])
  expect(heard).toEqual(['abcd', 'efgh'])
  // How many pieces this rank has taken of each.
  expect([slots[1]?.counts[3], slots[2]?.counts[3]]).toEqual([3, 1])
  expect([...(slots[0]?.counts ?? [])].slice(0, 3)).toEqual([3, 1, 0])
})

test('the reason of the first rank that gives up is kept, up to the size of the head', () => {
  const memory = createCollectiveMemory(2, 8)
  const [zero, one] = [lossIn(memory), lossIn(memory)]
  expect([zero.read(), one.read()]).toEqual([null, null])
  one.write('rank 1 is gone')
  zero.write('rank 0 is gone')
  expect([zero.read(), one.read()]).toEqual(['rank 1 is gone', 'rank 1 is gone'])
  const long = lossIn(createCollectiveMemory(2, 8))
  long.write('x'.repeat(1000))
  expect(long.read()).toBe('x'.repeat(504))
})
