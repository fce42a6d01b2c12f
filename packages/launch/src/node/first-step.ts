import { statSync } from 'node:fs'
import type { Run } from '@hotcb/run/node'

/** Watches a training run's steps from outside. */
export interface StepWatch {
  /** The next step to train according to the state document; null if unknown. */
  readonly step: number | null
  /** Whether a step has been trained since this watch began. */
  readonly hasBegun: boolean
  /** Seconds since the last sign of a step; 0 before the first and while the run is paused. */
  readonly silentSeconds: number
  /** The longest silence that is still normal, in seconds. */
  readonly limitSeconds: number
  look(nowMs: number): void
}

const LEAST_LIMIT_SECONDS = 60
const LIMIT_STEPS = 20

/**
 * Creates the watch. It recognizes a step by new metrics, or by the state document of a kernel that was opened after
 * the watch began.
 */
export function watchSteps(run: Run): StepWatch {
  const metricsBefore = sizeOf(run)
  const attemptBefore = run.readState().state?.kernel.attempt ?? 0
  let firstStep: number | null = null
  let step: number | null = null
  let hasBegun = false
  let limitSeconds = LEAST_LIMIT_SECONDS
  let sign = ''
  let signMs = Number.NaN
  let silentSeconds = 0
  return {
    get step() {
      return step
    },
    get hasBegun() {
      return hasBegun
    },
    get silentSeconds() {
      return silentSeconds
    },
    get limitSeconds() {
      return limitSeconds
    },
    look(nowMs) {
      const { state } = run.readState()
      const isNew = state !== undefined && state.kernel.attempt > attemptBefore
      const size = sizeOf(run)
      step = state?.step ?? null
      if (isNew) firstStep ??= step
      hasBegun ||= size !== metricsBefore || (isNew && step !== firstStep)
      limitSeconds = Math.max(LEAST_LIMIT_SECONDS, LIMIT_STEPS * (state?.step_seconds ?? 0))
      const now = `${step} ${size}`
      if (now !== sign || state?.paused === true || !hasBegun) signMs = nowMs
      sign = now
      silentSeconds = (nowMs - signMs) / 1000
    },
  }
}

function sizeOf(run: Run): number {
  return statSync(run.path('metrics'), { throwIfNoEntry: false })?.size ?? 0
}
