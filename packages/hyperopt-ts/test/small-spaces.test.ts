import { expect, test } from 'vitest'
import { auto, choice, createStudy, float, gp, int, nsga2, randomSampler, type Sampler, tpe } from '../src/index.ts'

/** The number of repeated points among the 72 trials of each of five studies, run in batches of 8 in a space of 72 combinations. */
function repeated(make: () => Sampler): number {
  const space = { a: choice(['x', 'yy', 'zzz']), b: int(0, 5), c: float(0, 1.5, { step: 0.5 }) }
  let count = 0
  for (let seed = 0; seed < 5; seed++) {
    const study = createStudy({ space, sampler: make(), seed })
    const seen = new Set<string>()
    for (let batch = 0; batch < 9; batch++) {
      const trials = Array.from({ length: 8 }, () => study.ask())
      for (const trial of trials) {
        const { a, b, c } = trial.params
        seen.add(JSON.stringify([a, b, c]))
        study.tell(trial, (b - 3) ** 2 + c + a.length)
      }
    }
    count += 72 - seen.size
  }
  return count
}

const FEW: Readonly<Record<string, () => Sampler>> = { tpe, gp, auto: () => auto({ parallel: 8 }) }

for (const [name, make] of Object.entries(FEW)) {
  test(`72 combinations in batches of 8: ${name} tries each of them once`, () => {
    expect(repeated(make)).toBe(0)
  })
}

test('72 combinations in batches of 8: a population repeats only a few, and random search repeats as many as chance predicts', () => {
  expect(repeated(nsga2)).toBeLessThan(10)
  expect(repeated(randomSampler)).toBeGreaterThan(100)
})
