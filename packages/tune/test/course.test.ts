import { expect, test } from 'vitest'
import { createCourse } from '../src/course.ts'
import { type Horizon, readHorizon } from '../src/horizon.ts'
import { baselineOf } from '../src/judge.ts'

const horizonOf = (text: string): Horizon => {
  const read = readHorizon(text)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

/** Feeds the steps from `first` up to `last`, with a validation every five steps. Returns the steps of the points. */
function feed(course: ReturnType<typeof createCourse>, horizon: Horizon, first: number, last: number, value = (step: number): number | null => step) {
  const points: number[] = []
  for (let step = first; step < last; step++) {
    const isValidation = step % 5 === 4
    if (course.see(step, { objective: isValidation ? value(step) : undefined, train: 1, isValidation }, horizon)) points.push(step)
  }
  return points
} // biome-ignore format: more readable

test('a point is one validation, several validations or a number of steps, and its value is the median', () => {
  expect(feed(createCourse(), horizonOf('next_val_epoch_end'), 0, 20)).toEqual([4, 9, 14, 19])
  const two = createCourse()
  expect(feed(two, horizonOf('2 epochs'), 0, 20)).toEqual([9, 19])
  expect(two.points.value()).toBe(16.5)
  expect(feed(createCourse(), horizonOf('10 steps'), 0, 30)).toEqual([9, 19, 29])
})

test('a point with a value that is not finite is bad, and has no value', () => {
  const course = createCourse()
  feed(course, horizonOf('2 epochs'), 0, 10, (step) => (step === 9 ? null : 1))
  expect([course.isPointBad, course.points.length]).toEqual([true, 0])
  feed(course, horizonOf('2 epochs'), 10, 20)
  expect([course.isPointBad, course.points.length]).toEqual([false, 1])
})

test.each(['2 epochs', '10 steps', 'next_val_epoch_end'])('restored in the middle of %s, it continues as without a restart', (text) => {
  const horizon = horizonOf(text)
  for (const cut of [5, 7, 13, 16]) {
    const whole = createCourse()
    const points = feed(whole, horizon, 0, 40)
    const first = createCourse()
    const before = feed(first, horizon, 0, cut)
    const second = createCourse()
    second.restore(first.snapshot())
    expect([...before, ...feed(second, horizon, cut, 40)], `cut at ${cut}`).toEqual(points)
    expect(second.snapshot(), `cut at ${cut}`).toEqual(whole.snapshot())
  }
}) // biome-ignore format: more readable

test('with fewer than four values, the noise is assumed to be a tenth because it cannot be measured', () => {
  const course = createCourse()
  feed(course, horizonOf('next_val_epoch_end'), 0, 15, () => 1)
  expect(baselineOf(course.points)?.s).toBe(0.1)
  feed(course, horizonOf('next_val_epoch_end'), 15, 20, () => 1)
  expect(baselineOf(course.points)?.s).toBe(0.01)
})
