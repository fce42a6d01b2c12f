import { expect, test } from 'vitest'
import { erf, erfc, logNormalCdf, normalCdf, normalQuantile } from '../src/special.ts'
import table from './fixtures/special.json' with { type: 'json' }

const functions = { erf, erfc, normalCdf, logNormalCdf, normalQuantile }

for (const [name, compute] of Object.entries(functions)) {
  test(`${name} agrees with the table to a relative 1e-12`, () => {
    const rows = table[name as keyof typeof functions]
    expect(rows.length).toBeGreaterThan(40)
    const wrong = rows.filter(
      ([x, y]) => !(Math.abs(compute(x as number) - (y as number)) <= 1e-12 * Math.abs(y as number)),
    )
    expect(wrong).toEqual([])
  })
}

test('the functions have their limits at infinity, and NaN is returned outside their domain', () => {
  expect([erf(Infinity), erfc(Infinity), erfc(-Infinity)]).toEqual([1, 0, 2])
  expect([normalCdf(-Infinity), normalCdf(Infinity)]).toEqual([0, 1])
  expect([logNormalCdf(-Infinity), logNormalCdf(Infinity)]).toEqual([-Infinity, -0])
  expect([normalQuantile(0), normalQuantile(1), normalQuantile(-0.1), normalQuantile(Number.NaN)]).toEqual([
    -Infinity,
    Infinity,
    Number.NaN,
    Number.NaN,
  ])
})
