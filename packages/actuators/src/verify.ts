import { type Json, sameJson } from '@hotcb/protocol'
import { read } from './access.ts'
import type { Actuator } from './actuator.ts'

/**
 * Whether the trainer actually uses the values, according to the control's metric if there is one, otherwise according
 * to its getter. Numbers may differ by a relative 1e-6, since trainers may use 32 bits.
 */
export function isWritten(
  actuator: Actuator,
  values: readonly Json[],
  metrics: Readonly<Record<string, unknown>> | undefined,
): boolean {
  const reported = actuator.metric === undefined ? undefined : metrics?.[actuator.metric]
  if (typeof reported === 'number' && typeof values[0] === 'number') return isNear(reported, values[0])
  const actual = read(actuator)
  if (actual === undefined) return false
  return values.every((value, i) => sameJson(value, actual[i] ?? null, isNear))
}

/** Whether two numbers are within a relative distance of each other. An infinity is only close to itself. */
export function isClose(a: number, b: number, relative: number): boolean {
  const distance = Math.abs(a - b)
  return a === b || (distance < Number.POSITIVE_INFINITY && distance <= relative * Math.max(Math.abs(a), Math.abs(b)))
}

/** {@link isClose} with a relative distance of 1e-6, for {@link sameJson}, since trainers may use 32 bits. */
export function isNear(a: number, b: number): boolean {
  return isClose(a, b, 1e-6)
}
