import { terminalText } from '@hotcb/protocol/node'
import { expect, test } from 'vitest'
import { createPace } from '../src/run/pace.ts'
import { createProgress, percent, shortNumber } from '../src/run/progress.ts'

function progressOn({ isTerminal = false, columns = 200, maxSteps = 100, first = 0 } = {}) {
  const written: string[] = []
  const clock = { ms: 1000 }
  const screen = { isTerminal, columns: () => columns, write: (text: string) => void written.push(text) }
  const progress = createProgress(screen, maxSteps, first, () => clock.ms)
  const show = (done: number, more: { loss?: number; lr?: number; valAccuracy?: number } = {}): void =>
    progress.show({ loss: 0.5, lr: 0.05, valAccuracy: undefined, ...more, done })
  return { progress, show, clock, written }
}

test('a line contains the step, loss, rate, accuracy, speed and remaining time', () => {
  const { show, clock, written } = progressOn()
  clock.ms += 2000
  show(10, { loss: 1.23456, lr: 0.012345678 })
  expect(written).toEqual([' 10 of 100 done   loss 1.2346   lr 0.012346   test  –      5 steps/s   18 s left\n'])
  clock.ms += 500
  show(100, { valAccuracy: 0.9694 })
  expect(written[1]).toBe('100 of 100 done   loss 0.5000   lr 0.05   test 96.9 %   40 steps/s\n')
})

test('speed and remaining time are measured from the first step of this start', () => {
  const { show, clock, written } = progressOn({ first: 60 })
  clock.ms += 1000
  show(65)
  expect(written).toEqual([])
  show(70)
  expect(written[0]).toContain('10 steps/s   3 s left')
})

test('if the output is not a terminal, there is a line for each tenth of the run', () => {
  const { show, clock, written } = progressOn({ maxSteps: 40 })
  for (let done = 1; done <= 40; done++) {
    clock.ms += 10
    show(done)
  }
  expect(written.map((line) => Number(/^ *(\d+) of 40/.exec(line)?.[1]))).toEqual([
    4, 8, 12, 16, 20, 24, 28, 32, 36, 40,
  ])
})

test('a terminal is updated at most ten times a second, and at the end', () => {
  const { show, clock, written } = progressOn({ isTerminal: true, maxSteps: 5 })
  const doneAt = (ms: number, done: number): number => {
    clock.ms = 1000 + ms
    show(done)
    return written.length
  }
  expect([doneAt(10, 1), doneAt(109, 2), doneAt(110, 3), doneAt(120, 4), doneAt(121, 5)]).toEqual([1, 1, 2, 2, 3])
})

test("a line on a terminal is shortened to the terminal's width, but never below 20 characters", () => {
  const shown = (columns: number): string => {
    const { show, written } = progressOn({ isTerminal: true, columns })
    show(10)
    return terminalText(written[0] ?? '', 'lines').split('[K')[1] ?? ''
  }
  expect(shown(40)).toHaveLength(39)
  expect(shown(5)).toHaveLength(20)
})

test('permanent lines remain above the line that is rewritten, and are printable', () => {
  const { progress, show, written } = progressOn({ isTerminal: true })
  progress.say('early')
  show(1)
  progress.say('a\u0007b')
  progress.end()
  progress.say('late')
  progress.end()
  const [early, line = '', said = '', end, late, ...more] = written
  expect([early, end, late, more]).toEqual(['early\n', '\n', 'late\n', []])
  expect(said.startsWith(line.slice(0, 4))).toBe(true)
  expect(said).toMatch(/a\ufffdb\n +1 of 100 done/)
})

test('fractions are shown as percentages with one decimal, and numbers with at most five digits', () => {
  expect([percent(0.96944), percent(1), percent(0)]).toEqual(['96.9 %', '100.0 %', '0.0 %'])
  expect([0.1 + 0.2, 123456, 1e-7, 0].map(shortNumber)).toEqual(['0.3', '123460', '1e-7', '0'])
})

/** A clock that advances by some milliseconds at each call. */
function ticking(ms: number) {
  let looks = 0
  return { now: () => 5000 + ms * looks++, looks: () => looks }
}

test('a pace waits until its delay is over', async () => {
  const { now, looks } = ticking(30)
  const pace = createPace(0.2, now)
  const before = looks()
  await pace.rest(() => false)
  expect((looks() - before) * 30).toBeGreaterThanOrEqual(200)
  expect((looks() - before) * 30).toBeLessThan(400)
})

test('a wait ends immediately when the training is over', async () => {
  let asked = 0
  const start = performance.now()
  const pace = createPace(3600, () => performance.now())
  await pace.rest(() => ++asked > 2)
  expect(asked).toBe(3)
  expect(performance.now() - start).toBeLessThan(60_000)
})

test('without a delay, the event loop runs from time to time, but not at each step', async () => {
  const clock = { ms: 0 }
  const pace = createPace(0, () => clock.ms)
  const ranBefore = async (): Promise<boolean> => {
    let hasRun = false
    setImmediate(() => {
      hasRun = true
    })
    await pace.rest(() => false)
    return hasRun
  }
  expect(await ranBefore()).toBe(false)
  clock.ms = 9
  expect(await ranBefore()).toBe(false)
  clock.ms = 10
  expect(await ranBefore()).toBe(true)
  clock.ms = 19
  expect(await ranBefore()).toBe(false)
})

test('the time of a pace is in seconds since its creation', () => {
  const clock = { ms: 500 }
  const pace = createPace(0, () => clock.ms)
  clock.ms = 2000
  expect(pace.elapsed()).toBe(1.5)
})
