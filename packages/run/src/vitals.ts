import { isObject } from '@hotcb/protocol'

/** The parts of a state document that show whether its kernel is alive. */
export interface Vitals {
  readonly protocol: number | undefined
  readonly pid: number | null
  readonly host: string | null
  readonly start: string | null
  readonly closed: boolean
  readonly stepSeconds: number | null
}

/**
 * Reads these parts from a document that need not be valid as a whole, because the document of a newer kernel also
 * counts as a heartbeat.
 *
 * @returns undefined if it is not a state document at all.
 */
export function readVitals(value: unknown): Vitals | undefined {
  if (!isObject(value) || !isObject(value['kernel'])) return undefined
  const { protocol, closed, step_seconds: stepSeconds } = value
  const { pid, host, start } = value['kernel']
  return {
    protocol: typeof protocol === 'number' ? protocol : undefined,
    pid: typeof pid === 'number' ? pid : null,
    host: typeof host === 'string' ? host : null,
    start: typeof start === 'string' ? start : null,
    closed: closed === true,
    stepSeconds: typeof stepSeconds === 'number' && Number.isFinite(stepSeconds) ? stepSeconds : null,
  }
}

/** Returns the maximum time in milliseconds for which a live trainer may leave its state document unchanged. */
export function silenceLimitMs({ stepSeconds }: Vitals): number {
  return Math.max(5, 3 * (stepSeconds ?? 0)) * 1000
}
