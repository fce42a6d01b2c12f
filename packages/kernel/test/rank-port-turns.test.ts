import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type CollectiveMemory,
  createCollectiveMemory,
  type FileCollectiveOptions,
  openFileCollective,
  openThreadCollective,
  type RankPort,
} from '../src/node.ts'
import { runDir } from './run-dir.ts'

// Several ranks in one thread, in turn: while one waits for another, its `gone` lets the other continue.

const KINDS = [
  { kind: 'file', place: () => runDir() },
  { kind: 'thread', place: (world: number) => createCollectiveMemory(world, 64) },
] as const

function open(
  place: string | CollectiveMemory,
  rank: number,
  world: number,
  options: FileCollectiveOptions = {},
): RankPort {
  return typeof place === 'string'
    ? openFileCollective(place, rank, world, options)
    : openThreadCollective(place, rank, world, options)
}

/** Calls `act` at the first query, and reports each time that the rank may still respond. */
function meanwhile(act: () => void): (rank: number) => null {
  let isDone = false
  return () => {
    if (!isDone) {
      isDone = true
      act()
    }
    return null
  }
}

describe.each(KINDS)('ranks in turn: $kind', ({ place: placeFor }) => {
  test('each text of rank 0 is received once, in order', () => {
    const place = placeFor(2)
    const [zero, one] = [open(place, 0, 2), open(place, 1, 2)]
    const heard = ['hello', '', 'x'.repeat(64)].map((text) => [zero.broadcast(text), one.broadcast(null)])
    expect(heard).toEqual([
      ['hello', 'hello'],
      ['', ''],
      ['x'.repeat(64), 'x'.repeat(64)],
    ])
    expect([zero.rank, one.rank, zero.worldSize, one.worldSize]).toEqual([0, 1, 2, 2])
    for (const port of [zero, one]) port.close()
  })

  test('`allGather` gives every rank all texts, in rank order', () => {
    const place = placeFor(3)
    const heard: (readonly string[])[] = []
    const two = open(place, 2, 3)
    const one = open(place, 1, 3, { gone: meanwhile(() => void heard.push(two.allGather('of 2'))) })
    const zero = open(place, 0, 3, { gone: meanwhile(() => void heard.push(one.allGather('of 1'))) })
    heard.push(zero.allGather('of 0'))
    expect(heard).toEqual(Array.from({ length: 3 }, () => ['of 0', 'of 1', 'of 2']))
    expect([zero, one, two].map(({ missed }) => missed)).toEqual([null, null, null])
    for (const port of [zero, one, two]) port.close()
  })

  test('the reason of a rank that gives up is received after its last text, and only its first reason counts', () => {
    const place = placeFor(2)
    const [zero, one] = [open(place, 0, 2), open(place, 1, 2)]
    zero.broadcast('last words')
    zero.giveUp('killed')
    zero.giveUp('again')
    expect(one.broadcast(null)).toBe('last words')
    expect(() => one.broadcast(null)).toThrow(new Error('killed'))
    expect(() => one.allGather('x')).toThrow(new Error('killed'))
    expect(() => zero.broadcast('more')).toThrow(new Error('killed'))
    expect([zero.missed, one.missed]).toEqual([null, null])
    for (const port of [zero, one]) port.close()
  })

  test('the rank that detects an exited rank has it in `missed`, and the reason reaches the others', () => {
    const place = placeFor(3)
    const zero = open(place, 0, 3, { gone: (rank) => `rank ${rank} has ended` })
    expect(() => zero.allGather('of 0')).toThrow(new Error('rank 1 has ended'))
    const two = open(place, 2, 3)
    expect(() => two.allGather('of 2')).toThrow(new Error('rank 1 has ended'))
    expect([zero.missed, two.missed]).toEqual([1, null])
    for (const port of [zero, two]) port.close()
  })

  test('a rank that does not respond in time is named, with the length of the wait', () => {
    const place = placeFor(2)
    const one = open(place, 1, 2, { timeoutMs: 10 })
    expect(() => one.broadcast(null)).toThrow(new Error('rank 1 waited 0.01 s for rank 0'))
    expect(one.missed).toBe(0)
    one.close()
  })

  test('an option that does not exist is refused', () => {
    expect(() => open(placeFor(2), 0, 2, { timeout: 1 } as never)).toThrow(/has no option `timeout`/)
  })
})

test('a full file is continued in another one, and deleted when all ranks have read it', () => {
  const dir = runDir()
  const options = { fileBytes: 50 }
  const rounds = Array.from({ length: 12 }, (_, at) => `round ${at} ${'.'.repeat(at)}`)
  let turn: () => void = () => undefined
  const one = openFileCollective(dir, 1, 2, options)
  const zero = openFileCollective(dir, 0, 2, {
    ...options,
    gone: () => {
      turn()
      turn = () => undefined
      return null
    },
  })
  const files = rounds.map((text) => {
    zero.broadcast(text)
    turn = () => expect([one.broadcast(null), one.allGather('one')]).toEqual([text, ['zero', 'one']])
    expect(zero.allGather('zero')).toEqual(['zero', 'one'])
    return readdirSync(dir).length
  })
  expect(Math.max(...files)).toBeLessThanOrEqual(6)
  const last = readdirSync(dir).filter((name) => name.startsWith('rank-0.'))
  expect(last.includes('rank-0.0.jsonl')).toBe(false)
  expect(last.length).toBeLessThan(4)
  for (const port of [zero, one]) port.close()
})

test('memory has room for the text of each rank, in whole words of four bytes', () => {
  const head = (world: number): number => (3 + world) * 4
  expect(createCollectiveMemory(2, 5).byteLength).toBe(512 + 2 * (head(2) + 8))
  expect(createCollectiveMemory(3).byteLength).toBe(512 + 3 * (head(3) + 65_536))
})
