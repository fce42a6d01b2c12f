import { expect, test } from 'vitest'
import { createRandom, shuffle } from '../src/digits/random.ts'

test('a seed and a stream always yield the same numbers, and another seed or stream yields others', () => {
  const draw = (seed: number, ...stream: number[]): number[] => {
    const random = createRandom(seed, ...stream)
    return Array.from({ length: 4 }, () => random.uint32())
  }
  expect(draw(7, 1)).toEqual(draw(7, 1))
  const draws = [draw(7), draw(7, 0), draw(7, 1), draw(7, 1, 1), draw(8, 1), draw(7 + 2 ** 32, 1)]
  expect(new Set(draws.map(String)).size).toBe(draws.length)
})

test('every number below a bound is about equally frequent', () => {
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

test('a shuffle keeps every value, and each place is about equally frequent for each value', () => {
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

// These values change only if earlier runs can no longer be reproduced.
test('the numbers for seeds and streams, and the order of a shuffle, equal the recorded ones', () => {
  const draw = (seed: number, ...stream: number[]): number[] => {
    const random = createRandom(seed, ...stream)
    return Array.from({ length: 3 }, () => random.uint32())
  }
  expect([draw(0), draw(7, 1, 2), draw(2 ** 40 + 3)]).toMatchInlineSnapshot(`
    [
      [
        3809008728,
        1133695204,
        53579671,
      ],
      [
        1687829274,
        2859967985,
        540014104,
      ],
      [
        2347573020,
        275723556,
        1331439225,
      ],
    ]
  `)
  const random = createRandom(9)
  const numbers = [random.below(2 ** 32), random.below(3_000_000_000), random.below(1), random.uniform()]
  expect(numbers).toMatchInlineSnapshot(`
    [
      490589150,
      2235832415,
      0,
      0.6858906084671617,
    ]
  `)
  expect([
    ...shuffle(
      Uint32Array.from({ length: 12 }, (_, at) => at),
      random,
    ),
  ]).toMatchInlineSnapshot(`
    [
      7,
      5,
      2,
      10,
      0,
      6,
      11,
      8,
      9,
      4,
      1,
      3,
    ]
  `)
})

test('a number that is not below the largest multiple of the bound is redrawn', () => {
  const bound = 3_000_000_000
  const [plain, bounded] = [createRandom(5), createRandom(5)]
  const wanted = Array.from({ length: 40 }, () => plain.uint32()).filter((value) => value < bound)
  expect(wanted.length).toBeLessThan(40)
  expect(wanted.map(() => bounded.below(bound))).toEqual(wanted)
})

test('a uniform number has all 32 bits', () => {
  const [plain, uniform] = [createRandom(5), createRandom(5)]
  for (let draw = 0; draw < 10; draw++) expect(uniform.uniform() * 2 ** 32).toBe(plain.uint32())
})

test('a shuffle of at most one value draws no number', () => {
  const [used, unused] = [createRandom(5), createRandom(5)]
  expect([[...shuffle(Uint32Array.of(7), used)], [...shuffle(new Uint32Array(), used)]]).toEqual([[7], []])
  expect(used.uint32()).toBe(unused.uint32())
})
