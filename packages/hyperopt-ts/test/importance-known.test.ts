import { expect, test } from 'vitest'
import { importance } from '../src/analysis.ts'
import {
  choice,
  cmaEs,
  createStudy,
  float,
  haltonSampler,
  int,
  randomSampler,
  type Sampler,
  type Space,
  tpe,
} from '../src/index.ts'

const unit = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, float(0, 1)]))
type Values = Record<'a' | 'b' | 'c' | 'd' | 'lr' | 'n' | 's' | 'w' | 'x' | 'y', number> & { opt: 'a' | 'b' | 'c' }
const KNOWN: Record<string, { space: Space; order: string[]; value: (params: Values) => number }> = {
  'a parabola and a line': {
    space: unit(['x', 'y']),
    order: ['x', 'y'],
    value: ({ x, y }) => 10 * (x - 0.3) ** 2 + 0.1 * y,
  },
  'four slopes': {
    space: unit(['a', 'b', 'c', 'd']),
    order: ['a', 'b', 'c', 'd'],
    value: ({ a, b, c, d }) => 8 * a + 4 * b + 2 * c + d,
  },
  'three parabolas': {
    space: unit(['a', 'b', 'c']),
    order: ['a', 'b', 'c'],
    value: ({ a, b, c }) => 9 * (2 * a - 1.2) ** 2 + 3 * (2 * b - 0.7) ** 2 + (2 * c - 1) ** 2,
  },
  'a training run': {
    space: { lr: float(1e-5, 1, { log: true }), opt: choice(['a', 'b', 'c']), n: int(1, 20) },
    order: ['lr', 'opt', 'n'],
    value: ({ lr, opt, n }) => (Math.log10(lr) + 3) ** 2 + { a: 0, b: 1, c: 2 }[opt] + 0.002 * n,
  },
  'a product': {
    space: unit(['a', 'b', 'c']),
    order: ['a', 'b', 'c'],
    value: ({ a, b, c }) => (1 + 4 * a) * (1 + b) + 0.1 * c,
  },
  'a wave beside a slope': {
    space: unit(['w', 's', 'n']),
    order: ['w', 's', 'n'],
    value: ({ w, s, n }) => 2 * Math.sin(6 * w) + s + 0.05 * n,
  },
}

for (const [name, { space: of, order, value }] of Object.entries(KNOWN)) {
  test(`importance orders the parameters of ${name} correctly, whichever sampler chose the trials`, () => {
    const samplers: Record<string, () => Sampler> = { random: randomSampler, halton: haltonSampler, tpe, cma: cmaEs }
    for (const [sampler, make] of Object.entries(samplers)) {
      for (let seed = 0; seed < 20; seed++) {
        const study = createStudy({ space: of, sampler: make(), seed })
        for (let i = 0; i < 50; i++) {
          const trial = study.ask()
          study.tell(trial, value(trial.params as unknown as Values))
        }
        expect([sampler, seed, importance(study).map(({ path }) => path)]).toEqual([sampler, seed, order])
      }
    }
  })
}
