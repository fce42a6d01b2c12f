import { type OutcomeDocument, toWire } from './event.ts'
import { show } from './show.ts'
import type { TrialState } from './trial.ts'

/**
 * The possible outcomes of a trial: its value, one value per objective, or no value.
 *
 * NaN counts as `failed`.
 */
export type TrialOutcome = number | readonly number[] | 'failed' | 'pruned'

/** Details of an outcome. */
export interface TellDetails {
  /** Why it failed or was pruned. */
  readonly reason?: string
  /**
   * The values of the constraints: each is satisfied if its number is at most 0. A trial that violates a constraint is never the best, and
   * samplers rank it behind all feasible trials, ordered by the sum of its positive numbers.
   */
  readonly constraints?: readonly number[]
}

/** The outcome as stored in `tell` and `add` events. */
export type Settled = OutcomeDocument & { readonly state: Exclude<TrialState, 'running'> }

/**
 * Converts an outcome to the form that events contain.
 *
 * @throws TypeError or RangeError for an outcome that is invalid in a study with this many objectives.
 */
export function settled(outcome: TrialOutcome, details: TellDetails | string | undefined, objectives: number): Settled {
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
