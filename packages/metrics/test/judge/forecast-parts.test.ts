import { describe, expect, test } from 'vitest'
import { bandsOf } from '../../src/judge/forecast-bands.ts'
import { binCurve, type CurveBins } from '../../src/judge/forecast-bins.ts'
import { extrapolate } from '../../src/judge/forecast-models.ts'
import { forecastOf, timeTo } from '../../src/judge.ts'

// The parts of a forecast on curves whose continuation is known; forecast.test.ts tests the coverage on many curves.

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** Bins of one value each, at steps 10 apart. */
function binsOf(centers: readonly number[], samples = centers.map((center) => [center])): CurveBins {
  const steps = centers.map((_, i) => 10 * (i + 1))
  return { centers, samples, steps, isLog: false, first: 10, last: 10 * centers.length, width: 10 }
}

describe('a curve', () => {
  test('with at most 48 values has one bin per value, and a longer one has the medians of equal parts', () => {
    const few = binCurve(
      upTo(48).map((i) => 2 * i + 5),
      upTo(48).map((i) => -i),
    )
    expect(few).toMatchObject({ centers: upTo(48).map((i) => -i), isLog: false, first: 5, last: 99, width: 2 })
    expect(few.steps).toEqual(upTo(48).map((i) => 2 * i + 5))
    const many = binCurve(
      upTo(480),
      upTo(480).map((i) => i - 100),
    )
    expect(many.centers).toEqual(upTo(48).map((bin) => 10 * bin + 4.5 - 100))
    expect(many.steps).toEqual(upTo(48).map((bin) => 10 * bin + 4.5))
    expect([many.width, many.first, many.last]).toEqual([10, 0, 479])
    // Eight of the ten values of each bin, evenly spaced.
    expect(many.samples[0]).toEqual([0, 1, 3, 4, 5, 6, 8, 9].map((i) => i - 100))
    expect(
      binCurve(
        upTo(480),
        upTo(480).map(() => 0),
      ).samples.every(({ length }) => length === 8),
    ).toBe(true)
  })

  test('is in logarithms only if all of its values are above 0', () => {
    const values = [1, Math.E, Math.E ** 2]
    expect(binCurve([0, 1, 2], values)).toMatchObject({ isLog: true, centers: [0, 1, 2] })
    expect(binCurve([0, 1, 2], [1, 0, 2])).toMatchObject({ isLog: false, centers: [1, 0, 2] })
  })

  test('has the bin width near its end, not the average bin width', () => {
    const steps = [...upTo(20), ...upTo(20).map((i) => 100 + 7 * i)]
    expect(binCurve(steps, steps).width).toBe(7)
    expect(binCurve([5], [1]).width).toBe(0)
  })
})

describe('a model continues', () => {
  const line = binsOf(upTo(20).map((i) => 3 * i))

  test('at the median of the last three bins, regardless of earlier bins', () => {
    const bins = binsOf([99, 99, 99, 4, 1, 7])
    expect([0, 1, 5].map((ahead) => extrapolate(bins, 5, ahead, 'level'))).toEqual([4, 4, 4])
    expect(extrapolate(bins, 3, 2, 'level')).toBe(99)
    expect([extrapolate(bins, 0, 1, 'level'), extrapolate(binsOf([2, 4]), 1, 1, 'level')]).toEqual([99, 3])
  })

  test('with a trend that fades by 0.7 or by 0.93 from bin to bin', () => {
    for (const [model, factor] of [
      ['damped', 0.7],
      ['trend', 0.93],
    ] as const) {
      expect(extrapolate(line, 19, 0, model)).toBe(54)
      expect(extrapolate(line, 19, 1, model)).toBeCloseTo(54 + 3 * factor, 9)
      expect(extrapolate(line, 19, 3, model)).toBeCloseTo(54 + 3 * (factor + factor ** 2 + factor ** 3), 9)
    }
  })

  test('with the slope of the last eight bins, ignoring one outlier among them', () => {
    const bent = binsOf([...upTo(12).map((i) => 100 - 9 * i), ...upTo(8).map((i) => 2 * i)])
    expect(extrapolate(bent, 19, 1, 'damped')).toBeCloseTo(12 + 2 * 0.7, 9)
    // Only bins up to the given one are used.
    expect(extrapolate(bent, 11, 1, 'damped')).toBeCloseTo(100 - 9 * 10 - 9 * 0.7, 9)
    const outlier = binsOf([0, 1, 2, 3, 50, 5, 6, 7])
    expect(extrapolate(outlier, 7, 1, 'damped')).toBeCloseTo(6 + 0.7, 9)
  })

  test('with a power law according to the change over the logarithm of the step', () => {
    // Steps from the start of the curve: 10, 20, 30, ...
    const power = binsOf(upTo(20).map((i) => 5 - 2 * Math.log(10 * (i + 1))))
    const level = extrapolate(power, 19, 0, 'power')
    expect(level).toBe(extrapolate(power, 19, 0, 'level'))
    expect(extrapolate(power, 19, 4, 'power') - level).toBeCloseTo(-2 * Math.log(240 / 200), 9)
    expect(extrapolate(power, 9, 5, 'power') - extrapolate(power, 9, 0, 'power')).toBeCloseTo(
      -2 * Math.log(150 / 100),
      9,
    )
  })
})

describe('the bands of a model', () => {
  test('are its errors at the same distance on the curve so far', () => {
    // The level of a line lags one bin behind, so the error h bins ahead is h + 1.
    const bands = bandsOf(binsOf(upTo(30)), 'level', 5)
    for (let ahead = 0; ahead <= 5; ahead++) {
      const reach = ahead + 1
      expect(bands.at(ahead)).toEqual({ low80: -reach, high80: reach, low95: -reach, high95: reach })
    }
    expect(bands.at(9)).toEqual(bands.at(5))
    expect(bands.error).toBeCloseTo((1 + 2 + 3 + 4 + 5 + 6) / 6, 9)
  })

  test('are the errors at the 80 % and 95 % ranks among n + 1, where n is the number of errors, at most 16', () => {
    const samples = upTo(30).map((i) => [(i - 13) * (i % 2 === 0 ? 1 : -1)])
    const bands = bandsOf(
      binsOf(
        upTo(30).map(() => 0),
        samples,
      ),
      'level',
      0,
    )
    // The newest 16 errors are 1 to 16: ranks 14 and, of 17, the last.
    expect(bands.at(0)).toEqual({ low80: -14, high80: 14, low95: -16, high95: 16 })
    expect(bands.error).toBe(0)
    const pairs = bandsOf(
      binsOf(
        upTo(30).map(() => 0),
        samples.map(([one = 0]) => [one, 0]),
      ),
      'level',
      0,
    )
    expect(pairs.at(0)).toMatchObject({ high80: 11, high95: 16 })
  })

  test('start with the eighth bin, and never become narrower', () => {
    const early = [...upTo(7).map(() => 1000), ...upTo(12).map(() => 0)]
    expect(bandsOf(binsOf(early), 'level', 0).at(0).high95).toBe(1000)
    const turned = binsOf([...upTo(20).map(() => 0), 1, -1, 1, -1, 1, -1, 0, 0, 0, 0])
    const bands = bandsOf(turned, 'level', 6)
    for (let ahead = 1; ahead <= 6; ahead++) {
      expect(bands.at(ahead).high80).toBeGreaterThanOrEqual(bands.at(ahead - 1).high80)
      expect(bands.at(ahead).high95).toBeGreaterThanOrEqual(bands.at(ahead).high80)
    }
  })
})

describe('a forecast', () => {
  const fading = upTo(60).map((i) => 20 * 0.9 ** i - 1)

  test('reaches a third of the bins ahead, and not beyond the distances with enough backtests', () => {
    for (const [count, bins] of [
      [17, 1],
      [20, 4],
      [24, 8],
      [30, 10],
      [48, 16],
    ] as const) {
      const forecast = forecastOf({ steps: upTo(count).map((i) => 5 * i), values: fading.slice(0, count) })
      if (!forecast.ok) throw new Error(forecast.reason)
      expect(forecast).toMatchObject({ count, from: 0, to: 5 * (count - 1) })
      expect(forecast.points.map(({ step }) => step)).toEqual(upTo(bins + 1).map((ahead) => 5 * (count - 1 + ahead)))
    }
  })

  test('uses the model that would have been best so far', () => {
    const modelOf = (values: readonly number[]) => {
      const forecast = forecastOf({ steps: upTo(values.length), values })
      return forecast.ok ? forecast.model : forecast.code
    }
    expect(modelOf(upTo(40).map((i) => (i % 2 === 0 ? 1 : -1)))).toBe('level')
    expect(modelOf(upTo(40).map((i) => 100 - i))).toBe('trend')
    expect(modelOf(upTo(40).map((i) => 0.9 ** i + 1))).not.toBe('level')
  })

  test('of positive values is positive, no matter how wide its bands are', () => {
    const values = upTo(40).map((i) => (i % 3 === 0 ? 1e3 : 1e-3))
    const forecast = forecastOf({ steps: upTo(40), values })
    if (!forecast.ok) throw new Error(forecast.reason)
    for (const { low95, high95 } of forecast.points) {
      expect(low95).toBeGreaterThan(0)
      expect(high95).toBeGreaterThan(low95)
    }
  })

  test('shows when the expected value and the two ends of the interval reach a target', () => {
    const point = (step: number, value: number, width: number) => ({
      step, value, low80: value - width, high80: value + width, low95: value - 2 * width, high95: value + 2 * width,
    }) // biome-ignore format: one point
    const forecast = { ok: true as const, model: 'level' as const, count: 20, from: 0, to: 100, points: [point(100, 10, 1), point(110, 8, 1), point(120, 6, 1), point(130, 4, 1)] } // biome-ignore format: one forecast
    expect(timeTo(forecast, 7, 1)).toEqual({ state: 'ahead', expected: 115, earliest: 110, latest: 120, horizon: 130 })
    expect(timeTo(forecast, 4, 1)).toMatchObject({ expected: 130, latest: null })
    expect(timeTo(forecast, 3, 1)).toMatchObject({ state: 'ahead', expected: null, latest: null })
    expect(timeTo(forecast, 10, 1)).toEqual({ state: 'reached' })
    const rising = { ...forecast, points: forecast.points.map(({ step, value }) => point(step, 20 - value, 1)) }
    expect(timeTo(rising, 13, -1)).toEqual({ state: 'ahead', expected: 115, earliest: 110, latest: 120, horizon: 130 })
    expect(timeTo(rising, 10, -1)).toEqual({ state: 'reached' })
  })
})
