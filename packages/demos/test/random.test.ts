import { expect, test } from 'vitest'
import { createRandom, shuffle } from '../src/digits/random.ts'

test('a seed and a stream give the same numbers every time, another of either gives others', () => {
  const draw = (seed: number, ...stream: number[]): number[] => {
    const random = createRandom(seed, ...stream)
    return Array.from({ length: 4 }, () => random.uint32())
  }
  expect(draw(7, 1)).toEqual(draw(7, 1))
  const draws = [draw(7), draw(7, 0), draw(7, 1), draw(7, 1, 1), draw(8, 1), draw(7 + 2 ** 32, 1)]
  expect(new Set(draws.map(String)).size).toBe(draws.length)
})

test('every number below a bound comes about as often', () => {
  const random = createRandom(3)
  const counts = new Array<number>(10).fill(0)
  for (let draw = 0; draw < 20_000; draw++) {
    const value = random.below(10)
    counts[value] = (counts[value] ?? 0) + 1
  }
  expect(counts.length).toBe(10)
  expect(Math.min(...counts)).toBeGreaterThan(1800)
  expect(Math.max(...counts)).toBeLessThan(2200)
})

test('a shuffle keeps every value and puts each in each place about as often', () => {
  const places = Array.from({ length: 5 }, () => [0, 0, 0, 0, 0])
  for (let seed = 0; seed < 5000; seed++) {
    const order = shuffle(Uint32Array.of(0, 1, 2, 3, 4), createRandom(seed))
    order.forEach((value, place) => {
      const counts = places[place] ?? []
      counts[value] = (counts[value] ?? 0) + 1
    })
  }
  expect(Math.max(...places.flat())).toBeLessThan(1120)
  expect(Math.min(...places.flat())).toBeGreaterThan(880)
})
