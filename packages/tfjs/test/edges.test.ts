import { openKernel } from '@hotcb/kernel/node'
import type { Env } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { fitCallbacks, tensorflowOptimizer, trainLoop } from '../src/index.ts'
import { command, runDir, squares, tf } from './support.ts'

/** A kernel that records the events of its safe points. */
function recording(dir = runDir(), checkpoints = {}) {
  const events: (readonly [string, Env])[] = []
  const module = { name: 'watch', onEvent: (event: string, env: Env) => void events.push([event, env]) }
  return { dir, events, kernel: openKernel(dir, { lookMs: 0, modules: [module], checkpoints }) }
}

describe('a bare loop', () => {
  test('reports the events that its trainer returns for a step', async () => {
    const { kernel, events } = recording()
    await trainLoop(kernel, {
      maxSteps: 3,
      train: () => ({ loss: 1 }),
      events: (step) => (step === 1 ? ['train_step_end', 'val_epoch_end'] : ['train_step_end']),
    })
    kernel.close()
    expect(events.map(([event, env]) => [event, env.step, env.maxSteps])).toEqual([
      ['train_step_end', 0, 3],
      ['train_step_end', 1, 3],
      ['val_epoch_end', 1, 3],
      ['train_step_end', 2, 3],
    ])
  })

  test('that has no steps left does not train', async () => {
    const { kernel, events } = recording()
    const train = (): never => {
      throw new Error('trained')
    }
    expect(await trainLoop(kernel, { maxSteps: 0, train })).toEqual({ step: 0, stopped: false })
    expect(await trainLoop(kernel, { step: 7, maxSteps: 7, train })).toEqual({ step: 7, stopped: false })
    kernel.close()
    expect(events).toEqual([])
  })

  test('refuses steps that are negative or not numbers', async () => {
    const { kernel } = recording()
    for (const [options, problem] of [
      [{ maxSteps: -1 }, '`maxSteps` of `trainLoop` must be a whole number >= 0, got -1'],
      [{ maxSteps: '5' }, '`maxSteps` of `trainLoop` must be a whole number >= 0, got "5"'],
      [{ maxSteps: 5, step: Number.NaN }, '`step` of `trainLoop` must be a whole number >= 0, got NaN'],
      [{ maxSteps: 5, step: -2 }, '`step` of `trainLoop` must be a whole number >= 0, got -2'],
    ] as const) {
      await expect(trainLoop(kernel, { train: () => ({}), ...options } as never)).rejects.toThrow(
        new TypeError(problem),
      )
    }
    kernel.close()
  })
})

describe('callbacks of fit', () => {
  test('count steps from 0 without options, and do not report the length of the run', async () => {
    const { kernel, events } = recording()
    const callbacks = fitCallbacks(kernel, { stopTraining: false })
    await callbacks.onEpochEnd(0)
    await callbacks.onEpochBegin(1)
    await callbacks.onBatchEnd(0)
    await callbacks.onBatchEnd(1, { batch: 1, size: 4, loss: 2 })
    await callbacks.onEpochEnd(1, { loss: 3, val_loss: 4 })
    kernel.close()
    expect(events.map(([event, { step, epoch, metrics }]) => [event, step, epoch, metrics])).toEqual([
      ['val_epoch_end', 0, 0, {}],
      ['train_step_end', 0, 1, {}],
      ['train_step_end', 1, 1, { loss: 2 }],
      ['val_epoch_end', 1, 1, { epoch_loss: 3, val_loss: 4 }],
    ])
    expect(events.some(([, env]) => 'maxSteps' in env)).toBe(false)
  })

  test("add the trainer's other keys to each env, and let the model continue training", async () => {
    const { kernel, events } = recording()
    const model = { stopTraining: false }
    await fitCallbacks(kernel, model, { env: { note: 'x' } }).onBatchEnd(0, {})
    kernel.close()
    expect(events[0]?.[1]).toMatchObject({ note: 'x', step: 0 })
    expect(model.stopTraining).toBe(false)
  })

  test('continue at the step of a loaded checkpoint', async () => {
    const saves = { save: () => undefined, load: () => undefined }
    const { kernel, events, dir } = recording(runDir(), saves)
    const callbacks = fitCallbacks(kernel, { stopTraining: false })
    const checkpoint = (action: string) =>
      command(dir, { module: 'core', op: 'checkpoint', params: { action, tag: 'early' } })
    checkpoint('save')
    for (let batch = 0; batch < 3; batch++) await callbacks.onBatchEnd(batch)
    checkpoint('load')
    await callbacks.onBatchEnd(3)
    await callbacks.onBatchEnd(4)
    kernel.close()
    expect(events.map(([, { step }]) => step).filter((step, i, all) => step !== all[i - 1])).toEqual([0, 1, 2, 1])
  })
})

describe('gradients of an optimizer', () => {
  test('may be a list, in which a variable without a gradient keeps its position', () => {
    const applied: unknown[] = []
    const optimizer = tf.train.sgd(1)
    optimizer.applyGradients = (gradients) => {
      if (!Array.isArray(gradients)) throw new TypeError('expected a list')
      for (const { name, tensor } of gradients) applied.push([name, tensor && [...tensor.dataSync()]])
    }
    tensorflowOptimizer(tf, optimizer, { clipNorm: 5 })
    const [a, c] = [tf.tensor1d([6]), tf.tensor1d([8])]
    optimizer.applyGradients([
      { name: 'a', tensor: a },
      { name: 'b', tensor: null as never },
      { name: 'c', tensor: c },
    ])
    expect(applied).toEqual([
      ['a', [3]],
      ['b', null],
      ['c', [4]],
    ])
    for (const tensor of [a, c]) tensor.dispose()
  })

  test('are passed to the optimizer unchanged if no option is set', () => {
    const plain = tf.train.sgd(0.1)
    const apply = plain.applyGradients
    tensorflowOptimizer(tf, plain)
    expect(plain.applyGradients).toBe(apply)
  })

  test('limit weight decay to the weights that have a gradient', () => {
    const optimizer = tf.train.sgd(0.5)
    const [group] = tensorflowOptimizer(tf, optimizer, { weightDecay: 0.5 }).paramGroups
    expect(Object.keys(group ?? {})).toEqual(['lr', 'weightDecay'])
    const [used, unused] = [squares([2]), squares([2])]
    optimizer.minimize(used.loss, false, [used.weight, unused.weight])
    expect(used.values()[0]).toBeCloseTo(2 * (1 - 0.5 * 0.5) - 0.5 * 4, 6)
    expect(unused.values()).toEqual([2])
    for (const { weight } of [used, unused]) weight.dispose()
  })
})

test('the fields of a group are enumerable, as for any other optimizer', () => {
  const keysOf = (optimizer: tf.Optimizer) => Object.keys(tensorflowOptimizer(tf, optimizer).paramGroups[0] ?? {})
  expect([tf.train.momentum(0.1, 0.9), tf.train.adam(0.1), tf.train.rmsprop(0.1)].map(keysOf)).toEqual([
    ['lr', 'momentum'],
    ['lr', 'betas'],
    ['lr', 'momentum'],
  ])
})
