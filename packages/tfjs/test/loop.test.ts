import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { expect, test } from 'vitest'
import { tensorflowOptimizer, trainLoop } from '../src/index.ts'
import { command, ledger, runDir, squares, tf } from './support.ts'

test('a bare loop is steered: the rate changes at its step, the ledger records it, and a stop ends the loop', async () => {
  const dir = runDir()
  const optimizer = tf.train.sgd(0.1)
  const state = createMutableState(optimizerActuators(tensorflowOptimizer(tf, optimizer)))
  const kernel = openKernel(dir, { state, lookMs: 0 })
  const { weight, loss, values } = squares([1])
  const seen: number[] = []
  const end = await trainLoop(kernel, {
    maxSteps: 10,
    train: (step) => {
      seen.push(values()[0] ?? Number.NaN)
      if (step === 2) command(dir, { module: 'opt', op: 'set_params', params: { lr: 0.25 } })
      if (step === 4) command(dir, { module: 'core', op: 'stop', params: { reason: 'enough' } })
      const value = optimizer.minimize(loss, true, [weight])
      if (value === null) throw new Error('unreachable: the cost was asked for')
      return { loss: value, step_square: step * step }
    },
  })
  kernel.close()
  expect(end).toEqual({ step: 5, stopped: true })
  // The factor is 0.8 at a rate of 0.1, and 0.5 at 0.25.
  const factors = [...seen.slice(1), values()[0] ?? Number.NaN].map((value, i) => value / (seen[i] ?? Number.NaN))
  expect(factors.map((factor) => Number(factor.toFixed(5)))).toEqual([0.8, 0.8, 0.8, 0.5, 0.5])
  expect(ledger(dir).map((line) => [line.step, line.op, line.decision, line.payload, line.old])).toMatchObject([
    [2, 'set_params', 'applied', { lr: 0.25 }, { lr: 0.1 }],
    [4, 'stop', 'applied', expect.anything(), null],
  ])
})

test('scalars that a step returns are read into metrics and disposed', async () => {
  const metrics: unknown[] = []
  const kernel = openKernel(runDir(), {
    modules: [{ name: 'watch', onSafePoint: (env) => void metrics.push([env.step, env.metrics, env.extra]) }],
  })
  const { numTensors } = tf.memory()
  const end = await trainLoop(kernel, {
    step: 3,
    maxSteps: 5,
    env: { extra: 'x' },
    train: async (step) => ({ loss: tf.scalar(step / 2), plain: 1 }),
  })
  kernel.close()
  expect(end).toEqual({ step: 5, stopped: false })
  expect(metrics).toEqual([
    [3, { loss: 1.5, plain: 1 }, 'x'],
    [4, { loss: 2, plain: 1 }, 'x'],
  ])
  expect(tf.memory().numTensors).toBe(numTensors)
})

test("a loaded checkpoint takes the loop back to the checkpoint's step", async () => {
  const dir = runDir()
  const kept = new Map<string, number>()
  const { weight, loss, values } = squares([1])
  const optimizer = tf.train.sgd(0.1)
  const kernel = openKernel(dir, {
    lookMs: 0,
    checkpoints: {
      save: ({ tag }) => void kept.set(tag, values()[0] ?? Number.NaN),
      load: ({ tag }) => {
        weight.assign(tf.tensor1d([kept.get(tag) ?? Number.NaN]))
        return undefined
      },
    },
  })
  const steps: number[] = []
  let loaded = false
  await trainLoop(kernel, {
    maxSteps: 6,
    train: (step) => {
      steps.push(step)
      if (step === 1) command(dir, { module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'early' } })
      if (step === 4 && !loaded) {
        loaded = true
        command(dir, { module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'early' } })
      }
      optimizer.minimize(loss, false, [weight])
      return {}
    },
  })
  kernel.close()
  expect(steps).toEqual([0, 1, 2, 3, 4, 2, 3, 4, 5])
  expect(values()[0]).toBeCloseTo(0.8 ** 6, 6)
})
