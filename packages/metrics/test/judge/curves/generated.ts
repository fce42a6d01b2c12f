import { seeded } from '../seeded.ts'

/** A curve as a training run could report it. */
export interface TestCurve {
  readonly name: string
  readonly steps: readonly number[]
  readonly values: readonly number[]
  readonly sign: 1 | -1
}

type Shape = (share: number, random: () => number) => number

/** Curves of many shapes with noise; the same for the same seed. @param count The number of curves. */
export function generatedCurves(count: number, seed: number): readonly TestCurve[] {
  const random = seeded(seed)
  for (let i = 0; i < 10; i++) random()
  return Array.from({ length: count }, (_, i) => curve(i, random))
}

const LENGTHS = [40, 80, 200, 600, 2000]

function curve(index: number, random: () => number): TestCurve {
  const name = FAMILIES[index % FAMILIES.length] ?? 'exponential'
  const length = LENGTHS[Math.floor(random() * LENGTHS.length)] ?? 200
  const every = random() < 0.5 ? 1 : 25
  const shape = SHAPES[name](random)
  const noise = 10 ** (-3 + 2.2 * random())
  const memory = random() < 0.5 ? 0 : 0.8 * random()
  const isUp = name === 'accuracy'
  let rest = 0
  const values = Array.from({ length }, (_, i) => {
    rest = memory * rest + normal(random) * Math.sqrt(1 - memory ** 2)
    const value = shape((i + 1) / length, random)
    return isUp ? Math.min(1, value + 0.2 * noise * rest) : value * Math.exp(noise * rest)
  })
  return { name, sign: isUp ? -1 : 1, steps: values.map((_, i) => i * every), values }
}

type Family = 'exponential' | 'power' | 'cosine' | 'accuracy' | 'walk' | 'overfit' | 'flat' | 'negative'

const FAMILIES: readonly Family[] = [
  'exponential',
  'power',
  'cosine',
  'accuracy',
  'walk',
  'overfit',
  'flat',
  'negative',
]

const SHAPES: Readonly<Record<Family, (random: () => number) => Shape>> = {
  exponential: (random) => {
    const [rate, floor] = [2 + 8 * random(), 0.02 + 0.4 * random()]
    return (share) => floor + 2.3 * Math.exp(-rate * share)
  },
  power: (random) => {
    const [power, start] = [0.2 + 0.6 * random(), 0.005 + 0.03 * random()]
    return (share) => 2 * (1 + share / start) ** -power + 0.05
  },
  cosine: (random) => {
    const depth = 0.2 + 0.5 * random()
    return (share) => 0.3 + 2 * Math.exp(-8 * share) + 0.6 * depth * (1 + Math.cos(Math.PI * share))
  },
  accuracy: (random) => {
    const [rate, top] = [3 + 6 * random(), 0.7 + 0.28 * random()]
    return (share) => top - (top - 0.1) * Math.exp(-rate * share)
  },
  walk: (random) => {
    let level = 0
    const size = 0.02 * random()
    return (_, next) => {
      level += size * normal(next)
      return Math.exp(level)
    }
  },
  overfit: (random) => {
    const [best, rise] = [0.3 + 0.4 * random(), 0.1 + 0.5 * random()]
    return (share) => 0.3 + 1.8 * Math.exp(-7 * share) + rise * Math.max(0, share - best)
  },
  flat: (random) => {
    const level = 0.1 + random()
    return () => level
  },
  negative: (random) => {
    const rate = 2 + 6 * random()
    return (share, next) => 1.5 * Math.exp(-rate * share) - 1 + 0.02 * normal(next)
  },
}

/** A normally distributed random number (Box and Muller 1958). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
