import { describe, expect, test } from 'vitest'
import { isRampMoving, type Json, rampEndStep, readRamp } from '../src/index.ts'

const PLACE = { step: 100, current: 0.1, total: 1000 }
const read = (value: Json, place = PLACE) => readRamp('lr', value, place)
const reason = (value: Json, place: Parameters<typeof readRamp>[2] = PLACE): string => {
  const result = readRamp('lr', value, place)
  return result.ok ? 'accepted' : result.reason
}

describe('a requested ramp', () => {
  test('begins at the place where it is set, and is linear', () => {
    expect(read({ steps: 50, end: 0 })).toEqual({
      ok: true,
      value: { type: 'linear', steps: 50, start: 0.1, end: 0, first_step: 100 },
    })
  })

  test('keeps its own type, start and first step', () => {
    expect(read({ type: 'cosine', steps: 0, start: 1, end: 2, first_step: 7, total: 9 })).toEqual({
      ok: true,
      value: { type: 'cosine', steps: 0, start: 1, end: 2, first_step: 7, total: 9 },
    })
  })

  test('takes a fraction of the total steps, rounded, and records the total', () => {
    expect(read({ warmup_frac: 0.0255, end: 1 })).toMatchObject({ ok: true, value: { steps: 26, total: 1000 } })
    expect(read({ warmup_frac: 1, end: 1, total: 10 })).toMatchObject({ ok: true, value: { steps: 10, total: 10 } })
    expect(read({ warmup_frac: 0, end: 1 })).toMatchObject({ ok: true, value: { steps: 0 } })
  })

  test('leaves out a total that is not a count', () => {
    const result = read({ steps: 5, end: 1, total: -1 })
    expect(result.ok && Object.keys(result.value)).not.toContain('total')
  })

  test('has no negative zero', () => {
    const result = read({ steps: 5, start: -0, end: -0 })
    expect(result.ok && [result.value.start, result.value.end].map((value) => Object.is(value, 0))).toEqual([
      true,
      true,
    ])
  })

  test.each<[Json, string]>([
    [{ mul: 2 }, '`lr` does not accept a relative value, got {"mul":2}'],
    ['up', '`lr` must be {type: linear|cosine, steps | warmup_frac, start?, end} or null, got "up"'],
    [{ type: 'step', steps: 1, end: 1 }, '`lr.type` must be linear or cosine, got "step"'],
    [{ steps: 1 }, '`lr.end` is missing: the value that the ramp ends at'],
    [{ steps: 1, end: 'x' }, '`lr.end` must be a finite number, got "x"'],
    [{ steps: 1, start: true, end: 1 }, '`lr.start` must be a finite number, got true'],
    [{ steps: 1, end: 1, first_step: null, start: [] }, '`lr.start` must be a finite number, got []'],
    [{ steps: 1, warmup_frac: 0.5, end: 1 }, '`lr` accepts `steps` or `warmup_frac`, not both, got 1 and 0.5'],
    [{ steps: -1, end: 1 }, '`lr.steps` must be a whole number >= 0, got -1'],
    [{ steps: 1.5, end: 1 }, '`lr.steps` must be a whole number >= 0, got 1.5'],
    [{ end: 1 }, '`lr` needs `steps`, or `warmup_frac` between 0 and 1, got null'],
    [{ warmup_frac: 1.01, end: 1 }, '`lr` needs `steps`, or `warmup_frac` between 0 and 1, got 1.01'],
    [{ warmup_frac: -0.01, end: 1 }, '`lr` needs `steps`, or `warmup_frac` between 0 and 1, got -0.01'],
    [{ warmup_frac: '1', end: 1 }, '`lr` needs `steps`, or `warmup_frac` between 0 and 1, got "1"'],
  ])('is refused with a reason: %j', (value, message) => {
    expect(reason(value)).toBe(message)
  })

  test('is refused as a fraction of an unknown length', () => {
    expect(reason({ warmup_frac: 0.5, end: 1 }, { ...PLACE, total: null })).toBe(
      "`lr.warmup_frac` needs the run's total steps, which the trainer does not declare: give `steps`",
    )
  })
})

describe('a recorded ramp', () => {
  const ramp = { type: 'linear', first_step: 10, steps: 5, start: 0, end: 1 }

  test('ends after its steps', () => {
    expect(rampEndStep(ramp)).toBe(15)
    expect([{ ...ramp, steps: -1 }, { ...ramp, first_step: 0.5 }, { steps: 5 }, null, 'x'].map(rampEndStep)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ])
  })

  test('changes until its end, and if the step or the end is unknown', () => {
    expect([14, 15, 16, null].map((step) => isRampMoving(ramp, step))).toEqual([true, false, false, true])
    expect(isRampMoving({ type: 'linear' }, 99)).toBe(true)
    expect(isRampMoving(null, null)).toBe(false)
  })
})
