import { type Axis, priorCoordinate } from './axis.ts'
import { createPoint, decodePoint, type Layout } from './layout.ts'
import { type Ranked, selectBest } from './nsga2-selection.ts'
import { type Random, randomIndex } from './random.ts'
import type { Sampler, SamplerContext, SamplerSession } from './sampler-session.ts'
import { SeenPoints } from './seen-points.ts'
import { checkOptionKeys } from './space-check.ts'
import { normalQuantile } from './special.ts'
import type { Trial } from './trial.ts'

/** Options for {@link nsga2}; names and defaults follow Optuna's `NSGAIISampler`. */
export interface Nsga2Options {
  /** @defaultValue 50 */
  readonly populationSize?: number
  /** The probability that a parameter is changed. By default 1 / number of parameters. */
  readonly mutationProb?: number
  /**
   * The probability that a child has two parents.
   *
   * @defaultValue 0.9
   */
  readonly crossoverProb?: number
}

interface Entry {
  readonly trial: Trial
  readonly point: Float64Array
}

/**
 * NSGA-II (Deb et al. 2002), for one objective or several. New trials are children of the best trials, which are those on the best fronts
 * with the largest crowding distances. Trials that violate a constraint rank behind all others.
 *
 * @throws RangeError for an option that is out of bounds.
 */
export function nsga2(options: Nsga2Options = {}): Sampler {
  checkOptionKeys(options, ['populationSize', 'mutationProb', 'crossoverProb'], 'nsga2')
  const { populationSize = 50, mutationProb, crossoverProb = 0.9 } = options
  if (!Number.isSafeInteger(populationSize) || populationSize < 2) {
    throw new RangeError(`\`populationSize\` must be a whole number >= 2, got ${populationSize}`)
  }
  for (const [name, value] of Object.entries({ mutationProb: mutationProb ?? 0, crossoverProb })) {
    if (!(value >= 0 && value <= 1)) throw new RangeError(`\`${name}\` must be from 0 to 1, got ${value}`)
  }
  return { name: 'nsga2', open: (context) => open(context, { populationSize, mutationProb, crossoverProb }) }
}

interface Settings {
  readonly populationSize: number
  readonly mutationProb: number | undefined
  readonly crossoverProb: number
}

function open({ layout, directions }: SamplerContext, settings: Settings): SamplerSession {
  const entries: Entry[] = []
  const seen = new SeenPoints(layout)
  const parents = new Parents(settings.populationSize, directions)
  return {
    begin: (trial, point) => {
      entries.push({ trial, point })
      seen.add(point)
    },
    suggest: (_number, random, fixed) => {
      const population = parents.of(entries.filter(({ trial }) => trial.state !== 'running'))
      const make = (): Float64Array =>
        population.length < 2 ? freshPoint(layout, random, fixed) : child(layout, population, settings, random, fixed)
      let point = make()
      for (let attempt = 0; attempt < 50 && seen.has(point); attempt++) {
        point = attempt < 25 ? make() : freshPoint(layout, random, fixed)
      }
      return decodePoint(layout, point)
    },
  }
}

/**
 * The population after a number of trials: generation by generation, in the order of trial numbers, so that it depends only on
 * the trials.
 */
class Parents {
  readonly #size: number
  readonly #directions: SamplerContext['directions']
  #folded: number[] = []
  #population: Ranked<Entry>[] = []

  constructor(size: number, directions: SamplerContext['directions']) {
    this.#size = size
    this.#directions = directions
  }

  of(ended: readonly Entry[]): readonly Ranked<Entry>[] {
    if (this.#folded.some((number, i) => ended[i]?.trial.number !== number)) {
      this.#folded = []
      this.#population = []
    }
    while (this.#folded.length + this.#size <= ended.length) {
      const generation = ended.slice(this.#folded.length, this.#folded.length + this.#size)
      this.#folded.push(...generation.map(({ trial }) => trial.number))
      const all = [...this.#population.map(({ entry }) => entry), ...generation]
      this.#population = selectBest(all, this.#size, this.#directions)
    }
    return this.#population
  }
}

function freshPoint(layout: Layout, random: Random, fixed: Float64Array | undefined): Float64Array {
  return createPoint(layout, ({ axis, index }) => given(fixed, index) ?? priorCoordinate(axis, random()))
}

function child(
  layout: Layout,
  population: readonly Ranked<Entry>[],
  { mutationProb = 1 / layout.axes.length, crossoverProb }: Settings,
  random: Random,
  fixed: Float64Array | undefined,
): Float64Array {
  const first = tournament(population, random)
  const second = random() < crossoverProb ? tournament(population, random) : first
  return createPoint(layout, ({ axis, index }) => {
    const held = given(fixed, index)
    if (held !== undefined) return held
    const [one, other] = random() < 0.5 ? [first, second] : [second, first]
    const at = given(one, index) ?? given(other, index)
    if (at === undefined || random() < mutationProb / 2) return priorCoordinate(axis, random())
    return axis.nominal || random() >= mutationProb / 2 ? at : nudged(axis, at, random)
  })
}

function nudged(axis: Axis, at: number, random: Random): number {
  const moved = at + (axis.unbounded ? 0.4 : 0.1) * normalQuantile(Math.max(1e-12, random()))
  if (axis.unbounded) return moved
  const inside = Math.min(1, Math.max(0, moved))
  return Number.isFinite(axis.count) ? axis.coordinate(axis.value(inside)) : inside
}

/** Chooses the better of two random entries. */
function tournament(population: readonly Ranked<Entry>[], random: Random): Float64Array {
  const [a, b] = [0, 0].map(() => population[randomIndex(random, population.length)] as Ranked<Entry>) as [
    Ranked<Entry>,
    Ranked<Entry>,
  ] // Indexes are below the length.
  const better = a.rank - b.rank || b.crowding - a.crowding
  return (better <= 0 ? a : b).entry.point
}

function given(point: Float64Array | undefined, index: number): number | undefined {
  const coordinate = point?.[index] ?? Number.NaN
  return Number.isNaN(coordinate) ? undefined : coordinate
}
