import type { Env } from '@hotcb/protocol'

/**
 * What stands in env at a dotted path, else among `env.metrics` under that very name; undefined when there is nothing.
 *
 * `loss` finds `env.loss`, else `env.metrics.loss`, else `env.metrics.train_loss`; `val/loss` finds
 * `env.metrics['val/loss']`; `weights.fc.1.bias` finds `env.weights['fc.1.bias']`.
 */
export function readPath(env: Env, path: string): unknown {
  const value = lookUp(env, path)
  if (value !== undefined) return value
  return env.metrics?.[path] ?? (path === 'loss' ? env.metrics?.['train_loss'] : undefined)
}

// Names may hold dots themselves, as those of layers do: `weights.encoder.4.bias`.
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

/** Numbers by name: of `names`, or of all metrics where none are named. What is no number is left out. */
export function readScalars(env: Env, names: readonly string[]): Record<string, number> {
  const scalars: Record<string, number> = {}
  for (const name of names.length > 0 ? names : Object.keys(env.metrics ?? {})) {
    const value = names.length > 0 ? readPath(env, name) : env.metrics?.[name]
    const number = toNumber(value)
    if (number !== undefined) scalars[name] = number
  }
  return scalars
}

/** A number, a switch as 0 or 1, or the one value of a tensor that offers `item()`. */
function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'object' || value === null || !('item' in value) || typeof value.item !== 'function')
    return undefined
  const item: unknown = value.item()
  return typeof item === 'number' ? item : undefined
}
