import type { ActuatorState } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createMutableState, floatActuator, isClose, type MutableState } from '../src/index.ts'
import { set, setOp, switchOp, trainer } from './support.ts'

function stateOf(state: MutableState, key: string): ActuatorState | undefined {
  return state.describe(0).find((one) => one.param_key === key)?.state
}

test('a control is untouched, unverified when set, verified when a later step has used it', () => {
  const { state } = trainer()
  const seen = [stateOf(state, 'lr')]
  set(state, { lr: 0.5 }, 3)
  seen.push(stateOf(state, 'lr'))
  state.tick(3)
  seen.push(stateOf(state, 'lr'))
  state.tick(4)
  seen.push(stateOf(state, 'lr'))
  set(state, { lr: 0.4 }, 4)
  seen.push(stateOf(state, 'lr'))
  expect(seen).toEqual(['untouched', 'unverified', 'unverified', 'verified', 'unverified'])
})

test('a value that the trainer does not keep is never verified', () => {
  const deaf = floatActuator({ key: 'x', get: () => 1, set: () => undefined })
  const state = createMutableState([deaf])
  set(state, { x: 2 }, 0)
  for (let step = 1; step < 5; step++) state.tick(step)
  expect([stateOf(state, 'x'), state.isMoving]).toEqual(['unverified', true])
})

test('numbers are compared with a relative tolerance of 1e-6, since trainers may use 32 bits', () => {
  let kept = 0
  const single = floatActuator({
    key: 'x',
    get: () => kept,
    set: (value) => {
      kept = Math.fround(value)
    },
  })
  const state = createMutableState([single])
  set(state, { x: 0.1 }, 0)
  state.tick(1)
  expect([kept === 0.1, stateOf(state, 'x')]).toEqual([false, 'verified'])
  set(state, { x: 1 }, 1)
  kept = 1.00001
  state.tick(2)
  expect(stateOf(state, 'x')).toBe('unverified')
})

test('a metric in which the trainer reports the value takes precedence over the getter', () => {
  const { state } = trainer()
  set(state, { lr: 0.5 }, 0)
  state.tick(1, { lr: 0.1 })
  expect(stateOf(state, 'lr')).toBe('unverified')
  state.tick(2, { loss: 1 })
  expect(stateOf(state, 'lr')).toBe('verified')
  set(state, { lr: 0.25 }, 2)
  state.tick(3, { lr: 0.25 })
  expect(stateOf(state, 'lr')).toBe('verified')
})

test('a loss that is reported under the name of its weight is not mistaken for the weight', () => {
  const { state } = trainer()
  set(state, { ce: 2 }, 0)
  state.tick(1, { ce: 0.31 })
  expect(stateOf(state, 'ce')).toBe('verified')
})

test('a ramp and a schedule are verified by the value of the previous step', () => {
  const { state, weights } = trainer({ schedule: (step) => 1 / (1 + step) })
  set(state, { 'ramps.aux': { steps: 10, end: 1 }, lr: 0.1 }, 0)
  state.tick(1)
  expect([stateOf(state, 'aux'), stateOf(state, 'lr')]).toEqual(['verified', 'verified'])
  set(state, { 'ramps.aux': { steps: 10, end: 2 } }, 1)
  weights.aux = 0.9 // Something else writes it.
  state.tick(2)
  expect(stateOf(state, 'aux')).toBe('unverified')
})

test('a disabled control is not verified while it is disabled', () => {
  const { state } = trainer()
  set(state, { lr: 0.5 }, 0)
  state.apply(switchOp('disable', { key: 'lr' }), { step: 0, total: null })
  state.tick(1)
  const disabled = stateOf(state, 'lr')
  state.apply(switchOp('enable', { key: 'lr' }), { step: 1, total: null })
  expect([disabled, stateOf(state, 'lr')]).toEqual(['disabled', 'unverified'])
})

test('a getter that throws is reported once and not thrown', () => {
  let broken = false
  const control = floatActuator({
    key: 'x',
    get: () => {
      if (broken) throw new Error('gone')
      return 1
    },
    set: () => undefined,
  })
  const state = createMutableState([control])
  broken = true
  set(state, { x: 1 }, 0)
  expect([state.tick(1), state.tick(2)]).toEqual([['`x` could not be verified: gone'], []])
  broken = false
  expect([state.tick(3), stateOf(state, 'x'), state.isMoving]).toEqual([[], 'verified', false])
})

test('without anything to verify or change there is nothing to do, and the version increases with every change', () => {
  const { state } = trainer()
  expect([state.isMoving, state.version]).toEqual([false, 1])
  set(state, { lr: 0.5 }, 0)
  expect([state.isMoving, state.version]).toEqual([true, 2])
  state.tick(1)
  expect([state.isMoving, state.version]).toEqual([false, 3])
  set(state, { lr: 5 }, 1)
  expect([state.isMoving, state.version]).toEqual([false, 3])
})

test('isClose is relative to the larger number', () => {
  expect([isClose(1, 1 + 5e-10, 1e-9), isClose(1, 1 + 1e-8, 1e-9), isClose(0, 1e-300, 1e-9), isClose(0, 0, 0)]).toEqual(
    [true, false, false, true],
  )
})

test('an infinity is only close to itself', () => {
  expect(isClose(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1e-6)).toBe(true)
  expect(isClose(0.1, Number.POSITIVE_INFINITY, 1e-6)).toBe(false)
  expect(isClose(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1e-6)).toBe(false)
})

test('a value that became infinite in the trainer is not verified', () => {
  let kept = 0
  const diverging = floatActuator({
    key: 'x',
    get: () => kept,
    set: (value) => {
      kept = value
    },
  })
  const state = createMutableState([diverging])
  set(state, { x: 0.1 }, 0)
  kept = Number.POSITIVE_INFINITY
  state.tick(1)
  expect(stateOf(state, 'x')).toBe('unverified')
})

test('a control that is disabled and enabled again stays verified', () => {
  const { state } = trainer()
  const around = (): (ActuatorState | undefined)[] => {
    state.apply(switchOp('disable', { key: 'lr' }), { step: 5, total: null })
    const disabled = stateOf(state, 'lr')
    state.apply(switchOp('enable', { key: 'lr' }), { step: 6, total: null })
    return [disabled, stateOf(state, 'lr')]
  }
  const untouched = around()
  set(state, { lr: 0.5 }, 6)
  const unverified = around()
  state.tick(9)
  expect([untouched, unverified, stateOf(state, 'lr'), around()]).toEqual([
    ['disabled', 'untouched'],
    ['disabled', 'unverified'],
    'verified',
    ['disabled', 'verified'],
  ])
})

test('a value that a restart restored while its control was disabled is verified again', () => {
  const { state } = trainer()
  set(state, { lr: 0.5 }, 0)
  state.tick(1)
  state.apply(switchOp('disable', { key: 'lr' }), { step: 1, total: null })
  const ops = [{ lr: 0.4 }, null].map((params) => ({
    op: params === null ? switchOp('disable', { key: 'lr' }) : setOp(params),
    step: 0,
    total: null,
  }))
  state.fold(ops, 1)
  state.apply(switchOp('enable', { key: 'lr' }), { step: 2, total: null })
  expect(stateOf(state, 'lr')).toBe('unverified')
  state.tick(4)
  expect(stateOf(state, 'lr')).toBe('verified')
})

test('a ramp that the host applies itself is verified by the value of the last step that the host set', () => {
  for (const [moved, expected] of [
    [5, 'verified'],
    [undefined, 'unverified'],
  ] as const) {
    const { state, weights } = trainer()
    set(state, { 'ramps.aux': { steps: 10, start: 0, end: 1 } }, 0)
    state.tick(0)
    // The host writes the rows of `ahead` for five steps, without a safe point of the kernel.
    weights['aux'] = 0.5
    state.tick(6, {}, moved)
    expect([moved, stateOf(state, 'aux')]).toEqual([moved, expected])
  }
})

test('a host that reports an earlier step than the last tick does not set the clock back', () => {
  const { state, weights } = trainer()
  set(state, { 'ramps.aux': { steps: 10, start: 0, end: 1 } }, 0)
  weights['aux'] = 9
  state.tick(4)
  expect([stateOf(state, 'aux'), weights['aux']]).toEqual(['unverified', 0.4])
  state.tick(8, {}, 2)
  expect(stateOf(state, 'aux')).toBe('verified')
})

test('a problem is reported again after the control worked in between, and a new message immediately', () => {
  let problem: string | null = 'first'
  const control = floatActuator({
    key: 'x',
    get: () => 1,
    set: () => {
      if (problem !== null) throw new Error(problem)
    },
  })
  const state = createMutableState([control])
  const ticks = (step: number) => state.tick(step)
  problem = null
  set(state, { 'ramps.x': { steps: 100, end: 2 } }, 0)
  problem = 'first'
  expect([ticks(1), ticks(2)]).toEqual([[expect.stringContaining('could not be updated: first')], []])
  problem = 'second'
  expect([ticks(3), ticks(4)]).toEqual([['`x` could not be updated: second'], []])
  problem = null
  expect(ticks(5)).toEqual([])
  problem = 'second'
  expect(ticks(6)).toEqual(['`x` could not be updated: second'])
})

test('every group must have its value, and a list is compared number by number', () => {
  const { state, groups } = trainer()
  set(state, { momentum: 0.5, betas: [0.8, 0.9] }, 0)
  Object.assign(groups[1] ?? {}, { momentum: 0.4, betas: [0.8, 0.91] })
  state.tick(1)
  expect([stateOf(state, 'momentum'), stateOf(state, 'betas')]).toEqual(['unverified', 'unverified'])
  Object.assign(groups[1] ?? {}, { momentum: 0.5, betas: [0.8, 0.9 + 1e-9] })
  state.tick(2)
  expect([stateOf(state, 'momentum'), stateOf(state, 'betas')]).toEqual(['verified', 'verified'])
})

test('a value that is not confirmed is checked less and less often', () => {
  const looked: number[] = []
  let step = 0
  const deaf = floatActuator({
    key: 'x',
    get: () => {
      looked.push(step)
      return 1
    },
    set: () => undefined,
  })
  const state = createMutableState([deaf])
  set(state, { x: 2 }, 0)
  looked.length = 0
  for (step = 1; step <= 20; step++) state.tick(step)
  expect(looked).toEqual([1, 2, 4, 8, 16])
})
