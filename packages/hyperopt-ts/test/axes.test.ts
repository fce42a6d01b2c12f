import { expect, test } from 'vitest'
import { type Axis, createAxis, priorCoordinate } from '../src/axis.ts'
import { branch, choice, type Dimension, float, int, normal, ordered } from '../src/index.ts'

const rounded = (value: unknown): unknown =>
  typeof value === 'number' && Number.isFinite(value) ? Number(value.toPrecision(9)) : value

/** The results of an axis for some coordinates, the first three cells, and the quantiles of 0, 0.3 and 0.999. */
function described(axis: Axis, at: readonly number[]) {
  const values = at.map(axis.value)
  return {
    count: axis.count,
    values: values.map(rounded),
    back: values.map((value) => rounded(axis.coordinate(value))),
    cells: at.map(axis.cell),
    edges: [0, 1, 2].map((cell) => rounded(axis.edge(cell))),
    priors: [0, 0.3, 0.999].map((u) => rounded(priorCoordinate(axis, u))),
  }
}

// Two of these coordinates are out of bounds.
const PLACES = [-0.5, 0, 0.2, 0.5, 0.99, 1, 1.5]
const SAME = [0, 0.3, 0.999]
const NO_CELLS = { cells: PLACES.map(() => 0), edges: [0, 1, 2], priors: SAME }

test.each<[string, Dimension, object]>([
  [
    'float',
    float(-1, 3),
    { count: Infinity, values: [-1, -1, -0.2, 1, 2.96, 3, 3], back: [0, 0, 0.2, 0.5, 0.99, 1, 1], ...NO_CELLS },
  ],
  [
    'logarithmic float',
    float(0.01, 100, { log: true }),
    {
      count: Infinity,
      values: [0.01, 0.01, 0.0630957344, 1, 91.2010839, 100, 100],
      back: [0, 0, 0.2, 0.5, 0.99, 1, 1],
      ...NO_CELLS,
    },
  ],
  [
    'float of one value',
    float(2, 2),
    { count: 1, values: PLACES.map(() => 2), back: PLACES.map(() => 0.5), ...NO_CELLS },
  ],
  [
    'float with a step',
    float(0.1, 0.5, { step: 0.1 }),
    {
      count: 5,
      values: [0.1, 0.1, 0.2, 0.3, 0.5, 0.5, 0.5],
      back: [0.1, 0.1, 0.3, 0.5, 0.9, 0.9, 0.9],
      cells: [0, 0, 1, 2, 4, 4, 4],
      edges: [0, 0.2, 0.4],
      priors: SAME,
    },
  ],
  [
    'int whose last step ends before its upper bound',
    int(-3, 12, { step: 4 }),
    {
      count: 4,
      values: [-3, -3, -3, 5, 9, 9, 9],
      back: [0.125, 0.125, 0.125, 0.625, 0.875, 0.875, 0.875],
      cells: [0, 0, 0, 2, 3, 3, 3],
      edges: [0, 0.25, 0.5],
      priors: SAME,
    },
  ],
  [
    'logarithmic int',
    int(1, 9, { log: true }),
    {
      count: 9,
      values: [1, 1, 1, 2, 9, 9, 9],
      back: [0.235408913, 0.235408913, 0.235408913, 0.470817827, 0.981637513, 0.981637513, 0.981637513],
      cells: [0, 0, 0, 1, 8, 8, 8],
      edges: [0, 0.3731143, 0.54660257],
      priors: SAME,
    },
  ],
  [
    'logarithmic int with a step',
    int(2, 10, { log: true, step: 4 }),
    {
      count: 3,
      values: [2, 2, 2, 2, 10, 10, 10],
      back: [0.278942946, 0.278942946, 0.278942946, 0.278942946, 0.926628408, 0.926628408, 0.926628408],
      cells: [0, 0, 0, 0, 2, 2, 2],
      edges: [0, 0.557885891, 0.836828837],
      priors: SAME,
    },
  ],
  [
    'logarithmic float with a step',
    float(1, 2, { log: true, step: 0.5 }),
    {
      count: 3,
      values: [1, 1, 1, 1.5, 2, 2, 2],
      back: [0.261859507, 0.261859507, 0.261859507, 0.630929754, 0.892789261, 0.892789261, 0.892789261],
      cells: [0, 0, 0, 1, 2, 2, 2],
      edges: [0, 0.464973521, 0.771243749],
      priors: SAME,
    },
  ],
  [
    'ordered list',
    ordered(['s', 'm', 'l']),
    {
      count: 3,
      values: ['s', 's', 's', 'm', 'l', 'l', 'l'],
      back: [1 / 6, 1 / 6, 1 / 6, 0.5, 5 / 6, 5 / 6, 5 / 6].map(rounded),
      cells: [0, 0, 0, 1, 2, 2, 2],
      edges: [0, 1 / 3, 2 / 3].map(rounded),
      priors: SAME,
    },
  ],
])('the axis of a %s has a coordinate for each value', (name, dimension, wanted) => {
  const axis = createAxis(name, dimension)
  expect(described(axis, PLACES)).toEqual(wanted)
  expect([axis.path, axis.dimension, axis.nominal, axis.unbounded]).toEqual([name, dimension, false, false])
  expect(axis.edge(axis.count)).toBe(axis.count === Infinity ? Infinity : 1)
})

test('an unordered value has its index as its coordinate', () => {
  const priors = [0, 0.5, 0.999]
  const list = createAxis('c', choice(['a', 1, null]))
  const arms = createAxis('b', branch({ off: {}, on: {} }))
  expect([list, arms].map(({ count, nominal, unbounded }) => [count, nominal, unbounded])).toEqual([
    [3, true, false],
    [2, true, false],
  ])
  expect([0, 1, 2, 3].map(list.value)).toEqual(['a', 1, null, null])
  expect(['a', 1, null, 'b'].map(list.coordinate)).toEqual([0, 1, 2, Number.NaN])
  expect(['off', 'on'].map(arms.coordinate)).toEqual([0, 1])
  expect(priors.map((u) => priorCoordinate(list, u))).toEqual([0, 1, 2])
  expect(priorCoordinate(arms, 1)).toBe(1)
  expect(list.cell(2)).toBe(2)
})

test('a normal parameter has coordinates without bounds', () => {
  const at = [-1.5, 0, 2]
  const shared = { count: Infinity, back: at, cells: [0, 0, 0], edges: [0, 1, 2] }
  const priors = [-8.29236108, -0.524400513, 3.09023231]
  const bell = createAxis('bell', normal(3, 2))
  const log = createAxis('log', normal(0, 1, { log: true }))
  expect(described(bell, at)).toEqual({ ...shared, values: [0, 3, 7], priors })
  expect(described(log, at)).toEqual({ ...shared, values: [0.22313016, 1, 7.3890561], priors })
  expect([bell.nominal, bell.unbounded, bell.problem(-1e300), bell.problem(Infinity)]).toEqual([
    false,
    true,
    undefined,
    'must be a finite number, got Infinity',
  ])
  expect([log.problem(5e-324), log.problem(0)]).toEqual([undefined, 'must be from 5e-324 to Infinity, got 0'])
})

test.each<[Dimension, [unknown, string | undefined][]]>([
  [
    float(0, 1),
    [
      [0, undefined],
      [1, undefined],
      [-0.001, 'must be from 0 to 1, got -0.001'],
      [1.001, 'must be from 0 to 1, got 1.001'],
      [Number.NaN, 'must be a finite number, got NaN'],
      ['1', 'must be a finite number, got "1"'],
    ],
  ],
  [
    float(0, 1, { step: 0.25 }),
    [
      [0.5, undefined],
      [0.5 + 1e-10, undefined],
      [0.5 + 1e-9, 'must be on the grid of step 0.25, got 0.500000001, the nearest is 0.5'],
      [0.2, 'must be on the grid of step 0.25, got 0.2, the nearest is 0.25'],
      [2, 'must be from 0 to 1, got 2'],
    ],
  ],
  [
    int(0, 8, { step: 4 }),
    [
      [4, undefined],
      [4 + 1e-10, 'must be on the grid of step 4, got 4.0000000001, the nearest is 4'],
      [7, 'must be on the grid of step 4, got 7, the nearest is 8'],
    ],
  ],
  [
    choice(['a', 1, null]),
    [
      [null, undefined],
      ['1', 'must be one of "a", 1, null, got "1"'],
      [undefined, 'must be one of "a", 1, null, got undefined'],
    ],
  ],
  [
    choice(Array.from({ length: 12 }, (_, i) => i)),
    [[12, 'must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, got 12']],
  ],
  [branch({ on: {} }), [['off', 'must be one of "on", got "off"']]],
])('an axis reports what is wrong with a value: %j', (dimension, cases) => {
  const { problem } = createAxis('x', dimension)
  for (const [value, wanted] of cases) expect([value, problem(value)]).toEqual([value, wanted])
})
