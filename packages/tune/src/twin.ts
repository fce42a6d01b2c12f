import { median } from '@hotcb/metrics/judge'
import { isObject, type JsonObject, messageOf, show } from '@hotcb/protocol'
import type { Course } from './course.ts'
import { onScale } from './judge.ts'
import type { Mutation, TwinEffect } from './story.ts'

/**
 * A request to rerun the steps since a checkpoint without a change, on a copy of the trainer and never on the live one.
 */
export interface TwinRequest {
  /** The folder that `checkpoints.save` wrote immediately before the change, and the next step to train. */
  readonly checkpoint: { readonly tag: string; readonly dir: string; readonly step: number }
  /**
   * The ops to apply before the first step. They restore the changed control's old value; all other controls are as in the live trainer.
   */
  readonly ops: readonly TwinOp[]
  /** The number of steps to run, with the data that the live trainer uses for the same steps. */
  readonly steps: number
}

/** An op in a request. */
export interface TwinOp {
  readonly module: string
  readonly op: 'set_params'
  readonly params: JsonObject
}

/** A copy's report after a step. It must contain the objective at every step at which the live trainer reports it. */
export interface TwinStep {
  readonly step: number
  readonly metrics: Readonly<Record<string, unknown>>
}

/**
 * Trains a copy of the run from a checkpoint and returns its reports, step by step.
 *
 * If it returns an array, the live trainer waits and the result is used immediately. If it returns a promise, training continues, and the
 * change is judged at the first point after the promise resolves. The seed alone then no longer reproduces the run, but a replay of its
 * recipe is still exact.
 */
export type EvaluateFrom = (request: TwinRequest) => readonly TwinStep[] | Promise<readonly TwinStep[]>

/** The 97.5 % quantile of the normal distribution. */
const REACH = 1.959964

/**
 * Compares the points since a change with those of its twin. Returns the effect, or a one-line reason why there is none.
 *
 * The run's noise is assumed for both sides. They share their data, so the actual noise of the difference is smaller, and the interval is
 * conservative.
 */
export function compareTwin(
  mutation: Mutation,
  answer: unknown,
  { points }: Pick<Course, 'points'>,
): TwinEffect | string {
  const steps = readAnswer(answer)
  if (typeof steps === 'string') return steps
  const { metric, baseline, appliedStep } = mutation
  const first = appliedStep ?? 0
  let from = first
  let pairs = 0
  let ends = { live: Number.NaN, twin: Number.NaN, step: first }
  for (let back = points.countAfter(first) - 1; back >= 0; back--) {
    const to = points.step(back)
    const values = steps.filter(({ step }) => step > from && step <= to).map(({ metrics }) => metrics[metric])
    const found = values.filter((value) => typeof value === 'number')
    if (found.length === 0) break
    if (!found.every(Number.isFinite)) return `its ${metric} at step ${to} is not a finite number`
    ends = { live: points.value(back), twin: points.sign * median(found), step: to }
    from = to
    pairs++
  }
  if (pairs === 0) return `it has no ${metric} for steps ${first + 1} to ${points.step()}`
  const [live = 0, twin = 0] = onScale(Float64Array.of(ends.live, ends.twin), baseline.scale)
  const reach = REACH * Math.SQRT2 * baseline.s
  const difference = live - twin
  return {
    metric, difference, low: difference - reach, high: difference + reach, pairs, steps: ends.step - first,
    with: points.sign * ends.live, without: points.sign * ends.twin,
  } // biome-ignore format: more readable
}

function readAnswer(answer: unknown): readonly TwinStep[] | string {
  const isRight = Array.isArray(answer) && answer.every((one) => isObject(one) && Number.isSafeInteger(one['step']) && isObject(one['metrics']))
  return isRight ? (answer as readonly TwinStep[]) : `it must return [{ step, metrics }], got ${show(answer)}`
} // biome-ignore format: more readable

/** The state of a change's twin. */
export type TwinReading =
  | { readonly kind: 'none' | 'waiting' }
  | { readonly kind: 'effect'; readonly effect: TwinEffect }
  | { readonly kind: 'problem'; readonly problem: string }

/** Requests twins, one at a time. */
export interface TwinDesk {
  /** Returns a change's twin up to the last point, or requests it if it is not known yet. */
  read(mutation: Mutation, request: TwinRequest, course: Course): TwinReading
}

/** The number of points after which an answer is no longer awaited. */
const LONGEST_WAIT = 8

interface Asked {
  readonly id: string
  /** The number of points when the twin was requested. */
  readonly points: number
  result: { readonly answer: unknown } | { readonly error: unknown } | null
}

/** Creates a desk for one trainer's twins. Its memory is lost with the process, so an unanswered twin is requested again. */
export function createTwinDesk(evaluateFrom: EvaluateFrom): TwinDesk {
  let asked: Asked | null = null
  let failed: { readonly id: string; readonly problem: string } | null = null

  function ask(id: string, points: number, request: TwinRequest): Asked {
    const one: Asked = { id, points, result: null }
    try {
      const answer = evaluateFrom(request)
      if (answer instanceof Promise) {
        answer.then((value) => { one.result = { answer: value } }, (error: unknown) => { one.result = { error } })
      } else one.result = { answer }
    } catch (error) {
      one.result = { error }
    }
    return one
  } // biome-ignore format: more readable

  function settle({ id, result, points }: Asked, mutation: Mutation, course: Course): TwinReading {
    const isLost = course.points.count - points >= LONGEST_WAIT
    if (result === null && !isLost) return { kind: 'waiting' }
    asked = null
    const effect =
      result === null
        ? `it has not answered for ${LONGEST_WAIT} points`
        : 'error' in result
          ? messageOf(result.error)
          : compareTwin(mutation, result.answer, course)
    if (typeof effect !== 'string') return { kind: 'effect', effect }
    failed = { id, problem: effect }
    return { kind: 'problem', problem: effect }
  }

  return {
    read(mutation, request, course) {
      const { id } = mutation
      if (failed?.id === id) return { kind: 'problem', problem: failed.problem }
      if (asked?.id !== id) asked = ask(id, course.points.count, request)
      return settle(asked, mutation, course)
    },
  }
}
