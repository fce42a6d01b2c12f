import { branch, choice, float, int, normal, ordered, type Space } from '../dimension.ts'

/** Spaces that every sampler must be able to search: every kind of dimension, extremes, and nested branches. */
export const SPACES: Readonly<Record<string, Space>> = {
  'one float': { x: float(-5, 10) },
  'all kinds of numbers': {
    linear: float(-1, 1),
    log: float(1e-6, 1, { log: true }),
    stepped: float(0, 1, { step: 0.1 }),
    whole: int(-3, 12),
    wholeLog: int(1, 4096, { log: true }),
    wholeStep: int(0, 100, { step: 25 }),
    bell: normal(3, 2),
    logBell: normal(-2, 1, { log: true }),
  },
  'choices of every scalar': { c: choice(['a', 1, true, null]), o: ordered(['s', 'm', 'l']) },
  'parameters of one value': { f: float(2, 2), i: int(7, 7), c: choice(['only']), b: branch({ sole: {} }) },
  'a wide int': { n: int(-1_000_000_000, 1_000_000_000) },
  'branches in branches': {
    lr: float(1e-5, 1, { log: true }),
    model: branch({
      none: {},
      tree: { depth: int(1, 20), split: choice(['gini', 'entropy']) },
      net: {
        width: int(8, 256),
        drop: branch({ off: {}, on: { rate: float(0, 0.9) } }),
        optimizer: branch({ sgd: { momentum: float(0, 0.99) }, adam: { beta: float(0.8, 0.999) } }),
      },
    }),
    other: branch({ a: { x: normal(0, 1) }, b: {} }),
  },
}
