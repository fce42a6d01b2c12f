import { expect, test } from 'vitest'
import { choice, createStudy, float, gp, int, normal, type Sampler, type Space, tpe } from '../src/index.ts'

test('a Gaussian process finds an optimum in 60 trials that TPE does not find', () => {
  const space: Space = {
    lr: float(1e-5, 1, { log: true }),
    n: int(1, 30),
    c: choice(['a', 'b', 'c']),
    g: normal(0, 1),
    x: float(0, 1),
  }
  const value = ([lr = 1, n = 1, c, g = 0, x = 0]: unknown[]) =>
    (Math.log10(Number(lr)) + 3) ** 2 / 4 +
    (Number(n) - 20) ** 2 / 100 +
    (c === 'b' ? 0 : 0.5) +
    (Number(g) - 1) ** 2 / 2 +
    (Number(x) - 0.3) ** 2
  const at = (sampler: () => Sampler) =>
    [1, 2, 3].map((seed) => {
      const study = createStudy({ space, sampler: sampler(), seed })
      for (let i = 0; i < 60; i++) {
        const trial = study.ask()
        study.tell(trial, value(Object.values(trial.params)))
      }
      return study.best?.value ?? Infinity
    })
  expect(Math.max(...at(gp))).toBeLessThan(Math.min(...at(tpe)))
  expect(Math.max(...at(gp))).toBeLessThan(0.05)
})
