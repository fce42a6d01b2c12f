import { openRunDirectory } from '@hotcb/run/node'
import { describe, expect, test } from 'vitest'
import { watchSteps } from '../src/node/first-step.ts'
import { report, temporaryDirectory, writeState } from './live-run.ts'

function watched(prepare: (dir: string) => void = () => undefined) {
  const dir = temporaryDirectory()
  prepare(dir)
  return { dir, steps: watchSteps(openRunDirectory(dir)) }
}

describe('a training run has started', () => {
  test('when there are new metrics', () => {
    const { dir, steps } = watched((dir) => report(dir, 4, { loss: 1 }))
    expect(steps.hasBegun).toBe(false)
    steps.look(0)
    expect([steps.hasBegun, steps.step]).toEqual([false, null])
    report(dir, 5, { loss: 1 })
    steps.look(1000)
    expect(steps.hasBegun).toBe(true)
  })

  test('when the kernel of this start has trained a step', () => {
    const { dir, steps } = watched((dir) => writeState(dir, { step: 9 }, { attempt: 2 }))
    writeState(dir, { step: 10 }, { attempt: 2 })
    steps.look(0)
    expect([steps.hasBegun, steps.step]).toEqual([false, 10])
    writeState(dir, { step: 9 }, { attempt: 3 })
    steps.look(1)
    steps.look(2)
    expect([steps.hasBegun, steps.step]).toEqual([false, 9])
    writeState(dir, { step: 10 }, { attempt: 3 })
    steps.look(3)
    expect([steps.hasBegun, steps.step]).toEqual([true, 10])
    steps.look(4)
    expect(steps.hasBegun).toBe(true)
  })

  test('when the first kernel of a run has trained a step', () => {
    const { dir, steps } = watched()
    writeState(dir, { step: null }, { attempt: 1 })
    steps.look(0)
    expect(steps.hasBegun).toBe(false)
    writeState(dir, { step: 1 }, { attempt: 1 })
    steps.look(1)
    steps.look(2)
    writeState(dir, { step: 2 }, { attempt: 1 })
    steps.look(3)
    expect(steps.hasBegun).toBe(true)
  })
})

describe('the silence of a training run', () => {
  test('is measured from its last sign of a step, in the metrics or in the state document', () => {
    const { dir, steps } = watched()
    expect([steps.silentSeconds, steps.limitSeconds]).toEqual([0, 60])
    steps.look(10_000)
    expect(steps.silentSeconds).toBe(0)
    report(dir, 0, { loss: 1 })
    steps.look(20_000)
    expect(steps.silentSeconds).toBe(0)
    steps.look(23_500)
    expect(steps.silentSeconds).toBe(3.5)
    report(dir, 1, { loss: 1 })
    steps.look(24_000)
    expect(steps.silentSeconds).toBe(0)
    writeState(dir, { step: 7 })
    steps.look(30_000)
    expect(steps.silentSeconds).toBe(0)
    steps.look(31_000)
    expect(steps.silentSeconds).toBe(1)
  })

  test('does not count before the first step or during a pause', () => {
    const { dir, steps } = watched()
    steps.look(0)
    steps.look(90_000)
    expect(steps.silentSeconds).toBe(0)
    report(dir, 0, { loss: 1 })
    writeState(dir, { paused: true })
    steps.look(100_000)
    steps.look(200_000)
    expect(steps.silentSeconds).toBe(0)
    writeState(dir, { paused: false })
    steps.look(201_000)
    expect(steps.silentSeconds).toBe(1)
  })

  test('is normal for the duration of twenty steps, and for a minute', () => {
    const { dir, steps } = watched()
    const limits = [1, 3, 3.5, 10].map((stepSeconds) => {
      writeState(dir, { step_seconds: stepSeconds })
      steps.look(0)
      return steps.limitSeconds
    })
    expect(limits).toEqual([60, 60, 70, 200])
  })
})
