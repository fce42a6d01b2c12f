import { branch, choice, float, int, ordered, type Space } from '../src/dimension.ts'

/** A function to minimize, and its space. `bench/tpe/peers.py` defines the same ones. */
export interface Problem {
  readonly name: string
  /** Details beyond the name. */
  readonly about: string
  readonly space: Space
  readonly budget: number
  /** The true value. `params` are those of `space`. */
  // biome-ignore lint/suspicious/noExplicitAny: each function matches the space next to it.
  readonly value: (params: any) => number
  /** Standard deviation of the normal noise on the reported values. */
  readonly noise?: number
}

const reals = (count: number, low: number, high: number): Space =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, float(low, high)]))

const vector = (params: Record<string, number>): number[] => Object.keys(params).map((_, i) => params[`x${i}`] ?? 0)

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

/** A number in [0, 1) that looks random and is the same in Python. */
export function hash(a: number, b: number, c: number): number {
  const h = Math.sin(12.9898 * a + 78.233 * b + 37.719 * c + 1) * 43758.5453
  return h - Math.floor(h)
}

const HARTMANN_A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
]
const HARTMANN_P = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]

function branin({ x, y }: { x: number; y: number }): number {
  return (
    (y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6) ** 2 +
    10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) +
    10
  )
}

function hartmann6(params: Record<string, number>): number {
  const x = vector(params)
  return -sum(
    HARTMANN_A.map((row, i) => {
      const far = sum(row.map((a, j) => a * ((x[j] ?? 0) - (HARTMANN_P[i]?.[j] ?? 0)) ** 2))
      return ([1, 1.2, 3, 3.2][i] ?? 0) * Math.exp(-far)
    }),
  )
}

function ackley5(params: Record<string, number>): number {
  const x = vector(params)
  const square = sum(x.map((v) => v * v)) / x.length
  const wave = sum(x.map((v) => Math.cos(2 * Math.PI * v))) / x.length
  return -20 * Math.exp(-0.2 * Math.sqrt(square)) - Math.exp(wave) + 20 + Math.E
}

/** The three problems of the recorded baseline. */
export const BASELINE: readonly Problem[] = [
  { name: 'branin', about: '2 real', space: { x: float(-5, 10), y: float(0, 15) }, budget: 200, value: branin },
  { name: 'hartmann6', about: '6 real', space: reals(6, 0, 1), budget: 200, value: hartmann6 },
  { name: 'ackley5', about: '5 real', space: reals(5, -32.768, 32.768), budget: 200, value: ackley5 },
]

/** The problems that we chose ourselves. */
export const PROBLEMS: readonly Problem[] = [
  {
    name: 'rosenbrock20',
    about: '20 real, a curved valley',
    space: reals(20, -2, 2),
    budget: 200,
    value: (params) => {
      const x = vector(params)
      return sum(x.slice(1).map((next, i) => 100 * (next - (x[i] ?? 0) ** 2) ** 2 + (1 - (x[i] ?? 0)) ** 2))
    },
  },
  {
    name: 'styblinski8',
    about: '8 real, 256 basins',
    space: reals(8, -5, 5),
    budget: 200,
    value: (params) => sum(vector(params).map((x) => x ** 4 - 16 * x * x + 5 * x)) / 2,
  },
  {
    name: 'trainer10',
    about: '10 mixed: log, int, ordered, choices, steps',
    space: {
      lr: float(1e-5, 1, { log: true }),
      momentum: float(0, 0.99),
      decay: float(1e-8, 1e-2, { log: true }),
      depth: int(1, 12),
      width: int(8, 1024, { log: true }),
      batch: ordered([16, 32, 64, 128, 256, 512]),
      optimizer: choice(['sgd', 'adam', 'rmsprop']),
      activation: choice(['relu', 'tanh', 'gelu', 'silu']),
      dropout: float(0, 0.8, { step: 0.05 }),
      warmup: int(0, 1000),
    },
    budget: 200,
    value: (p) => {
      const lr = Math.log10(p.lr)
      const best = { sgd: -1, adam: -3, rmsprop: -3.3 }[p.optimizer as 'sgd'] + 0.5 * Math.log10(p.batch / 64)
      const steep = 0.5 * (lr - best + 0.08 * p.depth) ** 2
      const size = 0.3 * (Math.log2(p.width) - 7.5) ** 2 * 0.2 + 0.03 * (p.depth - 7) ** 2
      const kept = 2 * (p.dropout - 0.04 * p.depth) ** 2 + 0.05 * (Math.log10(p.decay) + 4.5) ** 2
      const start = 0.3 * ((p.warmup - 300) / 1000) ** 2 + (p.optimizer === 'sgd' ? 2 * (p.momentum - 0.9) ** 2 : 0.1)
      return steep + size + kept + start + { relu: 0.15, tanh: 0.3, gelu: 0, silu: 0.05 }[p.activation as 'relu']
    },
  },
  {
    name: 'integers6',
    about: '6 int, turned axes and ripples',
    space: Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`x${i}`, int(0, 30)])),
    budget: 200,
    value: (params) => {
      const z = vector(params).map((x, i) => x - ([7, 22, 13, 4, 27, 17][i] ?? 0))
      return sum(z.map((v, i) => (v + 0.5 * (z[(i + 1) % 6] ?? 0)) ** 2 / 20 + 1 - Math.cos(v)))
    },
  },
  {
    name: 'categories8',
    about: '8 choices of 6, each with its neighbour',
    space: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`x${i}`, choice([0, 1, 2, 3, 4, 5])])),
    budget: 200,
    value: (params) => {
      const x = vector(params)
      return sum(x.map((v, i) => hash(i, v, 0) + (i > 0 ? 0.7 * hash(i, v, 1 + (x[i - 1] ?? 0)) : 0)))
    },
  },
  {
    name: 'noisy-hartmann6',
    about: '6 real, noise 0.3; scored without the noise',
    space: reals(6, 0, 1),
    budget: 200,
    value: hartmann6,
    noise: 0.3,
  },
  {
    name: 'decoy',
    about: 'branch: one arm good at once, the other better when tuned',
    space: {
      lr: float(1e-4, 1, { log: true }),
      model: branch({
        easy: { a: float(0, 1) },
        hard: { a: float(0, 1), b: float(0, 1), c: float(0, 1), d: float(0, 1) },
      }),
    },
    budget: 200,
    value: ({ lr, model }) => {
      if (model.kind === 'easy') return 0.5 + 0.1 * (Math.log10(lr) + 1) ** 2 + 0.2 * (model.a - 0.5) ** 2
      const far = (model.a - 0.2) ** 2 + (model.b - 0.7) ** 2 + (model.c - 0.4) ** 2 + (model.d - 0.9) ** 2
      return 0.1 * (Math.log10(lr) + 3) ** 2 + 3 * far
    },
  },
  {
    name: 'nested',
    about: 'branches in branches, 7 leaves',
    space: {
      scale: choice(['none', 'standard', 'minmax']),
      model: branch({
        linear: {
          penalty: branch({
            none: {},
            l1: { c: float(1e-4, 1e2, { log: true }) },
            l2: { c: float(1e-4, 1e2, { log: true }) },
          }),
        },
        trees: { count: int(10, 1000, { log: true }), depth: int(1, 20), lr: float(1e-3, 1, { log: true }) },
        mlp: {
          lr: float(1e-5, 1e-1, { log: true }),
          body: branch({
            one: { w1: int(4, 256, { log: true }) },
            two: { w1: int(4, 256, { log: true }), w2: int(4, 256, { log: true }), drop: float(0, 0.9) },
            three: { width: int(4, 256, { log: true }), drop: float(0, 0.9) },
          }),
        },
      }),
    },
    budget: 200,
    value: ({ scale, model }) => {
      const scaled = { none: 0.2, standard: 0, minmax: 0.05 }[scale as 'none']
      if (model.kind === 'linear') {
        const { penalty } = model
        if (penalty.kind === 'none') return 0.7 + scaled
        const best = penalty.kind === 'l1' ? 0 : -1
        return (penalty.kind === 'l1' ? 0.55 : 0.5) + 0.03 * (Math.log10(penalty.c) - best) ** 2 + scaled
      }
      if (model.kind === 'trees') {
        const fit = Math.log10(model.lr) + Math.log10(model.count) - 1.2
        return 0.32 + 0.1 * fit * fit + 0.003 * (model.depth - 6) ** 2
      }
      const { body } = model
      const lr = 0.25 * (Math.log10(model.lr) + 3) ** 2
      if (body.kind === 'one') return 0.35 + lr + 0.02 * (Math.log2(body.w1) - 7) ** 2 + scaled
      if (body.kind === 'three')
        return 0.3 + lr + 0.03 * (Math.log2(body.width) - 5) ** 2 + (body.drop - 0.5) ** 2 + scaled
      const shape = (Math.log2(body.w1) - 7) ** 2 + (Math.log2(body.w2) - 5) ** 2
      return 0.2 + lr + 0.03 * shape + 2 * (body.drop - 0.3) ** 2 + 2 * scaled
    },
  },
  {
    name: 'plateaus5',
    about: '5 real, flat steps: most moves change nothing',
    space: reals(5, 0, 1),
    budget: 200,
    value: (params) => {
      const target = [0.83, 0.12, 0.37, 0.66, 0.49]
      return sum(vector(params).map((x, i) => Math.floor(25 * Math.abs(x - (target[i] ?? 0))) ** 1.5))
    },
  },
  {
    name: 'valley4',
    about: '2 log, 1 int, 1 real, a narrow ridge across lr and decay',
    space: {
      lr: float(1e-6, 1, { log: true }),
      decay: float(1e-6, 1, { log: true }),
      layers: int(1, 50),
      mix: float(0, 1),
    },
    budget: 200,
    value: ({ lr, decay, layers, mix }) => {
      const [a, b] = [Math.log10(lr), Math.log10(decay)]
      return (
        (a + 2 + 0.8 * (b + 4)) ** 2 +
        0.05 * (b + 3) ** 2 +
        0.3 * Math.log(layers / 18) ** 2 +
        0.5 * (mix - 0.25 - 0.02 * a) ** 2
      )
    },
  },
]
