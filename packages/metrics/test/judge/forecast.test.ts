import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { directionOf, type Forecast, forecastOf, timeTo } from '../../src/judge.ts'
import { coverageOf } from './curves/coverage.ts'
import { generatedCurves, type TestCurve } from './curves/generated.ts'
import { seeded } from './seeded.ts'

interface RecordedCurve {
  readonly run: string
  readonly metric: string
  readonly first: number
  readonly every: number
  readonly values: readonly number[]
}

/** Metrics of real training runs: `hotcb demo --config CONFIG --seed N`, 1,600 steps, every sixth value of `train_loss`. */
function recordedCurves(): readonly TestCurve[] {
  const text = readFileSync(join(import.meta.dirname, 'curves/recorded.json'), 'utf8')
  return (JSON.parse(text) as readonly RecordedCurve[]).map(({ run, metric, first, every, values }) => ({
    name: `${run} ${metric}`,
    sign: directionOf(metric) === 'max' ? -1 : 1,
    steps: values.map((_, i) => first + i * every),
    values,
  }))
}

function decay(count: number, noise: number, seed = 3): readonly number[] {
  const random = seeded(seed)
  return Array.from({ length: count }, (_, i) => 0.1 + 2 * Math.exp(-i / 100) + noise * (random() - 0.5))
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)

describe('the intervals of forecasts', () => {
  test('have their nominal coverage on real curves', () => {
    const { in80, in95, count, error, errorOfLast } = coverageOf(recordedCurves())
    expect(count).toBeGreaterThan(80)
    expect(in80).toBeGreaterThan(0.78)
    expect(in95).toBeGreaterThan(0.93)
    expect(error).toBeLessThan(errorOfLast)
  })

  test('are nested and never become narrower with distance', () => {
    for (const { steps, values, sign } of generatedCurves(80, 5)) {
      const forecast = forecastOf({ steps, values, sign })
      if (!forecast.ok) continue
      const logs = values.every((value) => value > 0)
      const widths = forecast.points.map(({ low95, low80, value, high80, high95 }) => {
        expect([low95, low80, value, high80, high95]).toEqual(
          [low95, low80, value, high80, high95].toSorted((a, b) => a - b),
        )
        return logs ? high95 / low95 : high95 - low95
      })
      for (const [i, width] of widths.entries()) expect(width).toBeGreaterThanOrEqual((widths[i - 1] ?? 0) * (1 - 1e-9))
      expect(forecast.points.at(-1)?.step).toBeLessThanOrEqual((steps.at(-1) ?? 0) * 1.4 + 1)
    }
  })
})

describe('a forecast', () => {
  test('is refused with a reason if it would be unreliable', () => {
    const values = decay(60, 0.01)
    const asked = (given: readonly number[], changedAt?: number): string => {
      const forecast = forecastOf({ steps: upTo(given.length), values: given, changedAt })
      return forecast.ok ? 'drawn' : `${forecast.code}: ${forecast.reason}`
    }
    expect(asked(values)).toBe('drawn')
    expect(asked(values.slice(0, 16))).toBe('too-few: it has 16 values so far: 17 are needed')
    expect(asked(values, 50)).toBe('changed: it has 9 values since the change at step 50: 17 are needed')
    expect(asked(values, 20)).toBe('drawn')
    expect(asked([...values, Number.NaN])).toBe('not-finite: its last value is not finite')
    // A value in the middle that was not finite is left out.
    expect(asked([...values.slice(0, 30), Number.NaN, ...values.slice(30)])).toBe('drawn')
    expect(asked([...values, ...upTo(20).map((i) => 1 + i)])).toMatch(/^diverging: it diverges: level/)
    expect(asked(upTo(40).map(() => 0.5))).toBe('constant: it has not changed yet')
  })

  test('ignores values from before the last change', () => {
    const after = decay(60, 0.01)
    const steps = upTo(100)
    const one = forecastOf({ steps, values: [...upTo(40).map((i) => 90 - i), ...after], changedAt: 39 })
    const two = forecastOf({ steps, values: [...upTo(40).map(() => 0), ...after], changedAt: 39 })
    expect(one).toEqual(two)
  })
})

describe('the time to a target', () => {
  const drawn = (): Extract<Forecast, { readonly ok: true }> => {
    const forecast = forecastOf({ steps: upTo(150), values: decay(150, 0.002) })
    if (!forecast.ok) throw new Error(forecast.reason)
    return forecast
  }

  test('is the step at which the expected curve crosses it, with an interval that contains the true step', () => {
    const target = 0.48
    const truth = -100 * Math.log((target - 0.1) / 2)
    const reach = timeTo(drawn(), target, 1)
    if (reach.state !== 'ahead') throw new Error('it is ahead')
    expect(Math.abs((reach.expected ?? 0) - truth)).toBeLessThan(10)
    expect(reach.earliest ?? 0).toBeLessThanOrEqual(truth)
    expect(reach.latest ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(truth)
  })

  test('is not given for a target that has been reached, and is unknown beyond the horizon', () => {
    const forecast = drawn()
    expect(timeTo(forecast, 1, 1)).toEqual({ state: 'reached' })
    expect(timeTo(forecast, 0.01, 1)).toMatchObject({ state: 'ahead', expected: null, earliest: null, latest: null })
    // If larger is better, the same curve has already passed every value below it.
    expect(timeTo(forecast, 0.01, -1)).toEqual({ state: 'reached' })
  })
})
