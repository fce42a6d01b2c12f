import type { ActionRecord } from '../types.ts'
import { AI_RULE_ID } from './ai-rule.ts'

/** When a model was last queried, and what has happened since. */
export interface CallClock {
  readonly step: number
  readonly nowMs: number
  readonly lastStep: number | null
  readonly lastMs: number
  /** The step at which the model asked to be queried again; null if it named none. */
  readonly nextCheck: number | null
  /** Conditions that became true since the last query. */
  readonly alerts: number
  readonly cadence: number
}

const FIRST_STEP = 20
const LEAST_STEPS = 10
const ALERT_MS = 20_000
const CADENCE_MS = 30_000

/** Returns why a model should be queried now; null if it should not be. */
export function whyNow(clock: CallClock): 'first' | 'condition' | 'asked' | 'cadence' | null {
  const { step, nowMs, lastStep, lastMs, nextCheck, alerts, cadence } = clock
  if (lastStep === null) return step >= FIRST_STEP || alerts > 0 ? 'first' : null
  // After a rewind, the model is queried again.
  const steps = step < lastStep ? cadence : step - lastStep
  const waitedMs = nowMs - lastMs
  if (steps < LEAST_STEPS || waitedMs < ALERT_MS) return null
  if (alerts > 0) return 'condition'
  if (nextCheck !== null && step >= nextCheck) return 'asked'
  return steps >= cadence && waitedMs >= CADENCE_MS ? 'cadence' : null
}

const FIRST_WAIT_MS = 20_000
const MOST_WAIT_MS = 600_000

/** Returns the time to wait after this many consecutive failures, in milliseconds. */
export function waitAfter(failures: number, retryAfterMs: number | null): number {
  const doubled = FIRST_WAIT_MS * 2 ** Math.min(10, Math.max(0, failures - 1))
  return Math.min(MOST_WAIT_MS, Math.max(doubled, retryAfterMs ?? 0))
}

/** The number of consecutive failures after which the autopilot uses only its rules. */
export const MOST_FAILURES = 3

const HARM_CADENCES = 10
const MOST_HARM = 4

/**
 * Returns how far a model is trusted, based on the effects of its changes. `ask`: its changes are only proposed for a while. `rules`: the
 * autopilot uses only its rules for the rest of the run.
 */
export function trustIn(actions: readonly ActionRecord[], step: number, cadence: number): 'act' | 'ask' | 'rules' {
  const measured = actions.filter(
    ({ rule, outcome }) => rule === AI_RULE_ID && outcome !== null && outcome !== 'refused',
  )
  const worse = measured.filter(({ outcome }) => outcome === 'worse')
  if (worse.length >= MOST_HARM) return 'rules'
  const recent = measured.slice(-3).filter(({ outcome }) => outcome === 'worse')
  const last = recent.at(-1)?.step ?? null
  return recent.length >= 2 && last !== null && step - last < HARM_CADENCES * cadence ? 'ask' : 'act'
}
