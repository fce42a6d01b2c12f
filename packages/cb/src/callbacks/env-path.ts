import { type Env, isNamePattern, selectNames } from '@hotcb/protocol'

/**
 * Returns the metric with this name, or else the value at this dotted path in env; undefined if there is neither.
 *
 * A metric takes precedence over a key of env with the same name. `loss` finds `env.metrics.loss`, or else `env.loss`, or else
 * `env.metrics.train_loss`. `val/loss` finds `env.metrics['val/loss']`, and `weights.fc.1.bias` finds `env.weights['fc.1.bias']`.
 */
export function readPath(env: Env, path: string): unknown {
  const value = metricOf(env, path) ?? lookUp(env, path)
  if (value !== undefined) return value
  return path === 'loss' ? metricOf(env, 'train_loss') : undefined
}

/**
 * Like {@link readPath}, but a path into env takes precedence. Use it for values that are not numbers, such as all gradients.
 */
export function readEnvFirst(env: Env, path: string): unknown {
  return lookUp(env, path) ?? metricOf(env, path)
}

// Names, such as layer names, may contain dots: `weights.encoder.4.bias`.
function lookUp(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  const whole: unknown = Reflect.get(value, path)
  if (whole !== undefined) return whole
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const found = lookUp(Reflect.get(value, path.slice(0, dot)), path.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/** Expands a selection to names: a pattern is replaced with the metrics that it selects, and a name is kept. */
export function namesIn(env: Env, selected: readonly string[]): readonly string[] {
  const all = Object.keys(env.metrics ?? {})
  const found = selected.flatMap((one) => {
    const read = isNamePattern(one) ? selectNames('scalars', [one]) : undefined
    return read?.ok === true ? all.filter(read.value) : [one]
  })
  return [...new Set(found)]
}

/**
 * Returns numbers keyed by name: those selected by `names`, which may contain patterns, or all metrics if no names are given. Other
 * values are left out.
 *
 * @param own Columns that the writer fills itself. Such a name can only refer to a metric, never to a field of env.
 */
export function readScalars(env: Env, names: readonly string[], own: readonly string[] = []): Map<string, number> {
  const scalars = new Map<string, number>()
  const isNamed = names.length > 0
  for (const name of isNamed ? namesIn(env, names) : Object.keys(env.metrics ?? {})) {
    const isMetric = !isNamed || own.includes(name)
    const number = toNumber(isMetric ? metricOf(env, name) : readPath(env, name))
    if (number !== undefined) scalars.set(name, number)
  }
  return scalars
}

function metricOf({ metrics }: Env, name: string): unknown {
  return metrics?.[name]
}

/** Converts a number, a switch (0 or 1), or a tensor with `item()` and a single value. */
function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'object' || value === null || !('item' in value) || typeof value.item !== 'function')
    return undefined
  const item: unknown = value.item()
  return typeof item === 'number' ? item : undefined
}
