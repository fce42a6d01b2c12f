import { expect, test } from 'vitest'
import { createClock } from '../src/node/clock.ts'

test("if the machine's clock is set back, the workspace's clock advances with elapsed time", () => {
  let [wall, running] = [1000, 0]
  const clock = createClock(
    () => wall,
    () => running,
  )
  ;[wall, running] = [1010, 10]
  expect(clock.now()).toBe(1010)
  ;[wall, running] = [400, 13]
  expect(clock.now()).toBe(1013)
  ;[wall, running] = [1100, 14]
  expect(clock.now()).toBe(1100)
})

test('a journal line later than the clock moves it forward; an earlier one does not', () => {
  let running = 0
  const clock = createClock(
    () => 1000,
    () => running,
  )
  clock.atLeast(5000)
  clock.atLeast(2000)
  running = 7
  expect(clock.now()).toBe(5007)
})
