import { type Env, isNamePattern, selectNames } from '@hotcb/protocol'

/**
 * The metric of this name, otherwise the value at this dotted path in env; undefined if there is neither.
 *
 * A metric is never hidden by a key of env that has its name. `loss` finds `env.metrics.loss`, otherwise `env.loss`, else
 * `env.metrics.train_loss`; `val/loss` finds `env.metrics['val/loss']`; `weights.fc.1.bias` finds
 * `env.weights['fc.1.bias']`.
 */
export function readPath(env: Env, path: string): unknown {
  const value = metricOf(env, path) ?? lookUp(env, path)
  if (value !== undefined) return value
  return path === 'loss' ? metricOf(env, 'train_loss') : undefined
}

/** The same, but a path into env wins: for values that are not numbers, such as all gradients. */
export function readEnvFirst(env: Env, path: string): unknown {
  return lookUp(env, path) ?? metricOf(env, path)
}

// Names may contain dots, as those of layers do: `weights.encoder.4.bias`.
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

/** The names that `selected` means in this env: a pattern expands to the metrics that it selects, a name to itself. */
export function namesIn(env: Env, selected: readonly string[]): readonly string[] {
  const all = Object.keys(env.metrics ?? {})
  const found = selected.flatMap((one) => {
    const read = isNamePattern(one) ? selectNames('scalars', [one]) : undefined
    return read?.ok === true ? all.filter(read.value) : [one]
  })
  return [...new Set(found)]
}

/**
 * Numbers by name: of `names`, which may contain patterns, or of all metrics if no names are given. Other values are
 * left out.
 *
 * @param own Columns that the writer fills itself: such a name means only a metric, never a field of env.
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

/** A number, a switch as 0 or 1, or the single value of a tensor with `item()`. */
function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'object' || value === null || !('item' in value) || typeof value.item !== 'function')
    return undefined
  const item: unknown = value.item()
  return typeof item === 'number' ? item : undefined
}
