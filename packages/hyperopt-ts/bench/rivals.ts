import { branch, choice, float, int, ordered } from '../src/dimension.ts'
import { BBOB } from './bbob.ts'
import { DIGITS } from './digits.ts'
import type { Problem } from './problems.ts'

/** A pipeline as in AutoML: a scaler, a model with its own parameters, and shared parameters. */
const PIPELINE: Problem = {
  name: 'pipeline',
  about: 'conditional: a scaler, then one of four models with its own parameters',
  space: {
    scaler: choice(['none', 'standard', 'minmax', 'robust']),
    components: int(2, 60),
    model: branch({
      svm: {
        c: float(1e-3, 1e3, { log: true }),
        kernel: branch({ linear: {}, rbf: { gamma: float(1e-4, 1e1, { log: true }) } }),
      },
      forest: { trees: int(10, 500, { log: true }), depth: int(2, 30), features: float(0.1, 1) },
      boosting: {
        trees: int(10, 500, { log: true }),
        lr: float(1e-3, 1, { log: true }),
        depth: int(1, 10),
        subsample: float(0.3, 1),
      },
      knn: { neighbours: int(1, 50, { log: true }), weights: choice(['uniform', 'distance']), p: ordered([1, 2, 3]) },
    }),
  },
  budget: 200,
  value: ({ scaler, components, model }) => {
    const parts = 0.02 * Math.log2(components / 25) ** 2
    const scaled = { none: 0.12, standard: 0, minmax: 0.03, robust: 0.015 }[scaler as 'none']
    if (model.kind === 'svm') {
      const c = Math.log10(model.c)
      if (model.kernel.kind === 'linear') return 0.3 + 2 * scaled + parts + 0.02 * (c + 1) ** 2
      const gamma = Math.log10(model.kernel.gamma)
      return 0.14 + 2 * scaled + parts + 0.06 * (c - 1.2 + 0.6 * (gamma + 2)) ** 2 + 0.05 * (gamma + 2) ** 2
    }
    if (model.kind === 'forest') {
      return (
        0.24 +
        parts +
        0.4 / Math.sqrt(model.trees) +
        0.0008 * (model.depth - 16) ** 2 +
        0.1 * (model.features - 0.35) ** 2
      )
    }
    if (model.kind === 'boosting') {
      const fit = Math.log10(model.lr * model.trees) - 1.3
      return 0.16 + parts + 0.1 * fit * fit + 0.006 * (model.depth - 4) ** 2 + 0.15 * (model.subsample - 0.75) ** 2
    }
    const near = Math.log2(model.neighbours / 6) ** 2
    return (
      0.22 +
      2.5 * scaled +
      parts +
      0.015 * near +
      (model.weights === 'uniform' ? 0.03 : 0) +
      0.02 * Math.abs(model.p - 1)
    )
  },
}

/**
 * The problems for comparing the samplers with Optuna's. The length prior of `gp` was chosen using powers20 and
 * ellipsoid5.
 */
export const RIVAL_PROBLEMS: readonly Problem[] = [...BBOB, DIGITS, PIPELINE]
