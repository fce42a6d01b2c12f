import { expect, test } from 'vitest'
import { type Ramp, rampValue } from '../src/index.ts'
import { refusal, set, trainer } from './support.ts'

const along = (ramp: Ramp, steps: readonly number[]): number[] => steps.map((step) => rampValue(ramp, step))

test('a linear ramp goes straight from start to end and stays there', () => {
  const ramp: Ramp = { type: 'linear', steps: 4, start: 1, end: 3, first_step: 10 }
  expect(along(ramp, [0, 10, 11, 12, 14, 100])).toEqual([1, 1, 1.5, 2, 3, 3])
})

test('a cosine ramp starts and ends smoothly', () => {
  const ramp: Ramp = { type: 'cosine', steps: 4, start: 0, end: 2, first_step: 0 }
  const [begin, quarter, half, threeQuarters, end] = along(ramp, [0, 1, 2, 3, 4])
  expect([begin, end]).toEqual([0, 2])
  expect(half).toBeCloseTo(1, 12)
  expect(quarter).toBeCloseTo(1 - Math.SQRT1_2, 12)
  expect(threeQuarters).toBeCloseTo(1 + Math.SQRT1_2, 12)
})

test('a ramp of zero steps is at its end immediately', () => {
  expect(along({ type: 'linear', steps: 0, start: 1, end: 3, first_step: 10 }, [9, 10])).toEqual([3, 3])
})

test('setting a ramp records everything that it depends on, and every safe point updates the weight', () => {
  const { state, weights } = trainer()
  expect(set(state, { 'ramps.aux': { steps: 10, end: 1 } }, 100)).toEqual({
    ok: true,
    payload: { 'ramps.aux': { type: 'linear', steps: 10, start: 0, end: 1, first_step: 100 } },
    old: { aux: 0 },
  })
  expect(state.isMoving).toBe(true)
  const seen = [100, 105, 110, 111].map((step) => {
    state.tick(step)
    return weights.aux
  })
  expect(seen).toEqual([0, 0.5, 1, 1])
})

test('warmup_frac is a fraction of the total steps, and is refused if the trainer does not declare them', () => {
  const { state } = trainer()
  expect(refusal(set(state, { 'ramps.aux': { warmup_frac: 0.1, end: 1 } }))).toBe(
    "`ramps.aux.warmup_frac` needs the run's total steps, which the trainer does not declare: give `steps`",
  )
  expect(set(state, { 'ramps.aux': { warmup_frac: 0.1, end: 1, type: 'cosine' } }, 5, 200)).toEqual({
    ok: true,
    payload: { 'ramps.aux': { type: 'cosine', steps: 20, total: 200, start: 0, end: 1, first_step: 5 } },
    old: { aux: 0 },
  })
})

test('an invalid ramp is refused, field by field', () => {
  const { state } = trainer()
  const refused = (ramp: never) => refusal(set(state, { 'ramps.aux': ramp }, 0, 100))
  const cases: readonly (readonly [unknown, string])[] = [
    [1, '`ramps.aux` must be {type: linear|cosine, steps | warmup_frac, start?, end} or null, got 1'],
    [{ type: 'exp', steps: 1, end: 1 }, '`ramps.aux.type` must be linear or cosine, got "exp"'],
    [{ steps: 1 }, '`ramps.aux.end` is missing: the value that the ramp ends at'],
    [{ steps: 1, end: 'x' }, '`ramps.aux.end` must be a finite number, got "x"'],
    [{ steps: 1, end: 1, start: Number.NaN }, '`ramps.aux.start` must be a finite number, got NaN'],
    [{ steps: -1, end: 1 }, '`ramps.aux.steps` must be a whole number >= 0, got -1'],
    [{ steps: 1.5, end: 1 }, '`ramps.aux.steps` must be a whole number >= 0, got 1.5'],
    [{ end: 1 }, '`ramps.aux` needs `steps`, or `warmup_frac` between 0 and 1, got null'],
    [{ end: 1, warmup_frac: 2 }, '`ramps.aux` needs `steps`, or `warmup_frac` between 0 and 1, got 2'],
    [{ end: 1, warmup_frac: 0.5, steps: 3 }, '`ramps.aux` accepts `steps` or `warmup_frac`, not both, got 3 and 0.5'],
    [{ steps: 1, end: 101 }, '`ramps.aux.end` must be between 0 and 100, got 101'],
    [{ steps: 1, end: 1, start: -1 }, '`ramps.aux.start` must be between 0 and 100, got -1'],
  ]
  // Deliberately not ramps.
  for (const [ramp, reason] of cases) expect(refused(ramp as never)).toBe(reason)
  expect(refusal(set(state, { 'ramps.lrr': { steps: 1, end: 1 } }))).toMatch('unknown_param: `ramps.lrr`')
})

test('null ends a ramp at its current value, and records it', () => {
  const { state, weights } = trainer()
  set(state, { 'ramps.aux': { steps: 10, end: 1 } }, 0)
  expect(set(state, { 'ramps.aux': null }, 4)).toEqual({
    ok: true,
    payload: { 'ramps.aux': null, aux: 0.4 },
    old: { 'ramps.aux': { type: 'linear', steps: 10, start: 0, end: 1, first_step: 0 } },
  })
  state.tick(5)
  expect([weights.aux, state.describe(5).find((one) => one.param_key === 'aux')?.ramp]).toEqual([0.4, undefined])
})

test('setting the weight ends its ramp, and a revert restores the ramp', () => {
  const { state, weights } = trainer()
  set(state, { 'ramps.aux': { steps: 10, end: 1 } }, 0)
  const ended = set(state, { aux_w: 3 }, 5)
  expect(ended).toEqual({
    ok: true,
    payload: { aux_w: 3 },
    old: { 'ramps.aux': { type: 'linear', steps: 10, start: 0, end: 1, first_step: 0 } },
  })
  state.tick(6)
  expect(weights.aux).toBe(3)
  set(state, ended.ok ? (ended.old ?? {}) : {}, 7)
  expect(weights.aux).toBe(0.7)
})

test('a ramp set during another starts at its current value', () => {
  const { state } = trainer()
  set(state, { 'ramps.aux': { steps: 10, end: 1 } }, 0)
  expect(set(state, { 'ramps.aux': { steps: 10, end: 0 } }, 5)).toMatchObject({
    ok: true,
    payload: { 'ramps.aux': { start: 0.5, end: 0, first_step: 5 } },
  })
})

test('the alias of a weight also works for its ramp', () => {
  expect(set(trainer().state, { 'ramps.aux_w': { steps: 2, end: 1 } })).toMatchObject({ ok: true, old: { aux: 0 } })
})

test('a ramp that was ended by a new value no longer changes anything', () => {
  const { state, weights } = trainer()
  set(state, { 'ramps.aux': { steps: 10, end: 1 } }, 0)
  set(state, { aux: 3 }, 1)
  state.tick(2)
  expect([state.isMoving, state.ahead(3, 5)]).toEqual([false, []])
  weights['aux'] = 4
  state.tick(3)
  expect(weights['aux']).toBe(4)
})

test('the table of a ramp has the requested number of rows, its end included, and one row after its end', () => {
  const { state } = trainer()
  set(state, { 'ramps.aux': { steps: 2, start: 0, end: 1 } }, 10)
  const rows = (step: number, count: number) => state.ahead(step, count).map((table) => [table.first, table.rows])
  expect(rows(10, 2)).toEqual([[10, [[0], [0.5]]]])
  expect(rows(10, 9)).toEqual([[10, [[0], [0.5], [1]]]])
  expect(rows(12, 9)).toEqual([[12, [[1]]]])
  expect([rows(50, 9), rows(10, 0)]).toEqual([[[50, [[1]]]], []])
})

test('a falling ramp never goes below its end, whether it is linear or cosine', () => {
  for (const type of ['linear', 'cosine'] as const) {
    const ramp: Ramp = { type, steps: 10, start: 0.3, end: 0.1, first_step: 0 }
    const values = along(ramp, [-1, 0, 3, 9, 10, 11])
    expect([values[0], values[1], values[4], values[5]]).toEqual([0.3, 0.3, 0.1, 0.1])
    expect(values.every((value) => value >= 0.1 && value <= 0.3)).toBe(true)
  }
  expect(rampValue({ type: 'linear', steps: 3, start: 0.7, end: 0.1, first_step: 0 }, 2)).toBeCloseTo(0.3, 12)
})
