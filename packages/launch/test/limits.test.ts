import { expect, test } from 'vitest'
import { watchLimits } from '../src/node/limits.ts'

/** A training run whose steps are set by the test. */
function limited(limits: { readonly maxTimeSeconds?: number; readonly maxSteps?: number }) {
  const steps = {
    step: null as number | null,
    hasBegun: false,
    silentSeconds: 0,
    limitSeconds: 60,
    look: () => undefined,
  }
  const asked: string[] = []
  const stopper = {
    get asked() {
      return asked[0] ?? null
    },
    ask: (reason: string) => void asked.push(reason),
  }
  const notes: string[] = []
  const look = watchLimits({ maxTimeSeconds: null, maxSteps: null, ...limits }, steps, stopper, (text) =>
    notes.push(text),
  )
  return { steps, asked, notes, look }
}

test('the time limit is measured from the first step, and ends the training once', () => {
  const { steps, asked, look } = limited({ maxTimeSeconds: 5 })
  look(0)
  look(90_000)
  expect(asked).toEqual([])
  steps.hasBegun = true
  look(100_000)
  look(104_999)
  expect(asked).toEqual([])
  look(105_000)
  look(110_000)
  expect(asked).toEqual(['max-time'])
})

test('the step limit ends the training once', () => {
  const { steps, asked, look } = limited({ maxSteps: 10 })
  look(0)
  steps.step = 9
  look(1)
  expect(asked).toEqual([])
  steps.step = 10
  look(2)
  steps.step = 12
  look(3)
  expect(asked).toEqual(['max-steps'])
})

test('a training run that was already asked to end is not asked again', () => {
  const { steps, asked, look } = limited({ maxSteps: 10, maxTimeSeconds: 1 })
  asked.push('interrupted')
  Object.assign(steps, { step: 50, hasBegun: true })
  look(0)
  look(9000)
  expect(asked).toEqual(['interrupted'])
})

test('a training run without limits is not ended', () => {
  const { steps, asked, look } = limited({})
  Object.assign(steps, { step: 1e9, hasBegun: true })
  look(0)
  look(1e9)
  expect(asked).toEqual([])
})

test('a silence is noted once with its length, and its end is noted once', () => {
  const { steps, notes, look } = limited({})
  for (const silentSeconds of [0, 59.9, 60.4, 61, 90, 0, 0, 75.6]) {
    steps.silentSeconds = silentSeconds
    look(0)
  }
  expect(notes).toEqual(['no step for 60 s', 'it is advancing again', 'no step for 76 s'])
})
