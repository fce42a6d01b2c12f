import { expect, test } from 'vitest'
import { branch, choice, float, int } from '../src/index.ts'
import {
  activeGroups,
  completePoint,
  createLayout,
  createPoint,
  decodePoint,
  encodeParams,
  encodePartial,
} from '../src/layout.ts'

const space = {
  x: float(0, 2),
  head: branch({
    off: {},
    on: { n: int(1, 4), deep: branch({ p: { y: float(0, 1) }, q: {} }) },
  }),
  c: choice(['a', null]),
}
const layout = createLayout(space)
const NO = Number.NaN

const FULL = { x: 0.5, head: { kind: 'on', n: 2, deep: { kind: 'p', y: 0.75 } }, c: null }
// x, head, n, deep, y, c
const FULL_POINT = [0.25, 1, 0.375, 0, 0.75, 1]
const SMALL = { x: 2, head: { kind: 'off' }, c: 'a' }
const SMALL_POINT = [1, 0, NO, NO, NO, 0]

test('a layout has an axis for each parameter, and a group for the root and for each arm', () => {
  expect(layout.axes.map(({ path }) => path)).toEqual([
    'x',
    'head',
    'head.on.n',
    'head.on.deep',
    'head.on.deep.p.y',
    'c',
  ])
  expect(
    layout.groups.map(({ index, members }) => [
      index,
      members.map((member) => [member.name, member.index, member.arms.map((arm) => arm.index)]),
    ]),
  ).toEqual([
    [
      0,
      [
        ['x', 0, []],
        ['head', 1, [1, 2]],
        ['c', 5, []],
      ],
    ],
    [1, []],
    [
      2,
      [
        ['n', 2, []],
        ['deep', 3, [3, 4]],
      ],
    ],
    [3, [['y', 4, []]]],
    [4, []],
  ])
  expect([layout.root, layout.space]).toEqual([layout.groups[0], space])
  expect(() => createLayout({})).toThrow('`space` must have at least one parameter, got none')
})

test('only the groups of the chosen arms exist at a point', () => {
  const at = (point: readonly number[]): number[] => activeGroups(layout, point).map(({ index }) => index)
  expect([at(FULL_POINT), at(SMALL_POINT), at([0, 1, 0, 1, NO, 0]), at([])]).toEqual([
    [0, 2, 3],
    [0, 1],
    [0, 2, 4],
    [0],
  ])
})

test('a point is built from the axes that exist, starting with the root', () => {
  const picked: [string, number][] = []
  const point = createPoint(layout, ({ name, axis }, group) => {
    picked.push([name, group.index])
    return axis.path === 'head' ? 1 : 0
  })
  expect([...point]).toEqual([0, 1, 0, 0, 0, 0])
  expect(picked).toEqual([
    ['x', 0],
    ['head', 0],
    ['c', 0],
    ['n', 2],
    ['deep', 2],
    ['y', 3],
  ])
  expect([...createPoint(layout, () => 0)]).toEqual([0, 0, NO, NO, NO, 0])
})

test('parameters and points are converted into each other', () => {
  for (const [params, point] of [
    [FULL, FULL_POINT],
    [SMALL, SMALL_POINT],
  ] as const) {
    expect([...encodeParams(layout, params)]).toEqual(point)
    expect([...encodePartial(layout, params)]).toEqual(point)
    expect(decodePoint(layout, point)).toEqual(params)
  }
  expect([...encodePartial(layout, {})]).toEqual([NO, NO, NO, NO, NO, NO])
  expect([...encodePartial(layout, { head: { kind: 'on', deep: { kind: 'q' } } })]).toEqual([NO, 1, NO, 1, NO, NO])
})

test('a point is completed from the suggestion, and from the prior if there is a random stream', () => {
  const none = [NO, NO, NO, NO, NO, NO]
  let drawn = 0
  const random = (): number => {
    drawn += 1
    return 0.625
  }
  const whole = completePoint(layout, FULL_POINT)
  expect(whole && [...whole]).toEqual(FULL_POINT)
  expect(completePoint(layout, none)).toBe(undefined)
  expect(completePoint(layout, [0.5, 1, NO, 1, NO, 0], SMALL_POINT)).toBe(undefined)
  const complete = (fixed: readonly number[], suggested?: readonly number[]): unknown => {
    drawn = 0
    return [...(completePoint(layout, fixed, suggested, random) ?? []), drawn]
  }
  expect(complete(none)).toEqual([0.625, 1, 0.625, 1, NO, 1, 5])
  expect(complete(none, SMALL_POINT)).toEqual([...SMALL_POINT, 0])
  expect(complete([NO, 1, NO, NO, NO, NO], SMALL_POINT)).toEqual([1, 1, 0.625, 1, NO, 0, 2])
  // Given coordinates override suggested ones; coordinates that do not exist are left out.
  expect(complete([0.125, 0, 0.125, NO, NO, NO], FULL_POINT)).toEqual([0.125, 0, NO, NO, NO, 1, 0])
})

test.each<[unknown, string]>([
  [{}, 'TypeError: `params` must have a value for `x`, `head`, `c`'],
  [{ x: 1, c: 'a', head: { kind: 'on' } }, 'TypeError: `params` must have a value for `head.n`, `head.deep`'],
  [{ ...SMALL, c: undefined }, 'TypeError: `params` must have a value for `c`'],
  [null, 'TypeError: `params` must be an object with values of `x`, `head`, `c`, got null'],
  [[], 'TypeError: `params` must be an object with values of `x`, `head`, `c`, got a list of 0'],
  ['x', 'TypeError: `params` must be an object with values of `x`, `head`, `c`, got "x"'],
  [
    { ...SMALL, hed: 1 },
    'RangeError: `hed` is not in the space, which has `x`, `head`, `c` there, did you mean `head`?',
  ],
  [{ ...SMALL, kind: 'off' }, 'RangeError: `kind` is not in the space, which has `x`, `head`, `c` there'],
  [{ ...SMALL, head: { kind: 'off', n: 1 } }, 'RangeError: `head.n` is not in the space, which has nothing there'],
  [
    { ...SMALL, head: { kind: 'on', m: 1 } },
    'RangeError: `head.m` is not in the space, which has `n`, `deep` there, did you mean `n`?',
  ],
  [{ ...SMALL, x: 3 }, 'RangeError: `x` must be from 0 to 2, got 3'],
  [{ ...SMALL, head: { kind: 'on', n: 5 } }, 'RangeError: `head.n` must be from 1 to 4, got 5'],
  [{ ...SMALL, head: { kind: 'up' } }, 'RangeError: `head` must be one of "off", "on", got "up"'],
  [{ ...SMALL, head: 'off' }, 'TypeError: `head` must be an object with values of `kind`, got "off"'],
  [{ ...SMALL, head: 'on' }, 'TypeError: `head` must be an object with values of `kind`, `n`, `deep`, got "on"'],
  [{ ...SMALL, head: {} }, 'RangeError: `head` must be one of "off", "on", got undefined'],
  [{ ...SMALL, head: null }, 'RangeError: `head` must be one of "off", "on", got null'],
  [{ ...SMALL, c: {} }, 'RangeError: `c` must be one of "a", null, got an object'],
  [
    { ...SMALL, head: { kind: 'on', n: 1, deep: { kind: 'p', y: 2 } } },
    'RangeError: `head.deep.y` must be from 0 to 1, got 2',
  ],
])('the parameters %j are rejected', (params, message) => {
  let refusal = 'not refused'
  try {
    encodeParams(layout, params as never)
  } catch (error) {
    refusal = String(error)
  }
  expect(refusal).toBe(message)
})
