import type { Env } from '@hotcb/protocol'

/** Returns a field of the env; null if reading it throws, because the trainer may use getters. */
export function envField(env: Env, key: 'epoch' | 'phase'): unknown {
  try {
    return env[key] ?? null
  } catch {
    return null
  }
}

/** The metrics of the env; undefined if there are none. */
export function envMetrics(env: Env): Readonly<Record<string, unknown>> | undefined {
  try {
    const metrics: unknown = env.metrics
    // Any object can be indexed by a key.
    return typeof metrics === 'object' && metrics !== null ? (metrics as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/**
 * The run's number of steps; null if the env does not contain it. Called at every safe point, so it avoids a look-up
 * by a variable key.
 */
export function envTotal(env: Env): number | null {
  try {
    const total: unknown = env.maxSteps
    return typeof total === 'number' ? total : null
  } catch {
    return null
  }
}
