import { expect, test } from 'vitest'
import { createMutableState, lossActuators, optimizerActuators } from '../src/index.ts'
import { set } from './support.ts'

/** A trainer whose own schedule determines the rates, and which multiplies them by the scales itself. */
function scaledTrainer() {
  const told: (readonly number[])[] = []
  const base = [0.1, 0.2]
  const optimizer = { paramGroups: [{ lr: 0.1 }, { lr: 0.2 }] }
  const state = createMutableState(
    optimizerActuators(optimizer, { setScale: (scales) => told.push(scales), rates: () => base }),
  )
  return { told, base, optimizer, state }
}

test('a trainer that multiplies its rates itself gets scales, and its groups are not changed', () => {
  const { told, base, optimizer, state } = scaledTrainer()
  expect(state.isMoving).toBe(false)
  expect(set(state, { lr: 0.05 }, 3)).toEqual({
    ok: true,
    payload: { lr: 0.05, scheduler_scale: 0.5 },
    old: { scheduler_scale: 1 },
  })
  base[0] = 0.08
  base[1] = 0.16
  expect(set(state, { scheduler_drop: 0.5 }, 9)).toMatchObject({ payload: { scheduler_scale: 0.25 } })
  for (let step = 10; step < 20; step++) state.tick(step)
  expect(told).toEqual([
    [0.5, 0.5],
    [0.25, 0.25],
  ])
  expect([state.current('lr', 20), optimizer.paramGroups.map(({ lr }) => lr)]).toEqual([0.02, [0.1, 0.2]])
  state.fold([], 5)
  expect(told.at(-1)).toEqual([1, 1])
})

test('the rate in use is read from its metric, since the group contains the scheduled rate', () => {
  const { state, base } = scaledTrainer()
  // Half of it happens to be the value in the groups.
  base[0] = 0.2
  base[1] = 0.4
  const stateOf = () => state.describe(0).find(({ param_key }) => param_key === 'lr')?.state
  set(state, { scheduler_scale: 0.5 }, 0)
  state.tick(1)
  expect(stateOf()).toBe('unverified')
  state.tick(2, { lr: 0.1 })
  expect(stateOf()).toBe('verified')
})

test('scales without rates, or with our schedule, are refused', () => {
  const optimizer = { paramGroups: [{ lr: 0.1 }] }
  const setScale = (): void => undefined
  const refusal = '`lr` with `setScale` needs `rates`, and cannot be combined with `schedule`'
  expect(() => createMutableState(optimizerActuators(optimizer, { setScale }))).toThrow(refusal)
  const both = { setScale, rates: () => 1, schedule: () => 1 }
  expect(() => createMutableState(optimizerActuators(optimizer, both))).toThrow(refusal)
  expect(() => optimizerActuators(optimizer, { setScale: 3 as never })).toThrow(
    '`setScale` of `optimizerActuators` must be a function',
  )
})

test('tables contain what ramps and schedules will write, and end with a ramp', () => {
  const weights = { ce: 1, aux: 0 }
  const optimizer = { paramGroups: [{ lr: 1 }] }
  const schedule = (step: number): number => {
    if (step > 6) throw new Error('no rate')
    return 1 / (step + 1)
  }
  const state = createMutableState(optimizerActuators(optimizer, { schedule }), lossActuators(weights))
  set(state, { 'ramps.aux': { type: 'linear', steps: 4, start: 0, end: 2 } }, 2)
  const tables = state.ahead(4, 9)
  expect(tables).toEqual([
    { key: 'lr', first: 4, rows: [[1 / 5], [1 / 6], [1 / 7]] },
    { key: 'aux', first: 4, rows: [[1], [1.5], [2]] },
  ])
  // They are bit-identical to what a tick writes.
  state.tick(5)
  expect([optimizer.paramGroups[0]?.lr, weights.aux]).toEqual([1 / 6, 1.5])
})

test('a control that is not verified yet is checked at doubling intervals of steps', () => {
  const looked: number[] = []
  let step = 0
  const state = createMutableState([
    {
      ...(lossActuators({ x: 1 })[0] as ReturnType<typeof lossActuators>[number]),
      get: () => {
        looked.push(step)
        return [0]
      },
    },
  ])
  set(state, { x: 2 }, 0)
  looked.length = 0
  for (step = 1; step < 40; step++) state.tick(step)
  expect(looked).toEqual([1, 2, 4, 8, 16, 32])
})
