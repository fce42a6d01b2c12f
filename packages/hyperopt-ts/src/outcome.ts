import { type OutcomeDocument, toWire } from './event.ts'
import { show } from './show.ts'
import type { TrialState } from './trial.ts'

/**
 * What a trial can be told: its value, or one for each objective, or that there is none.
 *
 * NaN counts as `failed`.
 */
export type Outcome = number | readonly number[] | 'failed' | 'pruned'

/** What else a trial can be told. */
export interface TellDetails {
  /** Why it failed or was pruned. */
  readonly reason?: string
  /**
   * What the constraints came to: each holds when its number is at most 0. A trial that breaks one is never the best,
   * and samplers rank it behind all that break none, by the sum of what is above 0.
   */
  readonly constraints?: readonly number[]
}

/** What `tell` and `add` events keep of an outcome. */
export type Settled = OutcomeDocument & { readonly state: Exclude<TrialState, 'running'> }

/**
 * An outcome as events keep it.
 *
 * @throws TypeError or RangeError for what is no outcome of a study of so many objectives.
 */
export function settled(outcome: Outcome, details: TellDetails | string | undefined, objectives: number): Settled {
  const { reason, constraints } = typeof details === 'string' ? { reason: details } : checkDetails(details)
  const said = {
    ...(reason === undefined ? {} : { reason }),
    ...(constraints === undefined ? {} : { constraints: constraints.map(toWire) }),
  }
  if (outcome === 'failed' || outcome === 'pruned') return { state: outcome, ...said }
  const values = valuesOf(outcome, objectives)
  if (values.some(Number.isNaN)) return { state: 'failed', ...said, reason: reason ?? 'the value is NaN' }
  const [value = Number.NaN] = values
  return {
    state: 'complete',
    ...(objectives === 1 ? { value: toWire(value) } : { values: values.map(toWire) }),
    ...said,
  }
}

function valuesOf(outcome: unknown, objectives: number): readonly number[] {
  const wanted = objectives === 1 ? 'a number' : `a list of ${objectives} numbers`
  const given = objectives > 1 || Array.isArray(outcome) ? outcome : [outcome]
  if (Array.isArray(given) && given.length === objectives && given.every((one) => typeof one === 'number')) return given
  const kind = typeof outcome === 'string' ? 'the text ' : ''
  throw new TypeError(`\`outcome\` must be ${wanted}, 'failed' or 'pruned', got ${kind}${show(outcome)}`)
}

function checkDetails(details: TellDetails | undefined): TellDetails {
  if (details === undefined) return {}
  if (typeof details !== 'object' || details === null) {
    throw new TypeError(
      `the third argument of \`tell\` must be a reason or { reason, constraints }, got ${show(details)}`,
    )
  }
  const { reason, constraints } = details
  if (reason !== undefined && typeof reason !== 'string') {
    throw new TypeError(`\`reason\` must be text, got ${show(reason)}`)
  }
  if (
    constraints !== undefined &&
    !(Array.isArray(constraints) && constraints.every((one) => typeof one === 'number'))
  ) {
    throw new TypeError(`\`constraints\` must be a list of numbers, got ${show(constraints)}`)
  }
  return details
}
