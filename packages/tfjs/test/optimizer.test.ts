import { createMutableState, optimizerActuators, type ParamGroup } from '@hotcb/actuators'
import { actuatorCases } from '@hotcb/actuators/testing'
import { describe, expect, test } from 'vitest'
import { tensorflowOptimizer } from '../src/index.ts'
import { squares, tf } from './support.ts'

const makers: Record<string, (lr: number) => tf.Optimizer> = {
  SGD: (lr) => tf.train.sgd(lr),
  Momentum: (lr) => tf.train.momentum(lr, 0.9),
  RMSProp: (lr) => tf.train.rmsprop(lr, 0.9, 0.5),
  Adam: (lr) => tf.train.adam(lr),
  Adamax: (lr) => tf.train.adamax(lr),
  Adagrad: (lr) => tf.train.adagrad(lr),
  Adadelta: (lr) => tf.train.adadelta(lr),
}

function groupOf(optimizer: tf.Optimizer, options = {}): ParamGroup {
  const [group] = tensorflowOptimizer(tf, optimizer, options).paramGroups
  if (group === undefined) throw new Error('unreachable: no group')
  return group
}

function trained(optimizer: tf.Optimizer, steps: number, between: (step: number) => void = () => undefined): number[] {
  const { weight, loss, values } = squares([1, -2])
  for (let step = 0; step < steps; step++) {
    optimizer.minimize(loss, false, [weight])
    between(step)
  }
  const end = values()
  weight.dispose()
  return end
}

for (const [kind, make] of Object.entries(makers)) {
  describe(kind, () => {
    test('a rate that is set before the first step has the same effect as if the optimizer had been created with it', () => {
      const steered = make(0.5)
      groupOf(steered).lr = 0.01
      expect(trained(steered, 5)).toEqual(trained(make(0.01), 5))
      expect(trained(make(0.5), 5)).not.toEqual(trained(make(0.01), 5))
    })

    test('a rate of 0, set between two steps, stops the weights from changing', () => {
      const steered = make(0.05)
      const group = groupOf(steered)
      const { weight, loss, values } = squares([1, -2])
      for (let step = 0; step < 3; step++) steered.minimize(loss, false, [weight])
      const before = values()
      group.lr = 0
      // Accumulated momentum is applied once more only if it contains finished updates.
      if (group.momentum !== undefined) group.momentum = 0
      steered.minimize(loss, false, [weight])
      expect(values()).toEqual(before)
    })

    test('its controls pass the conformance cases', () => {
      const sample = () => {
        const [actuator] = optimizerActuators(tensorflowOptimizer(tf, make(0.1)))
        if (actuator === undefined) throw new Error('unreachable: no control')
        return { actuator, values: [[0.2], [0.003]] }
      }
      for (const { run } of actuatorCases(sample)) expect(run).not.toThrow()
    })
  })
}

test('each kind has the controls that its training uses', () => {
  const keys = Object.entries(makers).map(([kind, make]) => [
    kind,
    ...optimizerActuators(tensorflowOptimizer(tf, make(0.1))).map((actuator) => actuator.key),
  ])
  expect(keys).toEqual([
    ['SGD', 'lr'],
    ['Momentum', 'lr', 'momentum'],
    ['RMSProp', 'lr', 'momentum'],
    ['Adam', 'lr', 'betas'],
    ['Adamax', 'lr', 'betas'],
    ['Adagrad', 'lr'],
    ['Adadelta', 'lr'],
  ])
})

test('momentum that is changed between steps applies to the next step', () => {
  const optimizer = tf.train.momentum(0.1, 0.9)
  const group = groupOf(optimizer)
  const end = trained(optimizer, 4, (step) => {
    if (step === 1) group.momentum = 0.5
  })
  const right = [1, -2].map((start) => {
    let weight = start
    let velocity = 0
    for (let step = 0; step < 4; step++) {
      velocity = (step < 2 ? 0.9 : 0.5) * velocity + 2 * weight
      weight -= 0.1 * velocity
    }
    return weight
  })
  for (const [i, value] of end.entries()) expect(value).toBeCloseTo(right[i] ?? Number.NaN, 5)
})

test('betas that are changed between steps apply to the next step', () => {
  const optimizer = tf.train.adam(0.1, 0.9, 0.999, 1e-8)
  const group = groupOf(optimizer)
  const end = trained(optimizer, 6, (step) => {
    if (step === 2) group.betas = [0.5, 0.9]
  })
  expect(group.betas).toEqual([0.5, 0.9])
  const right = [1, -2].map((start) => {
    let weight = start
    let [m, v, product1, product2] = [0, 0, 0.9, 0.999]
    for (let step = 0; step < 6; step++) {
      const [beta1, beta2] = step <= 2 ? [0.9, 0.999] : [0.5, 0.9]
      const gradient = 2 * weight
      m = beta1 * m + (1 - beta1) * gradient
      v = beta2 * v + (1 - beta2) * gradient * gradient
      weight -= (0.1 * (m / (1 - product1))) / (Math.sqrt(v / (1 - product2)) + 1e-8)
      product1 *= beta1
      product2 *= beta2
    }
    return weight
  })
  for (const [i, value] of end.entries()) expect(value).toBeCloseTo(right[i] ?? Number.NaN, 4)
})

test('clip_norm scales all gradients together down to its norm, and 0 turns it off', () => {
  const optimizer = tf.train.sgd(1)
  const group = groupOf(optimizer, { clipNorm: 0 })
  const a = squares([3])
  const b = squares([4])
  const unused = squares([7])
  const loss = (): tf.Scalar => tf.add(a.loss(), b.loss())
  const variables = [unused.weight, a.weight, b.weight]
  group.clipNorm = 5 // The gradients are 6 and 8: a norm of 10.
  optimizer.minimize(loss, false, variables)
  expect([a.values(), b.values(), unused.values()]).toEqual([[0], [0], [7]])
  a.weight.assign(tf.tensor1d([0.3]))
  optimizer.minimize(loss, false, variables)
  expect(a.values()[0]).toBeCloseTo(-0.3, 6)
  group.clipNorm = 0
  a.weight.assign(tf.tensor1d([30]))
  optimizer.minimize(loss, false, variables)
  expect(a.values()).toEqual([-30])
})

test('clipping changes nothing without gradients, or with gradients of norm 0', () => {
  const optimizer = tf.train.adam(0.1)
  groupOf(optimizer, { clipNorm: 1 })
  const { weight, loss, values } = squares([0, 0])
  optimizer.minimize(loss)
  optimizer.applyGradients([])
  expect(values()).toEqual([0, 0])
  weight.dispose()
})

test('weight_decay shrinks the weights by rate times decay in addition to the gradient step', () => {
  const optimizer = tf.train.sgd(0.1)
  const group = groupOf(optimizer, { weightDecay: 0 })
  const { weight, loss, values } = squares([1])
  optimizer.minimize(loss, false, [weight])
  expect(values()[0]).toBeCloseTo(0.8, 6)
  group.weightDecay = 0.5
  optimizer.minimize(loss, false, [weight])
  expect(values()[0]).toBeCloseTo(0.8 * (1 - 0.1 * 0.5) - 0.1 * 1.6, 6)
  group.lr = 0.2
  group.weightDecay = 0
  optimizer.minimize(loss, false, [weight])
  expect(values()[0]).toBeCloseTo(0.6 * 0.6, 6)
})

test('no tensor is leaked, however often values are set and steps are trained', () => {
  const optimizer = tf.train.momentum(0.1, 0.9)
  const group = groupOf(optimizer, { clipNorm: 1, weightDecay: 0.1 })
  const { weight, loss } = squares([1, 2])
  optimizer.minimize(loss, false, [weight])
  const { numTensors } = tf.memory()
  for (let step = 0; step < 50; step++) {
    group.lr = 0.01 + step / 1000
    group.momentum = step / 100
    optimizer.minimize(loss, false, [weight])
  }
  expect(tf.memory().numTensors).toBe(numTensors)
})

test('an unknown kind of optimizer is refused, with a suggestion', () => {
  class Own extends tf.SGDOptimizer {
    static override get className(): string {
      return 'Own'
    }
  }
  expect(() => tensorflowOptimizer(tf, new Own(0.1))).toThrow(
    new TypeError(
      'the optimizer must be SGD, Momentum, RMSProp, Adam, Adamax, Adagrad or Adadelta, got Own: ' +
        'describe another with `paramGroupsOf` of @hotcb/actuators',
    ),
  )
})

test('a control of an optimizer is set, verified and reverted', () => {
  const optimizer = tf.train.momentum(0.1, 0.9)
  const state = createMutableState(optimizerActuators(tensorflowOptimizer(tf, optimizer, { clipNorm: 0 })))
  const op = (params: Record<string, number>) => ({ module: 'opt', op: 'set_params', id: 'main', params })
  const outcome = state.apply(op({ lr: 0.01, momentum: 0.5, clip_norm: 1 }), { step: 0, total: null })
  expect(outcome).toMatchObject({ ok: true, old: { lr: 0.1, momentum: 0.9, clip_norm: 0 } })
  state.tick(1)
  expect(state.describe(1).map((one) => [one.param_key, one.current, one.state])).toEqual([
    ['lr', 0.01, 'verified'],
    ['momentum', 0.5, 'verified'],
    ['clip_norm', 1, 'verified'],
  ])
})
