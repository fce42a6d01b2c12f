import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLineWindow, type LineWindow, levelOf, median } from '../../src/judge.ts'

/** Returns the state of a window for comparison. */
function told(window: LineWindow): unknown {
  return [
    window.count,
    [...window.tail(20)],
    window.level(),
    window.leastLevel(5),
    window.leastLevelStep(5),
    window.head,
  ]
}

const courses = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60, size: 'max' })

test('a rewound line consists of its remaining values and the new ones, as if the replaced ones had never existed', () => {
  fc.assert(
    fc.property(courses, courses, fc.nat(59), (before, after, cut) => {
      const rewound = createLineWindow()
      const straight = createLineWindow()
      before.forEach((value, step) => {
        rewound.push(step, value)
      })
      const from = Math.min(cut, before.length - 1)
      for (let step = 0; step < from; step++) straight.push(step, before[step] ?? 0)
      after.forEach((value, i) => {
        rewound.push(from + i, value)
        straight.push(from + i, value)
      })
      expect(told(rewound)).toEqual(told(straight))
    }),
  )
})

test('a window that keeps few values still has the first and the smallest level of the whole line', () => {
  const small = createLineWindow({ keep: 12 })
  const large = createLineWindow({ keep: 1000 })
  for (let step = 0; step < 300; step++) {
    const value = Math.abs(step - 40) + 1
    small.push(step, value)
    large.push(step, value)
  }
  expect(told(small)).toEqual(told(large))
  expect(levelOf(small)).toEqual({
    last: 258,
    least: 2,
    leastStep: 37,
    initial: 39,
    initialLeast: 37,
    isPositive: true,
  })
})

test('a line that is rewound to a step before all kept values continues from its first values', () => {
  const window = createLineWindow({ keep: 12 })
  for (let step = 0; step < 100; step++) window.push(step, step)
  window.push(3, 7)
  expect([...window.tail(10)]).toEqual([0, 1, 2, 7])
  expect(window.head).toEqual([0, 1, 2, 7])
})

test('a window that was saved and restored continues like one that was not', () => {
  fc.assert(
    fc.property(courses, courses, fc.nat(80), (before, after, cut) => {
      const straight = createLineWindow({ keep: 12 })
      const saved = createLineWindow({ keep: 12 })
      before.forEach((value, step) => {
        straight.push(step, value)
        saved.push(step, value)
      })
      const restored = createLineWindow({ keep: 12 })
      restored.restore(JSON.parse(JSON.stringify(saved.snapshot())))
      const from = Math.max(cut, before.length)
      after.forEach((value, i) => {
        straight.push(from + i, value)
        restored.push(from + i, value)
      })
      // A rewind to just before the end, which needs the statistics of earlier values.
      straight.push(from + after.length - 1, 1)
      restored.push(from + after.length - 1, 1)
      expect([restored.count, restored.level(), restored.leastLevel(5), restored.leastLevelStep(5), restored.isPositive]).toEqual([
        straight.count, straight.level(), straight.leastLevel(5), straight.leastLevelStep(5), straight.isPositive,
      ]) // biome-ignore format: two alike
      expect([...restored.tail(12)]).toEqual([...straight.tail(12)])
    }),
  )
})

test('the level is the median of the last five values, regardless of their order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 5, maxLength: 5 }), (values) => {
      const window = createLineWindow()
      values.forEach((value, step) => {
        window.push(step, value)
      })
      expect(window.level()).toBe(median(values))
    }),
  )
})

test('a value that is not finite is counted and otherwise ignored', () => {
  const window = createLineWindow()
  window.push(0, 1)
  window.push(1, null)
  expect([window.isFinite, window.count, window.lastStep]).toEqual([false, 1, 1])
  window.push(2, Number.NaN)
  window.push(3, 2)
  expect([window.isFinite, window.count, [...window.tail(9)]]).toEqual([true, 2, [1, 2]])
})

test('if larger is better, a window contains the negated values', () => {
  const window = createLineWindow({ sign: -1 })
  for (const [step, value] of [0.1, 0.5, 0.9].entries()) window.push(step, value)
  expect([...window.tail(3)]).toEqual([-0.1, -0.5, -0.9])
})
