import { expect, test } from 'vitest'
import { shareLarger } from '../bench/statistics.ts'
import { branch, choice, createStudy, type Dimension, float, int, type Space, tpe } from '../src/index.ts'
import optuna from './fixtures/many-arms.json' with { type: 'json' }

// The space of many-arms.py: four shared parameters, and arms without parameters. All arms except the first two are hopeless.
const SHARED: Space = { x: float(0, 1), y: float(0, 1), lr: float(1e-5, 1, { log: true }), k: int(1, 20) }

interface Shared {
  readonly x: number
  readonly y: number
  readonly lr: number
  readonly k: number
  readonly m: string | { readonly kind: string }
}

interface Run {
  readonly best: number
  readonly hopeless: number
}

const asBranch = (names: readonly string[]): Dimension => branch(Object.fromEntries(names.map((name) => [name, {}])))

/** Twenty studies: the best value of each, and the fraction of its trials in hopeless arms. */
function runs(arms: number, trials: number, make: (names: readonly string[]) => Dimension, firstSeed = 0): Run[] {
  const names = Array.from({ length: arms }, (_, i) => `a${i}`)
  return Array.from({ length: 20 }, (_, seed) => {
    const study = createStudy({ space: { ...SHARED, m: make(names) }, sampler: tpe(), seed: firstSeed + seed })
    let hopeless = 0
    for (let i = 0; i < trials; i++) {
      const trial = study.ask()
      const { x, y, lr, k, m } = trial.params as unknown as Shared // The space above.
      const arm = names.indexOf(typeof m === 'string' ? m : m.kind)
      if (arm > 1) hopeless += 1
      const offset = arm > 1 ? 2 + 0.1 * arm : 0.05 * arm
      const far = (x - 0.3) ** 2 + (y - 0.7) ** 2 + 0.1 * (Math.log10(lr) + 3) ** 2 + 0.01 * (k - 12) ** 2
      study.tell(trial, offset + far)
    }
    return { best: study.best?.value ?? Infinity, hopeless: hopeless / trials }
  })
}

const bests = (all: readonly Run[]): number[] => all.map(({ best }) => best)

for (const [arms, mostHopeless, best] of [
  [6, 0.25, optuna.best['6']],
  [12, 0.33, optuna.best['12']],
  [24, 0.5, optuna.best['24']],
] as const) {
  test(`with ${arms} empty arms and 50 trials, the value exceeds that of Optuna ${optuna.optuna} in fewer than half of the pairs`, () => {
    const ours = runs(arms, 50, asBranch)
    const theirs = best.map((row) => row['50'])
    expect([ours.length, theirs.length]).toEqual([20, 20])
    // It was 0.78 when the arms were tried in turn. Measured: 0.34, 0.43 and 0.30.
    expect(shareLarger(bests(ours), theirs)).toBeLessThan(0.5)
    // If the arms were tried in turn, it would be 0.67, 0.83 and 0.92.
    expect(ours.reduce((sum, { hopeless }) => sum + hopeless, 0) / 20).toBeLessThan(mostHopeless)
  })

  test(`${arms} empty arms of a branch are searched as well as the values of a choice`, () => {
    const flat = bests(runs(arms, 50, choice, 1000))
    expect(shareLarger(bests(runs(arms, 50, asBranch)), flat)).toBeLessThan(0.65)
  })
}
