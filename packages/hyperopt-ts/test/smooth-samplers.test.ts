import { expect, test } from 'vitest'
import { cholesky, invert, solveLower, solveUpper } from '../src/cholesky.ts'
import { CmaState } from '../src/cma-state.ts'
import { cmaWeights } from '../src/cma-weights.ts'
import { symmetricEigen } from '../src/eigen.ts'
import { logExpectedImprovement } from '../src/expected-improvement.ts'
import { createGp, firstParameters, fitParameters } from '../src/gp-model.ts'
import { modelValues } from '../src/gp-values.ts'
import {
  auto,
  branch,
  choice,
  cmaEs,
  createStudy,
  float,
  gp,
  int,
  ordered,
  type Sampler,
  type Space,
  tpe,
} from '../src/index.ts'
import { minimizeSmooth } from '../src/lbfgs.ts'
import { createRandom } from '../src/random.ts'
import { normalCdf } from '../src/special.ts'
import type { Trial } from '../src/trial.ts'

const numbers = (count: number, low = -5, high = 5): Space =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, float(low, high)]))

/** The best value after a number of trials. */
function best(space: Space, sampler: Sampler, trials: number, value: (x: number[]) => number, seed = 1): number {
  const study = createStudy({ space, sampler, seed })
  for (let i = 0; i < trials; i++) {
    const trial = study.ask()
    study.tell(trial, value(Object.values(trial.params).map(Number)))
  }
  return study.best?.value ?? Infinity
}

const sphere = (x: number[]) => x.reduce((sum, one) => sum + (one - 1) ** 2, 0)
const rosenbrock = (x: number[]) =>
  x.slice(1).reduce((sum, one, i) => sum + 100 * (one - (x[i] ?? 0) ** 2) ** 2 + (1 - (x[i] ?? 0)) ** 2, 0)

/** A rotated symmetric matrix with known eigenvalues. */
function turned(values: readonly number[]): Float64Array {
  const n = values.length
  const random = createRandom(3)
  const q: number[][] = []
  for (let i = 0; i < n; i++) {
    const row = Array.from({ length: n }, () => random() - 0.5)
    for (const other of q) {
      const along = row.reduce((sum, one, k) => sum + one * (other[k] ?? 0), 0)
      for (let k = 0; k < n; k++) row[k] = (row[k] ?? 0) - along * (other[k] ?? 0)
    }
    const norm = Math.sqrt(row.reduce((sum, one) => sum + one * one, 0))
    q.push(row.map((one) => one / norm))
  }
  return Float64Array.from({ length: n * n }, (_, at) =>
    values.reduce((sum, value, k) => sum + value * (q[k]?.[Math.floor(at / n)] ?? 0) * (q[k]?.[at % n] ?? 0), 0),
  )
}

test('the eigenvalues of a rotated matrix are found, and its eigenvectors diagonalize it', () => {
  const wanted = [1e6, 500, 3, 1, 0.25]
  const matrix = turned(wanted)
  const { values, vectors } = symmetricEigen(matrix, 5)
  expect([...values].sort((a, b) => b - a).map((one) => Number(one.toPrecision(8)))).toEqual(wanted)
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 5; j++) {
      let sum = 0
      for (let k = 0; k < 5; k++) sum += (vectors[i * 5 + k] ?? 0) * (values[k] ?? 0) * (vectors[j * 5 + k] ?? 0)
      expect(sum).toBeCloseTo(matrix[i * 5 + j] ?? 0, 6)
    }
  }
})

test('a factor solves and inverts its matrix, and a singular matrix has none', () => {
  const matrix = turned([9, 4, 2, 1])
  const l = cholesky(matrix, 4) ?? new Float64Array(0)
  const x = solveUpper(l, 4, solveLower(l, 4, Float64Array.of(1, 2, 3, 4)))
  const inverse = invert(l, 4)
  for (let i = 0; i < 4; i++) {
    let [back, row] = [0, 0]
    for (let k = 0; k < 4; k++) {
      back += (matrix[i * 4 + k] ?? 0) * (x[k] ?? 0)
      row += (inverse[i * 4 + k] ?? 0) * (k + 1)
    }
    expect([back, row]).toEqual([expect.closeTo(i + 1, 10), expect.closeTo(x[i] ?? 0, 10)])
  }
  expect(cholesky(turned([1, -1]), 2)).toBeUndefined()
})

test('L-BFGS finds the bottom of a valley, and stays within bounds', () => {
  const valley = (x: Float64Array, gradient: Float64Array): number => {
    const [a = 0, b = 0] = x
    gradient[0] = -400 * a * (b - a * a) - 2 * (1 - a)
    gradient[1] = 200 * (b - a * a)
    return 100 * (b - a * a) ** 2 + (1 - a) ** 2
  }
  const found = minimizeSmooth(valley, Float64Array.of(-1.2, 1), { low: [-2, -2], high: [2, 2], iterations: 200 })
  expect([...found.x].map((one) => Number(one.toFixed(3)))).toEqual([1, 1])
  const held = minimizeSmooth(valley, Float64Array.of(-1.2, 1), { low: [-2, -2], high: [0.5, 2], iterations: 200 })
  expect([...held.x].map((one) => Number(one.toFixed(3)))).toEqual([0.5, 0.25])
})

test('the expected improvement agrees with its integral, far into the tail', () => {
  for (const [mean, variance, top] of [
    [0.3, 0.04, 0.1],
    [-1, 2, 0],
    [3, 0.25, 0],
    [0, 1, 5],
  ] as const) {
    const sigma = Math.sqrt(variance)
    const z = (top - mean) / sigma
    const direct = sigma * (z * normalCdf(z) + Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI))
    const { value, byMean, byVariance } = logExpectedImprovement(mean, variance, top)
    expect(value).toBeCloseTo(Math.log(direct), 8)
    const at = (m: number, v: number) => logExpectedImprovement(m, v, top).value
    expect(byMean).toBeCloseTo((at(mean + 1e-6, variance) - at(mean - 1e-6, variance)) / 2e-6, 4)
    expect(byVariance).toBeCloseTo((at(mean, variance + 1e-6) - at(mean, variance - 1e-6)) / 2e-6, 4)
  }
  const tail = [-20, -24.9, -25.1, -40, -1000].map((z) => logExpectedImprovement(-z, 1, 0).value)
  expect(tail.map((one, i) => i === 0 || one < (tail[i - 1] ?? 0))).toEqual([true, true, true, true, true])
  expect(logExpectedImprovement(24.999, 1, 0).value).toBeCloseTo(logExpectedImprovement(25.001, 1, 0).value, 0)
})

test('a Gaussian process fits its points, predicts between them, and finds irrelevant parameters', () => {
  const random = createRandom(4)
  const rows = Array.from({ length: 40 }, () => Float64Array.of(random(), random(), Math.floor(3 * random())))
  const f = (row: Float64Array) => Math.sin(5 * (row[0] ?? 0)) + 0.7 * (row[2] === 1 ? 1 : 0) - 0.3
  const data = { nominal: [false, false, true], rows, values: Float64Array.from(rows, f) }
  const parameters = fitParameters(data, firstParameters(3), 40)
  const model = createGp(data, parameters)
  expect(parameters[1]).toBeGreaterThan((parameters[0] ?? 0) + 0.7)
  expect(model.leaveOneOut()).toBeLessThan(0.01)
  for (let i = 0; i < 20; i++) {
    const row = Float64Array.of(random(), random(), Math.floor(3 * random()))
    const { mean, variance } = model.predict(row)
    expect(Math.abs(mean - f(row))).toBeLessThan(0.1)
    expect(variance).toBeLessThan(0.1)
    const slope = model.predictSlope(row)
    for (const d of [0, 1]) {
      const up = row.slice()
      up[d] = (up[d] ?? 0) + 1e-5
      expect(slope.meanSlope[d]).toBeCloseTo((model.predict(up).mean - mean) / 1e-5, 2)
    }
  }
})

test('values for the model: outliers are compressed, failures count as bad, and constraint violations as worse', () => {
  const trial = (over: Partial<Trial>): Trial => ({
    number: 0,
    params: {},
    state: 'complete',
    value: 1,
    reason: undefined,
    reports: [],
    ...over,
  })
  const told = [1, 2, 3, 4, 1e12].map((value) => trial({ value }))
  const others = [
    trial({ state: 'failed', value: undefined }),
    trial({ value: 0, constraints: [2] }),
    trial({ value: Infinity }),
  ]
  const values = [...(modelValues([...told, ...others], 'minimize') ?? [])]
  expect(values.slice(0, 5)).toEqual([...values.slice(0, 5)].sort((a, b) => a - b))
  expect(values[5]).toBe(values[4])
  expect(values[6]).toBeGreaterThan(values[4] ?? Infinity)
  expect((values[4] ?? 0) - (values[3] ?? 0)).toBeLessThan(60 * ((values[3] ?? 0) - (values[2] ?? 0)))
  expect(modelValues([trial({}), trial({})], 'minimize')).toBeUndefined()
})

test("the weights of CMA-ES match Hansen's tutorial", () => {
  const w = cmaWeights(10, 10, false)
  const positive = [...w.weights].filter((one) => one > 0)
  expect(positive.length).toBe(5)
  expect(positive.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
  expect(w.muEff).toBeCloseTo(3.167, 2)
  expect([w.cSigma, w.cC, w.c1]).toEqual([
    expect.closeTo(0.2844, 3),
    expect.closeTo(0.2949, 3),
    expect.closeTo(0.0152, 3),
  ])
  expect(Math.min(...w.weights)).toBeLessThan(0)
})

test('CMA-ES learns the shape of a valley, and solves a problem that TPE does not', () => {
  const state = new CmaState({ mean: Float64Array.of(0.5, 0.5), sigma: 0.2 }, false)
  const random = createRandom(5)
  const f = (x: Float64Array) => 1e4 * ((x[0] ?? 0) + (x[1] ?? 0) - 0.7) ** 2 + ((x[0] ?? 0) - (x[1] ?? 0)) ** 2
  for (let i = 0; i < 120; i++) {
    const points = Array.from({ length: 8 }, () => state.draw(random)).sort((a, b) => f(a) - f(b))
    state.update(points, 8)
  }
  expect(f(state.mean)).toBeLessThan(1e-9)
  expect(best(numbers(5, -2, 2), cmaEs(), 3000, rosenbrock)).toBeLessThan(1e-3)
  expect(best(numbers(20, -2, 2), cmaEs(), 200, rosenbrock)).toBeLessThan(
    0.6 * best(numbers(20, -2, 2), tpe(), 200, rosenbrock),
  )
})

test('separable CMA-ES is faster if parameters do not interact', () => {
  const ellipsoid = (x: number[]) => x.reduce((sum, one, i) => sum + 10 ** (i / 3) * (one - 1) ** 2, 0)
  const at = (separable: boolean) =>
    [1, 2, 3].reduce((sum, seed) => sum + Math.log10(best(numbers(15), cmaEs({ separable }), 700, ellipsoid, seed)), 0)
  expect(at(true)).toBeLessThan(at(false) - 1)
})

test('CMA-ES reaches the last value of ints and lists, and restarts elsewhere when it has converged', () => {
  const space: Space = { a: int(0, 30), b: int(1, 1000, { log: true }), o: ordered([1, 2, 4, 8, 16]), x: float(0, 1) }
  const value = ([a = 0, b = 1, o = 1, x = 0]: number[]) =>
    Math.abs(a - 27) + Math.abs(Math.log(b / 300)) + Math.abs(Math.log2(o) - 3) + Math.abs(x - 0.2)
  expect(best(space, cmaEs(), 600, value)).toBeLessThan(0.05)
  const rastrigin = (x: number[]) =>
    x.reduce((sum, one) => sum + 10 + (one - 1) ** 2 - 10 * Math.cos(2 * Math.PI * (one - 1)), 0)
  const run = (restartStrategy: 'ipop' | 'bipop' | 'none') =>
    best(numbers(3), cmaEs({ restartStrategy }), 8000, rastrigin, 3)
  expect(run('ipop')).toBeLessThan(0.1)
  expect(run('bipop')).toBeLessThan(0.1)
  expect(run('none')).toBeGreaterThan(0.5)
})

test('CMA-ES starts at a given point, or at the best of other trials', () => {
  const first = (options: object) => {
    const study = createStudy({ space: numbers(3), sampler: cmaEs(options), seed: 2 })
    return Array.from({ length: 8 }, () => Object.values(study.ask().params).map(Number))
  }
  for (const x of first({ x0: { x0: 4, x1: -4, x2: 0 }, sigma0: 0.01 })) {
    expect(x.map((one) => Math.round(one) + 0)).toEqual([4, -4, 0])
  }
  const other = createStudy({ space: numbers(3), sampler: tpe(), seed: 3 })
  for (let i = 0; i < 100; i++) {
    const trial = other.ask()
    other.tell(trial, sphere(Object.values(trial.params).map((x) => Number(x) - 2)))
  }
  const warm = first({ sourceTrials: other.trials })
  expect(warm.flat().reduce((a, b) => a + b) / 24).toBeGreaterThan(2)
  const open = (options: object) => () => createStudy({ space: numbers(3), sampler: cmaEs(options) })
  expect(open({ x0: { y0: 1 } })).toThrow('`x0` names `y0`, which is not a number at the root, did you mean `x0`?')
  expect(open({ x0: { x1: 9 } })).toThrow('`x0` of `x1` must be from -5 to 5, got 9')
  expect(open({ sigma0: 0 })).toThrow('`sigma0` must be a number > 0, got 0')
  expect(open({ popsize: 3 })).toThrow('`popsize` must be a whole number >= 4, got 3')
  expect(open({ restartStrategy: 'x' })).toThrow("`restartStrategy` must be 'ipop', 'bipop' or 'none', got x")
})

test('a trial that never ends does not block CMA-ES, and one that ends late is still learned from', () => {
  const run = (late: boolean) => {
    const study = createStudy({ space: numbers(5), sampler: cmaEs(), seed: 4 })
    const lost = study.ask()
    for (let i = 0; i < 400; i++) {
      const trial = study.ask()
      study.tell(trial, sphere(Object.values(trial.params).map(Number)))
    }
    if (late) study.tell(lost, 1000)
    return { best: study.best?.value ?? Infinity, next: study.ask().params }
  }
  expect(run(false).best).toBeLessThan(0.01)
  expect(run(true).best).toBeLessThan(0.01)
})

test('choices and arms in addition to numbers are also searched', () => {
  const space: Space = {
    x: float(-5, 5),
    y: float(-5, 5),
    c: choice(['a', 'b', 'c']),
    m: branch({ no: {}, yes: { z: float(0, 1) } }),
  }
  const study = createStudy({ space, sampler: cmaEs(), seed: 5 })
  for (let i = 0; i < 250; i++) {
    const trial = study.ask()
    const { x, y, c, m } = trial.params as { x: number; y: number; c: string; m: { kind: string; z?: number } }
    study.tell(
      trial,
      (x - 1) ** 2 + (y + x) ** 2 + (c === 'b' ? 0 : 1) + (m.kind === 'yes' ? Math.abs((m.z ?? 0) - 0.4) : 1),
    )
  }
  expect(study.best?.value).toBeLessThan(0.1)
  expect(study.best?.params).toMatchObject({ c: 'b', m: { kind: 'yes' } })
})

test('trials of a Gaussian process that run at the same time differ', () => {
  const study = createStudy({ space: numbers(2), sampler: gp(), seed: 6 })
  for (let i = 0; i < 20; i++) {
    const trial = study.ask()
    study.tell(trial, sphere(Object.values(trial.params).map(Number)))
  }
  const asked = Array.from({ length: 6 }, () => Object.values(study.ask().params).map(Number))
  for (const [i, a] of asked.entries()) {
    for (const b of asked.slice(0, i))
      expect(Math.hypot((a[0] ?? 0) - (b[0] ?? 0), (a[1] ?? 0) - (b[1] ?? 0))).toBeGreaterThan(1e-4)
  }
  expect(() => gp({ startup: 0 })).toThrow('`startup` must be a whole number >= 1, got 0')
})

test('auto chooses by the space, the budget and the batch, and reports the reason', () => {
  const report = (space: Space, options: object = {}) => createStudy({ space, sampler: auto(options) }).samplerReport()
  expect(report({ x: float(0, 1), b: branch({ a: {}, c: { y: float(0, 1) } }) })).toEqual({
    sampler: 'tpe',
    why: 'the space has branches, whose parameters do not exist together: TPE models each arm',
  })
  expect(report(numbers(41)).sampler).toBe('cma-es')
  expect(report(numbers(20), { budget: 201 }).why).toBe(
    'the space has 20 numbers and no choices: CMA-ES learns how they interact',
  )
  expect(report(numbers(20))).toEqual({
    sampler: 'cma-es',
    why: '20 numbers, 200 trials and 1 at a time: CMA-ES, until a Gaussian process explains the values',
  })
  expect(report(numbers(5), { budget: 100 })).toMatchObject({ sampler: 'gp' })
  expect(report(numbers(5), { budget: 100 }).why).toMatch(/^5 parameters, 100 trials and 1 at a time: /)
  expect(report(numbers(5), { budget: 1000 }).sampler).toBe('cma-es')
  expect(report({ ...numbers(5), c: choice([1, 2]) }, { budget: 1000 }).sampler).toBe('tpe')
  expect(report({ ...numbers(5), c: choice([1, 2]) }, { parallel: 64 }).sampler).toBe('tpe')
  expect(createStudy({ space: numbers(1), sampler: tpe() }).samplerReport()).toEqual({ sampler: 'tpe' })
  expect(() => auto({ budget: 0 })).toThrow('`budget` must be a whole number >= 1, got 0')
  expect(() => auto({ bugdet: 10 } as object)).toThrow('`auto` has an unknown key `bugdet`, did you mean `budget`?')
})

test('with many numbers, a Gaussian process takes over from CMA-ES if its model explains the values', () => {
  const run = (value: (x: readonly number[]) => number) => {
    const study = createStudy({ space: numbers(12), sampler: auto({ budget: 100 }), seed: 3 })
    const samplers: string[] = []
    for (let i = 0; i < 60; i++) {
      samplers.push(study.samplerReport().sampler)
      const trial = study.ask()
      study.tell(trial, value(Object.values(trial.params).map(Number)))
    }
    return { samplers, why: study.samplerReport().why, best: study.best?.value ?? Infinity }
  }
  const smooth = run((x) => x.reduce((sum, one) => sum + (one - 2) ** 2, 0))
  expect(smooth.samplers.slice(0, 30)).not.toContain('gp')
  expect(smooth.samplers.slice(50)).not.toContain('cma-es')
  expect(smooth.why).toMatch(
    /^a Gaussian process explains the first [345]0 trials: its leave-one-out error is 0\.\d\d$/,
  )
  // CMA-ES alone reaches 35.
  expect(smooth.best).toBeLessThan(10)
  // Neighbouring values are unrelated.
  const rough = run((x) => x.reduce((sum, one) => sum + Math.sin(9999 * one), 0))
  expect(rough.samplers).not.toContain('gp')
})

test('the takeover does not depend on the order in which late trials end', () => {
  const told = (order: readonly number[]) => {
    const study = createStudy({ space: numbers(12), sampler: auto({ budget: 100 }), seed: 3 })
    const trials = Array.from({ length: 32 }, () => study.ask())
    for (const i of order) {
      const trial = trials[i]
      if (trial !== undefined)
        study.tell(
          trial,
          Object.values(trial.params).reduce((sum: number, one) => sum + Number(one) ** 2, 0),
        )
    }
    return [study.ask().params, study.samplerReport()]
  }
  const forwards = Array.from({ length: 32 }, (_, i) => i)
  expect(told(forwards.toReversed())).toEqual(told(forwards))
})
