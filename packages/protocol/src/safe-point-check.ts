import { isObject } from './json.ts'
import type { Env } from './module.ts'
import { describeShape } from './option-check.ts'

/** Checks the arguments that a training loop passes to its safe points. */
export interface SafePointCheck {
  /** Whether the arguments are valid. They nearly always are, so this check costs only a few nanoseconds. */
  isRight(env: unknown, events: unknown): boolean
  /** Returns corrected arguments to use instead of invalid ones. */
  corrected(env: unknown, events: unknown): readonly [Env, readonly string[] | undefined]
}

/**
 * Creates the check. A step must be a whole number >= 0, and events must be a list of names.
 *
 * An invalid call fails at the first safe point, when nothing has been trained yet. Later, an error would abort the
 * training run, so the problem is only logged, once. A call without a step then counts as another call in the last
 * step, and a single string counts as one event.
 *
 * @param fail Throws an error with this one-sentence message.
 * @param note Receives the problem as one sentence.
 */
export function createSafePointCheck(
  fail: (problem: string) => never,
  note: (message: string) => void,
): SafePointCheck {
  let step: number | null = null
  const noted = new Set<string>()

  function complain(problem: string, instead: string): void {
    if (step === null) fail(problem)
    if (noted.has(instead)) return
    noted.add(instead)
    note(`${problem}; ${instead}`)
  }

  function placeOf(env: unknown): Env {
    if (isEnv(env)) return env
    complain(stepProblem(env, 'apply', 'just trained'), 'such a call counts as another call in the previous step')
    return withStep(env, step ?? 0)
  }

  function namesOf(events: unknown): readonly string[] | undefined {
    if (isNames(events)) return events
    const hint = isText(events) ? `: write \`[${JSON.stringify(events)}]\`` : ''
    complain(
      `the events of \`apply\` must be a list of names, got ${describeShape(events)}${hint}`,
      'text counts as one event, and anything that is not text is left out',
    )
    if (isText(events)) return [events]
    return Array.isArray(events) ? events.filter(isText) : []
  }

  return {
    isRight(env, events) {
      if (!isEnv(env) || !isNames(events)) return false
      step = env.step
      return true
    },
    corrected(env, events) {
      const place = placeOf(env)
      const names = namesOf(events)
      step = place.step
      return [place, names]
    },
  }
}

/**
 * Returns the problem with the env in a call that needs a step; null if there is none.
 *
 * @param which The step that the call needs: `just trained` or `to train next`.
 */
export function envProblem(env: unknown, call: string, which: string): string | null {
  return isEnv(env) ? null : stepProblem(env, call, which)
}

function stepProblem(env: unknown, call: string, which: string): string {
  const step: unknown = isObject(env) ? env['step'] : undefined
  if (step !== undefined) return `the step of \`${call}\` must be a whole number >= 0, got ${describeShape(step)}`
  const got = isObject(env) ? 'an object without `step`' : describeShape(env)
  return `\`${call}\` must be given the step ${which}, such as \`${call}({ step: 0 })\`, got ${got}`
}

/** Copies an env with a different step, without calling its getters. */
function withStep(env: unknown, step: number): Env {
  const given = isObject(env) ? Object.getOwnPropertyDescriptors(env) : {}
  return Object.defineProperties({ step }, { ...given, step: { value: step, enumerable: true } })
}

function isEnv(env: unknown): env is Env {
  const step: unknown = typeof env === 'object' && env !== null && 'step' in env ? env.step : undefined
  return typeof step === 'number' && step >= 0 && Number.isSafeInteger(step)
}

function isNames(events: unknown): events is readonly string[] | undefined {
  if (events === undefined) return true
  if (!Array.isArray(events)) return false
  for (let i = 0; i < events.length; i++) if (typeof events[i] !== 'string') return false
  return true
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
