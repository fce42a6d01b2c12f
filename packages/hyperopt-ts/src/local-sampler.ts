import { type Axis, priorCoordinate } from './axis.ts'
import { exp } from './elementary.ts'
import { createPoint, decodePoint, type Layout } from './layout.ts'
import { type Random, randomIndex } from './random.ts'
import { oneObjective, type Sampler, type SamplerSession } from './sampler-session.ts'
import { checkOptionKeys } from './space-check.ts'
import { normalQuantile } from './special.ts'
import { type StudyDirection, type Trial, violation } from './trial.ts'

/** Options for {@link localSampler}. */
export interface LocalOptions {
  /**
   * The initial standard deviation of a step, as a fraction of the range (on a logarithmic scale for `log` parameters, so that a step
   * multiplies). It grows after steps that help and shrinks after others.
   *
   * @defaultValue 0.1
   */
  readonly scale?: number
  /**
   * The number of latest trials that count. For a drifting objective, older values are misleading.
   *
   * @defaultValue Infinity
   */
  readonly memory?: number
  /**
   * The number of trials after which the incumbent is re-evaluated, so that a lucky value does not persist; 0: never.
   *
   * @defaultValue 0
   */
  readonly repeatEvery?: number
}

interface Entry {
  readonly trial: Trial
  readonly point: Float64Array
  readonly key: string
}

/**
 * Creates a sampler that moves in small steps around the incumbent. It is meant for tuning inside a run, because it never jumps
 * across the space.
 *
 * The incumbent is the point with the best mean over its evaluations among the latest trials; initially, it is the first trial, which may
 * be enqueued. One in five steps should help (Rechenberg 1973). If more of them do, the steps grow.
 *
 * @throws RangeError for an option that is out of bounds, or for several objectives.
 */
export function localSampler(options: LocalOptions = {}): Sampler {
  checkOptionKeys(options, ['scale', 'memory', 'repeatEvery'], 'localSampler')
  const { scale = 0.1, memory = Infinity, repeatEvery = 0 } = options
  if (!(scale > 0 && scale <= 1)) throw new RangeError(`\`scale\` must be > 0 and <= 1, got ${scale}`)
  if (!(memory >= 1)) throw new RangeError(`\`memory\` must be a number >= 1, got ${memory}`)
  if (!Number.isSafeInteger(repeatEvery) || repeatEvery < 0) {
    throw new RangeError(`\`repeatEvery\` must be a whole number >= 0, got ${repeatEvery}`)
  }
  return {
    name: 'local',
    open: (context): SamplerSession => {
      oneObjective(context, 'localSampler()')
      const { layout, direction } = context
      const entries: Entry[] = []
      return {
        begin: (trial, point) => {
          entries.push({ trial, point, key: Array.from(point).join() })
        },
        suggest: (number, random, fixed) => {
          const ended = entries.filter(({ trial }) => trial.state !== 'running')
          const latest = memory < ended.length ? ended.slice(-memory) : ended
          const best = incumbent(latest, direction)
          if (best === undefined) return decodePoint(layout, prior(layout, random, fixed))
          if (repeatEvery > 0 && number % repeatEvery === repeatEvery - 1) return best.trial.params
          const width = scale * stepFactor(latest, direction)
          return decodePoint(layout, moved(layout, best.point, width, random, fixed))
        },
      }
    },
  }
}

/** Returns the latest evaluation of the point with the best mean. */
function incumbent(latest: readonly Entry[], direction: StudyDirection): Entry | undefined {
  const means = new Map<string, { sum: number; count: number; entry: Entry }>()
  const sign = direction === 'minimize' ? 1 : -1
  for (const entry of latest) {
    if (entry.trial.state !== 'complete' || violation(entry.trial) > 0) continue
    const before = means.get(entry.key) ?? { sum: 0, count: 0 }
    means.set(entry.key, { sum: before.sum + sign * (entry.trial.value ?? Infinity), count: before.count + 1, entry })
  }
  let best: { mean: number; entry: Entry } | undefined
  for (const { sum, count, entry } of means.values()) {
    if (best === undefined || sum / count < best.mean) best = { mean: sum / count, entry }
  }
  return best?.entry
}

/** Applies the one-fifth rule to all trials in order: a factor of e^0.2 for each step that helped, and of e^-0.05 for every other step. */
function stepFactor(ended: readonly Entry[], direction: StudyDirection): number {
  const sign = direction === 'minimize' ? 1 : -1
  let [best, log] = [Infinity, 0]
  for (const { trial } of ended) {
    const value = trial.state === 'complete' && violation(trial) === 0 ? sign * (trial.value ?? Infinity) : Infinity
    log = Math.min(1.5, Math.max(-4, log + (value < best ? 0.2 : -0.05)))
    if (value < best) best = value
  }
  return exp(log)
}

function moved(
  layout: Layout,
  from: Float64Array,
  width: number,
  random: Random,
  fixed: Float64Array | undefined,
): Float64Array {
  // At least one parameter moves, and on average half of them.
  const sure = randomIndex(random, layout.axes.length)
  return createPoint(layout, ({ axis, index }) => {
    const held = fixed?.[index] ?? Number.NaN
    if (!Number.isNaN(held)) return held
    const at = from[index] ?? Number.NaN
    if (Number.isNaN(at)) return priorCoordinate(axis, random())
    return index !== sure && random() < 0.5 ? at : stepped(axis, at, width, random)
  })
}

/** Returns a coordinate at a normally distributed distance from `at`, with this width. */
function stepped(axis: Axis, at: number, width: number, random: Random): number {
  if (axis.nominal) return random() < width ? randomIndex(random, axis.count) : at
  const step = width * normalQuantile(Math.max(1e-12, random()))
  if (axis.unbounded) return at + 4 * step
  if (!Number.isFinite(axis.count)) return Math.min(1, Math.max(0, at + step))
  // On a grid, a step is at least one value.
  const cells = Math.max(1, Math.round(Math.abs(step) * axis.count)) * (step < 0 ? -1 : 1)
  const cell = Math.min(axis.count - 1, Math.max(0, axis.cell(at) + cells))
  return axis.coordinate(axis.value((axis.edge(cell) + axis.edge(cell + 1)) / 2))
}

function prior(layout: Layout, random: Random, fixed: Float64Array | undefined): Float64Array {
  return createPoint(layout, ({ axis, index }) => {
    const held = fixed?.[index] ?? Number.NaN
    return Number.isNaN(held) ? priorCoordinate(axis, random()) : held
  })
}
