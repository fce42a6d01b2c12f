import { expect, test } from 'vitest'
import { createMutableState, type FoldedOp, floatActuator, optimizerActuators } from '../src/index.ts'
import { holder, set, setOp, switchOp, trainer } from './support.ts'

const at = (step: number, params: Parameters<typeof setOp>[0], total: number | null = null): FoldedOp => ({
  op: setOp(params),
  step,
  total,
})

const history: readonly FoldedOp[] = [
  at(1, { lr: 0.5, group: 'head' }),
  at(2, { 'ramps.aux': { steps: 10, end: 1 } }),
  { op: switchOp('disable', { key: 'momentum' }), step: 3, total: null },
  at(4, { 'terms.ce': false }),
]

test('a fold of history gives the same state as the live ops', () => {
  const live = trainer()
  for (const { op, step, total } of history) live.state.apply(op, { step, total })
  live.state.tick(7)
  const folded = trainer()
  expect(folded.state.fold(history, 7)).toEqual([])
  expect(folded.state.snapshot()).toEqual(live.state.snapshot())
  expect([folded.groups, folded.weights]).toEqual([live.groups, live.weights])
})

test('a fold begins at registration, whatever happened since', () => {
  const { state, groups, weights } = trainer()
  const before = structuredClone({ groups, weights, snapshot: state.snapshot() })
  for (const { op, step, total } of history) state.apply(op, { step, total })
  expect(state.fold([], 0)).toEqual([])
  expect({ groups, weights, snapshot: state.snapshot() }).toEqual(before)
})

test('restored values are verified like any change, others stay untouched', () => {
  const { state } = trainer()
  state.fold(history, 7)
  const shown = () => Object.fromEntries(state.describe(8).map((one) => [one.param_key, one.state]))
  expect(shown()).toMatchObject({
    lr: 'unverified',
    aux: 'unverified',
    momentum: 'disabled',
    weight_decay: 'untouched',
  })
  state.tick(8)
  expect(shown()).toMatchObject({ lr: 'verified', aux: 'verified', momentum: 'disabled' })
})

test('ops that are no longer valid have no effect and are reported with their step', () => {
  const { state, groups } = trainer()
  expect(state.fold([at(1, { lr: 9 }), at(2, { gone: 1 }), at(3, { momentum: 0.5 })], 4)).toEqual([
    'step 1: opt set_params: `lr` must be between 1e-7 and 1, got 9',
    expect.stringMatching(/^step 2: opt set_params: unknown_param: `gone`/),
  ])
  expect(groups[0]?.momentum).toBe(0.5)
})

test('a rehearsal reports ops that would be invalid, with their index, and changes nothing', () => {
  const { state, groups } = trainer()
  const before = structuredClone(groups)
  expect(state.rehearse([at(1, { lr: 0.5 }), at(2, { lr: 9 })])).toEqual([
    { index: 1, key: 'lr', reason: 'step 2: opt set_params: `lr` must be between 1e-7 and 1, got 9' },
  ])
  expect(groups).toEqual(before)
})

test('values that the trainer already has are not written again', () => {
  const held = holder<number>(1)
  let writes = 0
  const state = createMutableState([
    floatActuator({
      key: 'x',
      get: held.get,
      set: (value) => {
        writes++
        held.set(value)
      },
    }),
  ])
  state.fold([], 0)
  expect(writes).toBe(0)
  state.fold([at(0, { x: 2 })], 1)
  state.fold([], 0)
  expect([writes, held.value]).toEqual([2, 1])
})

test('under a schedule nothing is written before step 0, and the rate of the step from then on', () => {
  const { state, groups } = trainer({ schedule: (step) => 0.5 / (1 + step) })
  state.fold([], -1)
  expect(groups[0]?.lr).toBe(0.1)
  state.fold([at(0, { scheduler_scale: 0.5 })], 1)
  expect(groups.map((group) => group.lr)).toEqual([0.125, 0.125])
})

test('a setter that throws while a history is restored is reported, and the rest is restored', () => {
  const stuck = floatActuator({
    key: 'stuck',
    get: () => 1,
    set: () => {
      throw new Error('no')
    },
  })
  const held = holder<number>(1)
  const state = createMutableState([stuck, floatActuator({ key: 'free', ...held })])
  expect(state.fold([at(0, { stuck: 2 }), at(0, { free: 2 })], 1)).toEqual(['`stuck` could not be set: no'])
  expect(held.value).toBe(2)
})

test('a fold of ramps with a fraction uses the total steps that were known at the time', () => {
  const { state, weights } = trainer()
  state.fold([at(0, { 'ramps.aux': { warmup_frac: 0.5, end: 1 } }, 20)], 5)
  expect(weights.aux).toBe(0.5)
})

test('a snapshot is plain JSON of every control', () => {
  const { state } = trainer()
  set(state, { 'ramps.aux': { steps: 2, end: 1 } }, 0)
  const snapshot = state.snapshot()
  expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot)
  expect(snapshot).toMatchObject({
    lr: { values: [0.1, 0.2], ramp: null, enabled: true },
    aux: { ramp: { steps: 2, end: 1 }, enabled: true },
  })
})

test('before step 0 a trainer that multiplies its rates itself gets the scales again', () => {
  const told: (readonly number[])[] = []
  const optimizer = { paramGroups: [{ lr: 0.1 }] }
  const options = { setScale: (scales: readonly number[]) => void told.push(scales), rates: () => 0.1 }
  const state = createMutableState(optimizerActuators(optimizer, options))
  set(state, { scheduler_scale: 0.5 })
  optimizer.paramGroups = [{ lr: 0.7 }]
  expect(state.fold([], -1)).toEqual([])
  expect([told, optimizer.paramGroups]).toEqual([[[0.5], [1]], [{ lr: 0.7 }]])
})

test('a restored value of a disabled control is not verified, and one that returns to its initial value is untouched', () => {
  const { state, groups } = trainer()
  const shown = (key: string) => state.describe(0).find(({ param_key }) => param_key === key)?.state
  set(state, { momentum: 0.1 })
  expect(state.fold([at(0, { lr: 0.5 }), { op: switchOp('disable', { key: 'lr' }), step: 0, total: null }], 1)).toEqual(
    [],
  )
  expect([shown('lr'), shown('momentum'), groups[0]?.lr, groups[0]?.momentum]).toEqual([
    'disabled',
    'untouched',
    0.5,
    0.9,
  ])
})

test('values that were set before step 0 count as set at step 0, and the version increases with a fold', () => {
  const { state, groups, weights } = trainer({ schedule: (step) => 1 / (2 + step) })
  const { version } = state
  state.fold([at(-1, { scheduler_scale: 0.5 }), at(-1, { ce: 3 })], -1)
  expect([groups[0]?.lr, weights['ce'], state.version]).toEqual([0.25, 3, version + 1])
})

test('under a schedule that has moved the rate, a fold before step 0 restores the rate at registration', () => {
  const { state, groups } = trainer({ schedule: (step) => 0.5 / (1 + step) })
  state.tick(4)
  state.fold([], -1)
  expect(groups.map(({ lr }) => lr)).toEqual([0.1, 0.2])
})
