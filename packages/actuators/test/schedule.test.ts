import { expect, test } from 'vitest'
import { createMutableState, lossActuators, optimizerActuators } from '../src/index.ts'
import { refusal, set, setOp, trainer } from './support.ts'

// Halved every ten steps; 0 at step 99.
const halving = (step: number): number => (step === 99 ? 0 : 0.5 ** Math.floor(step / 10))

function scheduled(schedule: (step: number) => number | readonly number[] = halving) {
  const group = { lr: 1 }
  const state = createMutableState(optimizerActuators({ paramGroups: [group] }, { schedule }))
  return { group, state }
}

test('under a schedule the rate is written at every safe point', () => {
  const { group, state } = scheduled()
  expect(state.isMoving).toBe(true)
  const rates = [0, 9, 10, 25].map((step) => {
    state.tick(step)
    return group.lr
  })
  expect(rates).toEqual([1, 1, 0.5, 0.25])
})

test('lr=v under a schedule means v now and the shape of the schedule from then on', () => {
  const { group, state } = scheduled()
  state.tick(10)
  expect(set(state, { lr: 0.1 }, 10)).toEqual({
    ok: true,
    payload: { lr: 0.1, scheduler_scale: 0.2 },
    old: { scheduler_scale: 1 },
  })
  expect(group.lr).toBe(0.1)
  state.tick(20)
  expect(group.lr).toBe(0.05)
})

test('scheduler_drop multiplies the scale, scheduler_scale sets it', () => {
  const { group, state } = scheduled()
  expect(set(state, { scheduler_drop: 0.5 }, 0)).toEqual({
    ok: true,
    payload: { scheduler_drop: 0.5, scheduler_scale: 0.5 },
    old: { scheduler_scale: 1 },
  })
  expect(set(state, { scheduler_drop: '0.5' }, 0)).toEqual({
    ok: true,
    payload: { scheduler_drop: 0.5, scheduler_scale: 0.25 },
    old: { scheduler_scale: 0.5 },
  })
  expect(group.lr).toBe(0.25)
  expect(set(state, { scheduler_scale: '3' }, 0)).toEqual({
    ok: true,
    payload: { scheduler_scale: 3 },
    old: { scheduler_scale: 0.25 },
  })
  expect(group.lr).toBe(3)
})

test('scheduler_scale overrides the others, and nothing is computed again', () => {
  const { group, state } = scheduled()
  expect(set(state, { lr: 0.1, scheduler_drop: 0.3, scheduler_scale: 0.7 }, 0)).toEqual({
    ok: true,
    payload: { lr: 0.1, scheduler_drop: 0.3, scheduler_scale: 0.7 },
    old: { scheduler_scale: 1 },
  })
  expect(group.lr).toBe(0.7)
})

test('if the schedule is 0, lr fails with advice on what to set instead', () => {
  const { state } = scheduled()
  expect(refusal(set(state, { lr: 0.1 }, 99))).toBe(
    '`lr` cannot be set while the schedule sets it to 0: set `scheduler_scale` instead',
  )
  expect(set(state, { scheduler_scale: 0.5 }, 99)).toMatchObject({ ok: true })
})

test('a scale is a finite number of at least 0, a drop is greater than 0, and lr with a drop is ambiguous', () => {
  const { state } = scheduled()
  expect(refusal(set(state, { scheduler_scale: -1 }))).toBe('`scheduler_scale` must be at least 0, got -1')
  expect(refusal(set(state, { scheduler_scale: Number.POSITIVE_INFINITY }))).toBe(
    '`scheduler_scale` must be a finite number, got Infinity',
  )
  expect(refusal(set(state, { scheduler_drop: 0 }))).toBe('`scheduler_drop` must be greater than 0, got 0')
  expect(refusal(set(state, { scheduler_drop: Number.NaN }))).toBe('`scheduler_drop` must be a finite number, got NaN')
  expect(refusal(set(state, { lr: 0.1, scheduler_drop: 0.5 }))).toBe(
    '`lr` and `scheduler_drop` cannot be set together: both set the learning rate',
  )
  set(state, { scheduler_scale: 1e300 })
  expect(refusal(set(state, { scheduler_drop: 1e300 }))).toBe(
    '`scheduler_drop` must leave the scale finite, got 1e+300 applied to [1e+300]',
  )
})

test('without a schedule, scale and drop are refused, also together with lr', () => {
  const { state, groups } = trainer()
  expect(refusal(set(state, { scheduler_drop: 0.5 }))).toBe(
    '`scheduler_drop` needs a schedule, and this optimizer has none: set `lr` instead',
  )
  expect(refusal(set(state, { lr: 0.5, scheduler_scale: 0.5 }))).toBe(
    '`scheduler_scale` needs a schedule, and this optimizer has none: set `lr` instead',
  )
  expect(groups[0]?.lr).toBe(0.1)
})

test('one lr for all groups is one scale for all: each keeps its scheduled ratio', () => {
  // At registration the rates are 0.1 and 0.2; only the schedule determines the ratios of the groups.
  const { state, groups } = trainer({ schedule: (step) => [0.1 / (1 + step), 0.4 / (1 + step)] })
  expect(set(state, { lr: 0.2 }, 0)).toEqual({
    ok: true,
    payload: { lr: 0.2, scheduler_scale: 2 },
    old: { scheduler_scale: 1 },
  })
  expect(groups.map((group) => group.lr)).toEqual([0.2, 0.8])
  state.tick(1)
  expect(groups.map((group) => group.lr)).toEqual([0.1, 0.4])
})

test('a warm-up that begins at 0 does not make the groups equal', () => {
  const groups = [
    { name: 'body', lr: 0 },
    { name: 'head', lr: 0 },
  ]
  const schedule = (step: number) => [0.1, 0.02].map((base) => base * Math.min(1, step / 10))
  const state = createMutableState(optimizerActuators({ paramGroups: groups }, { schedule }))
  expect(refusal(set(state, { lr: 0.5 }, 0))).toBe(
    '`lr` cannot be set while the schedule sets it to 0: set `scheduler_scale` instead',
  )
  state.tick(5)
  set(state, { lr: 0.1 }, 5)
  expect(groups.map((group) => group.lr)).toEqual([0.1, 0.02])
  state.tick(20)
  expect(groups.map((group) => group.lr)).toEqual([0.2, 0.04])
})

test('a ratio that changes with the step is taken at the step of the command', () => {
  const { state, groups } = trainer({ schedule: (step) => [0.1, step < 10 ? 0.1 : 0.01] })
  set(state, { lr: 0.2 }, 5)
  expect(groups.map((group) => group.lr)).toEqual([0.2, 0.2])
  state.tick(10)
  expect(groups.map((group) => group.lr)).toEqual([0.2, 0.02])
})

test('a group that the schedule freezes stays frozen when the others change, and a group 0 at rate 0 cannot set their rates', () => {
  const { state, groups } = trainer({ schedule: (step) => (step < 10 ? [0.1, 0] : [0, 0.1]) })
  expect(set(state, { lr: 0.3 }, 0)).toMatchObject({ ok: true })
  expect(groups.map((group) => group.lr)).toEqual([0.1 * (0.3 / 0.1), 0])
  expect(refusal(set(state, { lr: 0.3 }, 10))).toMatch('`lr` cannot be set while the schedule sets it to 0')
  expect(set(state, { lr: 0.3, group: 'head' }, 10)).toMatchObject({ ok: true })
})

test('a rate that exceeds a bound because of the scheduled ratio fails the whole command, and the error names the group', () => {
  const { state, groups } = trainer({ schedule: () => [0.1, 0.4] })
  expect(refusal(set(state, { lr: 0.3 }, 0))).toBe(
    '`lr` must be at most 1, got 1.2 in group head: its ratio to group 0 comes from the schedule',
  )
  expect(groups.map((group) => group.lr)).toEqual([0.1, 0.2])
})

test('values recorded with registration ratios are set again unchanged: only the scales count', () => {
  const { state, groups } = trainer({ schedule: () => [0.1, 0.4] })
  expect(set(state, { lr: 0.2, scheduler_scale: [2, 1] }, 0)).toMatchObject({ ok: true })
  expect(groups.map((group) => group.lr)).toEqual([0.2, 0.4])
})

test('each group has its own scale, set by a list or by `group`', () => {
  const { state, groups } = trainer({ schedule: (step) => [0.1 / (1 + step), 0.4 / (1 + step)] })
  expect(set(state, { lr: [0.2, 0.4] }, 0)).toEqual({
    ok: true,
    payload: { lr: [0.2, 0.4], scheduler_scale: [2, 1] },
    old: { scheduler_scale: 1 },
  })
  expect(set(state, { scheduler_drop: 0.5, group: 'head' }, 0)).toEqual({
    ok: true,
    payload: { scheduler_drop: 0.5, scheduler_scale: 0.5, group: 'head' },
    old: { scheduler_scale: [2, 1] },
  })
  state.tick(1)
  expect(groups.map((group) => group.lr)).toEqual([0.1, 0.1])
  expect(set(state, { scheduler_scale: [2, 1] }, 1)).toMatchObject({ ok: true, old: { scheduler_scale: [2, 0.5] } })
  expect(refusal(set(state, { scheduler_scale: [1] }, 1))).toBe(
    '`scheduler_scale` must be one number or 2 of them, got [1]',
  )
})

test('the list of a command is not shared with the live state', () => {
  const { state, groups } = trainer({ schedule: () => [1, 1] })
  const params = { scheduler_scale: [0.5, 0.25] }
  state.apply(setOp(params), { step: 0, total: null })
  params.scheduler_scale[0] = 9
  state.tick(1)
  expect(groups.map((group) => group.lr)).toEqual([0.5, 0.25])
})

test('a schedule that throws or returns too few rates fails the op, is reported once and never thrown', () => {
  let broken: 'throws' | 'short' | 'nan' | null = 'throws'
  const { state, groups } = trainer({
    schedule: () => {
      if (broken === 'throws') throw new Error('no such epoch')
      if (broken === 'short') return [0.1]
      return broken === 'nan' ? Number.NaN : 0.1
    },
  })
  expect(state.tick(1)).toEqual(['`lr` could not be updated: no such epoch'])
  expect(state.tick(2)).toEqual([])
  expect(refusal(set(state, { lr: 0.5 }, 2))).toBe('schedule_exception: no such epoch')
  expect(state.describe(2)[0]).toMatchObject({ param_key: 'lr', current: null })
  expect(state.current('lr', 2)).toBeUndefined()
  broken = 'short'
  expect(state.tick(3)).toEqual([
    '`lr` could not be updated: the schedule must return a finite rate, or 2 of them, at step 3, got [0.1]',
  ])
  broken = 'nan'
  expect(state.tick(4)).toEqual([
    '`lr` could not be updated: the schedule must return a finite rate, or 2 of them, at step 4, got NaN',
  ])
  expect(groups.map((group) => group.lr)).toEqual([0.1, 0.2])
  broken = null
  expect(state.tick(5)).toEqual([])
  expect(groups.map((group) => group.lr)).toEqual([0.1, 0.1])
  broken = 'throws'
  expect(state.tick(6)).toEqual(['`lr` could not be updated: no such epoch'])
})

test('only lr can have a schedule', () => {
  const [lr] = optimizerActuators({ paramGroups: [{ lr: 0.1 }] }, { schedule: halving })
  expect(() => createMutableState(lr === undefined ? [] : [{ ...lr, key: 'rate' }])).toThrow(
    new RangeError('only `lr` can have a schedule, got `rate`'),
  )
})

test('the scale can be read by its own name', () => {
  const { state } = scheduled()
  set(state, { scheduler_scale: 0.5 }, 10)
  expect([state.current('scheduler_scale', 10), state.current('lr', 10), state.current('nothing', 10)]).toEqual([
    0.5,
    0.25,
    undefined,
  ])
  expect(trainer().state.current('scheduler_scale', 0)).toBeUndefined()
})

test('if an op has several keys of one rate, the refusal names the wrong one', () => {
  const { state } = trainer({ schedule: () => 0.1 })
  const outcome = set(state, { lr: 0.1, scheduler_drop: 0 }, 0)
  expect(refusal(outcome)).toBe('`scheduler_drop` must be greater than 0, got 0')
})

test('a rate that reaches a bound exactly because of the scheduled ratio is accepted', () => {
  const { state, groups } = trainer({ schedule: () => [0.25, 0.5] })
  expect(set(state, { lr: 0.5 }, 0)).toMatchObject({ ok: true, payload: { scheduler_scale: 2 } })
  expect(groups.map((group) => group.lr)).toEqual([0.5, 1])
})

test('a rate of 0 at registration can be restored under a schedule: its scale is 0', () => {
  const groups = [
    { name: 'frozen', lr: 0 },
    { name: 'head', lr: 0.2 },
  ]
  const state = createMutableState(optimizerActuators({ paramGroups: groups }, { schedule: () => [0.1, 0.2] }))
  expect(set(state, { lr: [0, 0.2] }, 0)).toMatchObject({ ok: true, payload: { scheduler_scale: [0, 1] } })
  expect(groups.map((group) => group.lr)).toEqual([0, 0.2])
})

test('a rate for one group is refused if the schedule sets that group to 0, and a trainer without a rate has no scale', () => {
  const { state } = trainer({ schedule: () => [0.1, 0] })
  expect(refusal(set(state, { lr: 0.3, group: 'head' }, 0))).toBe(
    '`lr` cannot be set while the schedule sets it to 0: set `scheduler_scale` instead',
  )
  const without = createMutableState(lossActuators({ ce: 1 }))
  expect(refusal(set(without, { scheduler_scale: 2 }, 0))).toBe(
    'unknown_param: `scheduler_scale`: this trainer has ce, terms.ce',
  )
})

test('a rate without a schedule is recorded alone', () => {
  const { state } = trainer()
  const outcome = set(state, { lr: 0.3 }, 0)
  expect(outcome.ok && Object.keys(outcome.payload ?? {})).toEqual(['lr'])
})
