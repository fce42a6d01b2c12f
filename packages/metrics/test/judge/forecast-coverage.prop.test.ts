import { describe, expect, test } from 'vitest'
import { coverageOf, joinCoverage } from './curves/coverage.ts'
import { generatedCurves } from './curves/generated.ts'

// Thousands of forecasts; forecast.test.ts contains the other tests.

describe('the intervals of forecasts', () => {
  // The constants of the method were chosen with seed 1. The seed used here had no influence on them.
  let found: ReadonlyMap<string, ReturnType<typeof coverageOf>> | undefined
  const byShape = (): ReadonlyMap<string, ReturnType<typeof coverageOf>> => {
    const curves = generatedCurves(640, 20_261_129)
    const shapes = [...new Set(curves.map(({ name }) => name))]
    found ??= new Map(shapes.map((name) => [name, coverageOf(curves.filter((one) => one.name === name))]))
    return found
  }

  test('have their nominal coverage on 640 generated curves of eight shapes, none of which was used for tuning', () => {
    const { in80, in95, count, error, errorOfLast } = joinCoverage([...byShape().values()])
    expect(count).toBeGreaterThan(2000)
    expect(in80).toBeGreaterThan(0.78)
    expect(in80).toBeLessThan(0.9)
    expect(in95).toBeGreaterThan(0.93)
    expect(in95).toBeLessThan(0.985)
    // The forecast is worth drawing: its errors are far below those of the last value.
    expect(error).toBeLessThan(0.7 * errorOfLast)
  })

  test('cover each shape on its own, including a random walk and a curve that turns', () => {
    for (const [name, { in80, in95 }] of byShape()) expect([name, in80 > 0.7, in95 > 0.86]).toEqual([name, true, true])
  })
})
