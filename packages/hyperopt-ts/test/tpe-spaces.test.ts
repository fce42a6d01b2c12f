import { expect, test } from 'vitest'
import { branch, choice, createStudy, float, int, type Space, type TpeOptions, tpe } from '../src/index.ts'

/** Runs batches of trials, and counts the trials whose parameters had been tried while others had not. */
function repeats(space: Space, points: number, batches: number, options: TpeOptions = {}): number {
  let count = 0
  for (let seed = 0; seed < 4; seed++) {
    const study = createStudy({ space, sampler: tpe(options), seed })
    const seen = new Set<string>()
    for (let i = 0; i < batches; i++) {
      const trials = Array.from({ length: 8 }, () => study.ask())
      for (const trial of trials) {
        const text = JSON.stringify(trial.params)
        if (seen.has(text) && seen.size < points) count += 1
        seen.add(text)
        study.tell(trial, text.length)
      }
    }
    expect(seen.size).toBe(Math.min(points, 8 * batches))
  }
  return count
}

test('in a small discrete space nothing is tried twice while an untried point is left', () => {
  const space = { a: choice(['x', 'yy', 'zzz']), b: int(0, 5), c: float(0, 1.5, { step: 0.5 }) }
  expect(repeats(space, 72, 13)).toBe(0)
  expect(repeats(space, 72, 13, { multivariate: false })).toBe(0)
  const arms = {
    b: branch({
      no: {},
      few: { n: int(1, 4) },
      deep: { m: branch({ p: {}, q: { k: int(1, 5) } }), s: choice(['l', 'r']) },
    }),
    t: choice([1, 2]),
  }
  expect(repeats(arms, 2 * (1 + 4 + 6 * 2), 6)).toBe(0)
})

test('in a large discrete space nothing is tried twice either', () => {
  const space = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`c${i}`, choice([1, 22, 333, 4444, 55555, 6])]))
  expect(repeats(space, 6 ** 8, 25)).toBe(0)
})

/** The fraction of trials spent on arms that no parameter can make good. */
function hopeless(arms: number, trials: number): number {
  const names = Array.from({ length: arms }, (_, i) => `a${i}`)
  const space = { x: float(0, 1), y: float(0, 1), m: branch(Object.fromEntries(names.map((name) => [name, {}]))) }
  let count = 0
  for (let seed = 0; seed < 10; seed++) {
    const study = createStudy({ space, sampler: tpe(), seed })
    for (let i = 0; i < trials; i++) {
      const trial = study.ask()
      const arm = names.indexOf(trial.params.m.kind)
      if (arm > 1) count += 1
      study.tell(trial, (arm > 1 ? 5 + arm : arm) + (trial.params.x - 0.3) ** 2 + (trial.params.y - 0.7) ** 2)
    }
  }
  return count / (10 * trials)
}

test('hopeless arms without parameters get less than half of the trials, even if there are many', () => {
  // The first ten trials are spread over all arms, and each arm is tried.
  expect(hopeless(10, 100)).toBeLessThan(0.33)
  expect(hopeless(20, 100)).toBeLessThan(0.45)
})
