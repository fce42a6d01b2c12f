import { expect, test } from 'vitest'
import { contour, importance, parallelCoordinates, slice } from '../src/analysis.ts'
import { branch, choice, createStudy, float, int, normal, randomSampler } from '../src/index.ts'

const space = {
  a: float(0, 1),
  b: int(1, 8, { log: true }),
  c: choice(['p', 'q', 'r']),
  n: normal(2, 3),
  one: float(3, 3),
  h: branch({ off: {}, on: { z: float(0, 1), k: choice([1, 2]) } }),
}

const rounded = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(6)) : value)

/** A study whose values jump, so that only a forest can explain them. One trial failed, and one value is infinite. */
function jumps() {
  const study = createStudy({ space, sampler: randomSampler(), seed: 8 })
  for (let i = 0; i < 60; i++) {
    const trial = study.ask()
    const { a, b, c, n, h } = trial.params
    const arm = h.kind === 'on' ? (h.k === 2 ? 3 : 0) + (h.z > 0.5 ? 1 : 0) : 1
    const value = (Math.floor(a * 6) % 2) + (c === 'q' ? 2 : 0) + arm + (n > 2 ? 0.5 : 0) + b / 8
    study.tell(trial, i === 9 ? 'failed' : i === 10 ? Infinity : value)
  }
  return study
}

test('the shares of a forest equal the recorded ones', () => {
  const shares = (options: object) => importance(jumps(), options).map(({ path, share }) => [path, rounded(share)])
  expect(shares({})).toEqual([
    ['c', 0.346562],
    ['h.on.k', 0.292527],
    ['b', 0.102337],
    ['a', 0.0947917],
    ['h', 0.0784906],
    ['n', 0.0620748],
    ['h.on.z', 0.0232167],
    ['one', 0],
  ])
  expect(shares({ trees: 3, seed: 4 })).toEqual([
    ['c', 0.349222],
    ['h.on.k', 0.312242],
    ['b', 0.118311],
    ['n', 0.105593],
    ['h', 0.0553325],
    ['a', 0.0345181],
    ['h.on.z', 0.0247814],
    ['one', 0],
  ])
})

/** Three trials, the last of which has an infinite value. */
function three() {
  const study = createStudy({ space, sampler: randomSampler() })
  study.add({ params: { a: 0, b: 1, c: 'p', n: 2, one: 3, h: { kind: 'off' } }, outcome: 1 })
  study.add({ params: { a: 1, b: 8, c: 'r', n: 5, one: 3, h: { kind: 'on', z: 0.25, k: 2 } }, outcome: 3 })
  study.add({ params: { a: 0.5, b: 2, c: 'q', n: -40, one: 3, h: { kind: 'on', z: 0.75, k: 1 } }, outcome: -Infinity })
  return study
}

test('parallel coordinates place every value of a trial', () => {
  const { axes, lines } = parallelCoordinates(three())
  expect(axes).toEqual([
    { path: 'a', values: undefined },
    { path: 'b', values: [1, 2, 3, 4, 5, 6, 7, 8] },
    { path: 'c', values: ['p', 'q', 'r'] },
    { path: 'n', values: undefined },
    { path: 'one', values: [3] },
    { path: 'h', values: ['off', 'on'] },
    { path: 'h.on.z', values: undefined },
    { path: 'h.on.k', values: [1, 2] },
  ])
  const heights = lines.map((line) => line.heights.map((height) => (height === undefined ? height : rounded(height))))
  expect(heights).toEqual([
    [0, 0.244651, 0, 0.5, 0.5, 0, undefined, undefined],
    [1, 0.978602, 1, 0.666667, 0.5, 1, 0.25, 1],
    [0.5, 0.489301, 0.5, 0, 0.5, 1, 0.75, 0],
  ])
  expect(lines.map(({ number, value }) => [number, value])).toEqual([
    [0, 1],
    [1, 3],
    [2, -Infinity],
  ])
})

test.each<[string, string, number, object]>([
  [
    'a',
    'c',
    3,
    {
      xs: [0, 0.5, 1],
      ys: ['p', 'q', 'r'],
      grid: [
        [1, 1.11111, 1.4],
        [1.66667, 2, 2.33333],
        [2.6, 2.88889, 3],
      ],
      points: [
        { number: 0, x: 0, y: 'p', value: 1 },
        { number: 1, x: 1, y: 'r', value: 3 },
        { number: 2, x: 0.5, y: 'q', value: -Infinity },
      ],
    },
  ],
  [
    'n',
    'one',
    4,
    {
      xs: [-7, -1, 5, 11],
      ys: [3],
      grid: [[1.72, 1.4, 3, 2.38462]],
      points: [
        { number: 0, x: 2, y: 3, value: 1 },
        { number: 1, x: 5, y: 3, value: 3 },
        { number: 2, x: -40, y: 3, value: -Infinity },
      ],
    },
  ],
  [
    'h.on.k',
    'h',
    5,
    {
      xs: [1, 2],
      ys: ['off', 'on'],
      grid: [
        [3, 3],
        [3, 3],
      ],
      points: [
        { number: 1, x: 2, y: 'on', value: 3 },
        { number: 2, x: 1, y: 'on', value: -Infinity },
      ],
    },
  ],
])('a contour of %s and %s with resolution %d has the recorded estimates', (x, y, resolution, wanted) => {
  const found = contour(three(), x, y, { resolution })
  expect({ ...found, grid: found.grid.map((row) => row.map(rounded)) }).toEqual(wanted)
})

test('a contour has 25 positions, or one for each value if there are fewer, and no estimates without values', () => {
  const { xs, ys } = contour(three(), 'a', 'b')
  expect([xs.length, ys]).toEqual([25, [1, 2, 3, 4, 5, 6, 7, 8]])
  expect(contour(three(), 'b', 'h.on.z', { resolution: 2 }).xs).toEqual([1, 8])
  const empty = createStudy({ space, sampler: randomSampler() })
  expect(contour(empty, 'c', 'h')).toEqual({
    xs: ['p', 'q', 'r'],
    ys: ['off', 'on'],
    grid: [
      [Number.NaN, Number.NaN, Number.NaN],
      [Number.NaN, Number.NaN, Number.NaN],
    ],
    points: [],
  })
  expect(slice(three(), 'h.on.z')).toEqual([
    { number: 1, x: 0.25, value: 3 },
    { number: 2, x: 0.75, value: -Infinity },
  ])
})
