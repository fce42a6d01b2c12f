import type { CallbackEnv, HotCallback } from '../callback.ts'
import { readPath } from './env-path.ts'
import { createParams, every, isTime, limit, names, toggle, word } from './params.ts'
import { readTensor, type TensorValues } from './tensor.ts'

/** What a guard does when it detects an anomaly. */
export type GuardAction = 'log' | 'checkpoint' | 'pause' | 'stop'

/** The parameters of {@link anomalyGuard}. All of them can be changed while it is running. */
export interface AnomalyGuardOptions {
  /** Steps between checks; 0: never. @defaultValue 1 */
  readonly every?: number
  /** Metric names, or dotted paths into env. A path that has never had a value is logged once. @defaultValue ['loss'] */
  readonly paths?: readonly string[]
  /**
   * The magnitude above which even a finite number is an anomaly; null if any finite number is valid. @defaultValue null
   */
  readonly max_abs?: number | null
  /**
   * `checkpoint` saves a checkpoint, `pause` waits for a person, and `stop` ends the run. All of them also log.
   * @defaultValue 'log'
   */
  readonly action?: GuardAction
  /** Whether to also throw, so that the guard is disabled and the ledger records why. @defaultValue false */
  readonly raise_on_trigger?: boolean
  /** Whether the guard requests its own `disable` after the first anomaly. @defaultValue false */
  readonly disable_after_trigger?: boolean
}

/**
 * Watches for NaN, infinities and numbers that are too large, and acts through the ledger.
 *
 * It acts when the value at a path becomes wrong, and acts again only after the path has had a valid value. A step
 * without a value does not count as valid: a loss that was NaN and is then missing is still wrong.
 */
export function anomalyGuard(init: AnomalyGuardOptions & { readonly id: string }): HotCallback {
  const specs = {
    every: every(1),
    paths: names(['loss']),
    max_abs: limit(null),
    action: word<GuardAction>('log', ['log', 'checkpoint', 'pause', 'stop']),
    raise_on_trigger: toggle(false),
    disable_after_trigger: toggle(false),
  }
  const params = createParams(specs, { ...init })
  const { values } = params
  let wrong = new Set<string>()
  const seen = new Set<string>()
  const missed = new Set<string>()

  function act(env: CallbackEnv, what: string): void {
    env.log(`anomaly at step ${env.step}: ${what}; action: ${values.action}`)
    const note = `guard ${init.id}: ${what}`
    const { action } = values
    if (action === 'checkpoint') env.submit({ module: 'core', op: 'checkpoint', params: { action: 'save' }, note })
    if (action === 'pause' || action === 'stop') env.submit({ module: 'core', op: action, note })
    if (values.disable_after_trigger) env.submit({ module: 'cb', op: 'disable', id: init.id, note })
    if (values.raise_on_trigger) throw new RangeError(what)
  }

  // A path that has never had a value is reported, because a guard for a misspelt name would silently watch nothing.
  function miss(env: CallbackEnv, path: string): void {
    if (seen.has(path) || missed.has(path)) return
    missed.add(path)
    const metrics = Object.keys(env.metrics ?? {})
    env.log(`nothing to guard at \`${path}\` so far; the metrics are ${metrics.join(', ') || 'none'}`)
  }

  // Returns the problem at a path; null if the value is valid, undefined if there is no value.
  function look(env: CallbackEnv, path: string): string | null | undefined {
    const tensor = readTensor(readPath(env, path))
    if (tensor === undefined) miss(env, path)
    else seen.add(path)
    return tensor === undefined || tensor.values.length === 0 ? undefined : troubleOf(tensor, values.max_abs)
  }

  return {
    id: init.id,
    setParams: params.set,
    getParams: params.get,
    handle(_event, env) {
      if (!isTime(env.step, values.every)) return
      const before = wrong
      wrong = new Set()
      const struck = values.paths.flatMap((path) => {
        const trouble = look(env, path)
        // A path whose last value was wrong and that now has no value is still wrong.
        if (trouble === null || (trouble === undefined && !before.has(path))) return []
        wrong.add(path)
        return before.has(path) ? [] : [`\`${path}\` ${trouble}`]
      })
      if (struck.length > 0) act(env, struck.join(', '))
    },
    snapshot: () => [...wrong],
    restore(snapshot) {
      if (Array.isArray(snapshot)) wrong = new Set(snapshot.map(String))
    },
  }
}

function troubleOf({ values }: TensorValues, maxAbs: number | null): string | null {
  for (let i = 0; i < values.length; i++) {
    const number = values[i] ?? 0
    if (!Number.isFinite(number)) return values.length === 1 ? `is ${number}` : `contains ${number}`
    if (maxAbs !== null && Math.abs(number) > maxAbs) return `is ${number}, over max_abs ${maxAbs}`
  }
  return null
}
