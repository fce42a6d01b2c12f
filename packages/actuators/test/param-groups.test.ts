import { expect, test } from 'vitest'
import { createMutableState, liveRate, optimizerActuators, paramGroupsOf } from '../src/index.ts'
import { refusal, set } from './support.ts'

test('an optimizer with other property names is controlled through its own properties', () => {
  const adam = { learningRate: 0.1, beta1: 0.9, beta2: 0.99, decay: 0, epsilon: 1e-8 }
  const names = { lr: 'learningRate', betas: ['beta1', 'beta2'], weightDecay: 'decay' } as const
  const state = createMutableState(optimizerActuators(paramGroupsOf(adam, names)))
  expect(set(state, { lr: 0.01, betas: [0.8, 0.9], weight_decay: 0.1 })).toMatchObject({
    ok: true,
    old: { lr: 0.1, betas: [0.9, 0.99], weight_decay: 0 },
  })
  expect(adam).toEqual({ learningRate: 0.01, beta1: 0.8, beta2: 0.9, decay: 0.1, epsilon: 1e-8 })
})

test('several objects are groups, identified by their names', () => {
  const groups = [
    { name: 'body', rate: 0.1 },
    { name: 'head', rate: 0.2 },
  ]
  const state = createMutableState(optimizerActuators(paramGroupsOf(groups, { lr: 'rate' })))
  set(state, { lr: 0.5, group: 'head' })
  expect(groups).toEqual([
    { name: 'body', rate: 0.1 },
    { name: 'head', rate: 0.5 },
  ])
})

test('accessors and inherited properties are used as they are', () => {
  class Sgd {
    #rate = 0.1
    get rate(): number {
      return this.#rate
    }
    set rate(value: number) {
      this.#rate = value
    }
  }
  const sgd = new Sgd()
  const state = createMutableState(optimizerActuators(paramGroupsOf(sgd, { lr: 'rate' })))
  set(state, { lr: 0.5 })
  expect(sgd.rate).toBe(0.5)
})

test('a missing property is refused at registration, a read-only one when it is set', () => {
  // A JavaScript trainer may misspell names that the types would reject.
  expect(() => paramGroupsOf({ learningRate: 0.1 }, { lr: 'lerningRate' as 'learningRate' })).toThrow(
    new TypeError('the optimizer has no property `lerningRate`: it has learningRate'),
  )
  const frozen = Object.freeze({ rate: 0.1 })
  expect(refusal(set(createMutableState(optimizerActuators(paramGroupsOf(frozen, { lr: 'rate' }))), { lr: 0.5 }))).toBe(
    'apply_fn_exception: `lr`: `rate` of the optimizer cannot be set to 0.5: it is read-only',
  )
})

test('an optax-style optimizer reads its rate from the group at every update', () => {
  const sgd = (rate: (count: number) => number) => ({
    init: () => ({ count: 0 }),
    update: (gradient: number, { count }: { count: number }) => ({
      update: -rate(count) * gradient,
      state: { count: count + 1 },
    }),
  })
  const group = { lr: 0.5 }
  const solver = sgd(liveRate(group))
  const state = createMutableState(optimizerActuators({ paramGroups: [group] }))
  let memory = solver.init()
  let weight = 1
  for (let step = 0; step < 4; step++) {
    const { update, state: next } = solver.update(2 * weight, memory)
    weight += update
    memory = next
    if (step === 0) set(state, { lr: 0.25 }, step)
    if (step === 0) weight = 1
  }
  expect(weight).toBe(0.125)
})
