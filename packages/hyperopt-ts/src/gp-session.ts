import { priorCoordinate } from './axis.ts'
import { ln } from './elementary.ts'
import type { GpSettings } from './gp.ts'
import { createGp, firstParameters, fitParameters, type GpData, type GpModel, type GpParameters } from './gp-model.ts'
import { featuresOf, proposePoint } from './gp-proposal.ts'
import { modelValues } from './gp-values.ts'
import { scrambledHalton } from './halton.ts'
import { createPoint, decodePoint, type Layout } from './layout.ts'
import type { Random } from './random.ts'
import type { SamplerContext, SamplerSession } from './sampler-session.ts'
import { SeenPoints } from './seen-points.ts'
import type { StudyDirection, Trial } from './trial.ts'

const MOST_TRIALS = 300

/** A trial and its position in the layout. */
export interface Entry {
  readonly trial: Trial
  readonly point: Float64Array
}

/** Opens a Gaussian-process search for one study. */
export function openGp(context: SamplerContext, settings: GpSettings): SamplerSession {
  const { layout, direction, seed } = context
  const start = scrambledHalton(seed, layout.axes.length)
  const entries: Entry[] = []
  const seen = new SeenPoints(layout)
  const learned = new LearnedParameters(layout, settings)

  const startingPoint = (number: number, random: Random, fixed: Float64Array | undefined): Float64Array => {
    const pick = (u: (index: number) => number): Float64Array =>
      createPoint(layout, ({ axis, index }) => {
        const given = fixed?.[index] ?? Number.NaN
        return Number.isNaN(given) ? priorCoordinate(axis, u(index)) : given
      })
    let point = pick((index) => start(number, index))
    for (let attempt = 0; attempt < 50 && seen.has(point); attempt++) point = pick(() => random())
    return point
  }

  return {
    begin: (trial, point) => {
      entries.push({ trial, point })
      seen.add(point)
    },
    suggest: (number, random, fixed) => {
      const ended = kept(
        entries.filter(({ trial }) => trial.state !== 'running'),
        direction,
      )
      const values = modelValues(
        ended.map(({ trial }) => trial),
        direction,
      )
      if (ended.length < settings.startup || values === undefined) {
        return decodePoint(layout, startingPoint(number, random, fixed))
      }
      const parameters = learned.at(ended, direction)
      const data = dataOf(layout, ended, values)
      const model = withRunning(data, parameters, entries, layout)
      return decodePoint(
        layout,
        proposePoint({
          layout,
          model,
          data,
          ended: ended.map(({ point }) => point),
          running: entries.filter(({ trial }) => trial.state === 'running').map(({ point }) => point),
          seen,
          random,
          fixed,
        }),
      )
    },
  }
}

/**
 * Returns the trials to learn from: all of them or, if there are too many for the model, the best trials for half of its limit and the
 * latest trials for the other half.
 */
function kept(ended: readonly Entry[], direction: 'minimize' | 'maximize'): readonly Entry[] {
  if (ended.length <= MOST_TRIALS) return ended
  const half = MOST_TRIALS / 2
  const latest = new Set(ended.slice(-half))
  const sign = direction === 'minimize' ? 1 : -1
  const best = ended
    .filter((entry) => !latest.has(entry))
    .sort((a, b) => sign * ((a.trial.value ?? sign * Infinity) - (b.trial.value ?? sign * Infinity)) || 0)
    .slice(0, half)
  const all = new Set([...best, ...latest])
  return ended.filter((entry) => all.has(entry))
}

/** Returns the trials as input for the model. */
function dataOf(layout: Layout, entries: readonly Entry[], values: Float64Array): GpData {
  return {
    nominal: layout.axes.map((axis) => axis.nominal),
    rows: entries.map(({ point }) => featuresOf(layout, point)),
    values,
  }
}

/**
 * Returns the leave-one-out error of a model of these trials, relative to the spread of their values: near 0 if it predicts each
 * value from the others, about 1 if it explains nothing, and 1 if all values are equal.
 */
export function explainedError(layout: Layout, entries: readonly Entry[], direction: StudyDirection): number {
  const values = modelValues(
    entries.map(({ trial }) => trial),
    direction,
  )
  if (values === undefined) return 1
  const data = dataOf(layout, entries, values)
  return createGp(data, fitParameters(data, firstParameters(layout.axes.length), 25)).leaveOneOut()
}

/** Returns the model with running trials included at their predicted values, so that new trials stay away from them. */
function withRunning(data: GpData, parameters: GpParameters, entries: readonly Entry[], layout: Layout): GpModel {
  const model = createGp(data, parameters)
  const running = entries.filter(({ trial }) => trial.state === 'running').slice(-64)
  if (running.length === 0) return model
  const rows = running.map(({ point }) => featuresOf(layout, point))
  const believed = rows.map((row) => model.predict(row).mean)
  return createGp(
    { nominal: data.nominal, rows: [...data.rows, ...rows], values: Float64Array.from([...data.values, ...believed]) },
    parameters,
  )
}

/**
 * The kernel parameters after a number of trials.
 *
 * They are refitted whenever the number of trials has grown by a sixth, starting from the previous ones, and reused in between, because
 * fitting takes longer than everything else. The choice of the trials used for fitting depends only on the trials themselves, so it does
 * not matter when `ask` was called.
 */
class LearnedParameters {
  readonly #layout: Layout
  readonly #settings: GpSettings
  readonly #steps: { numbers: readonly number[]; parameters: GpParameters }[] = []

  constructor(layout: Layout, settings: GpSettings) {
    this.#layout = layout
    this.#settings = settings
  }

  at(ended: readonly Entry[], direction: 'minimize' | 'maximize'): GpParameters {
    let parameters = firstParameters(this.#layout.axes.length)
    if (this.#settings.deterministic) parameters[parameters.length - 1] = ln(1e-6)
    let step = 0
    for (let count = this.#settings.startup; count <= ended.length; count = Math.ceil((count * 7) / 6)) {
      const part = ended.slice(0, count)
      const numbers = part.map(({ trial }) => trial.number)
      const known = this.#steps[step]
      if (known === undefined || known.numbers.some((number, i) => number !== numbers[i])) {
        this.#steps.length = step
        this.#steps.push({ numbers, parameters: this.#find(part, direction, parameters) })
      }
      parameters = this.#steps[step]?.parameters ?? parameters
      step += 1
    }
    return parameters
  }

  #find(part: readonly Entry[], direction: 'minimize' | 'maximize', before: GpParameters): GpParameters {
    const values = modelValues(
      part.map(({ trial }) => trial),
      direction,
    )
    if (values === undefined) return before
    const found = fitParameters(dataOf(this.#layout, part, values), before, 25)
    if (this.#settings.deterministic) found[found.length - 1] = ln(1e-6)
    return found
  }
}
