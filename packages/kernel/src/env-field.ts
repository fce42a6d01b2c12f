import type { Env } from '@hotcb/protocol'

/** A field of the env; null where reading it throws. The env is the trainer's, and a field may be a getter. */
export function envField(env: Env, key: 'epoch' | 'phase' | 'maxSteps' | 'metrics'): unknown {
  try {
    return env[key] ?? null
  } catch {
    return null
  }
}

/** The metrics of the env; undefined where there are none. */
export function envMetrics(env: Env): Readonly<Record<string, unknown>> | undefined {
  const metrics = envField(env, 'metrics')
  // Any object can be asked for a key.
  return typeof metrics === 'object' && metrics !== null ? (metrics as Record<string, unknown>) : undefined
}
