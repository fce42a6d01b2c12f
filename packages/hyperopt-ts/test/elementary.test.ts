import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exp, ln, ln1p } from '../src/elementary.ts'

const PAIRS = [
  { name: 'exp', ours: exp, theirs: Math.exp, from: -745, to: 710 },
  { name: 'exp near zero', ours: exp, theirs: Math.exp, from: -1, to: 1 },
  { name: 'ln', ours: ln, theirs: Math.log, from: 0, to: 10 },
  { name: 'ln of large numbers', ours: ln, theirs: Math.log, from: 1, to: 1e300 },
  { name: 'ln of small numbers', ours: ln, theirs: Math.log, from: 0, to: 1e-300 },
  { name: 'ln1p', ours: ln1p, theirs: Math.log1p, from: -1, to: 2 },
  { name: 'ln1p near zero', ours: ln1p, theirs: Math.log1p, from: -1e-5, to: 1e-5 },
]

for (const { name, ours, theirs, from, to } of PAIRS) {
  test(`${name} agrees with the engine's to a relative 1e-15`, () => {
    fc.assert(
      fc.property(fc.double({ min: from, max: to, noNaN: true }), (x) => {
        const [y, engine] = [ours(x), theirs(x)]
        // Below 1e-300, numbers have fewer digits.
        if (y !== engine && Math.abs(engine) > 1e-300)
          expect(Math.abs(y - engine) / Math.abs(engine)).toBeLessThan(1e-15)
      }),
      { numRuns: 3000, seed: 5 },
    )
  })
}

test('the extreme results equal those of the engine', () => {
  const ends = [0, -0, Infinity, -Infinity, Number.NaN, Number.MAX_VALUE, Number.MIN_VALUE, 710, -746]
  for (const x of ends) {
    expect([x, exp(x)]).toEqual([x, Math.exp(x)])
    expect([x, ln(x)]).toEqual([x, Math.log(x)])
    expect([x, ln1p(x)]).toEqual([x, Math.log1p(x)])
  }
  for (const x of [1, 10, 1024]) expect(ln(x)).toBe(Math.log(x))
})
