/** When the model is asked. Pure: steps and times come from outside. */
export interface Schedule {
  /** A condition became true. */
  alert(): void
  isDue(step: number, nowMs: number): boolean
  asked(step: number, nowMs: number): void
  /** A valid answer: it says when it wants to be asked again. */
  answered(step: number, nextSteps: number): void
  /** No answer: the wait doubles; after three in a row rules decide, and it is tried every ten minutes. */
  failed(nowMs: number, retryAfterMs: number | null): void
  /** Nothing is asked before this time, in milliseconds. */
  readonly notBeforeMs: number
  readonly isAway: boolean
}

const FIRST_STEP = 20
const LEAST_STEPS = 10
const LEAST_MS = 20_000
const FIRST_WAIT_MS = 20_000
const MOST_WAIT_MS = 600_000
const MOST_FAILURES = 3

export function createSchedule(cadence: number): Schedule {
  let lastStep: number | null = null
  let lastMs = Number.NEGATIVE_INFINITY
  let nextStep = FIRST_STEP
  let hasAlert = false
  let failures = 0
  let notBeforeMs = Number.NEGATIVE_INFINITY
  return {
    alert() {
      hasAlert = true
    },
    isDue(step, nowMs) {
      if (nowMs < notBeforeMs || nowMs - lastMs < LEAST_MS || step < FIRST_STEP) return false
      // A rewound run begins to count again.
      if (lastStep !== null && step < lastStep) nextStep = Math.min(nextStep, step + cadence)
      if (hasAlert && (lastStep === null || Math.abs(step - lastStep) >= LEAST_STEPS)) return true
      return step >= nextStep
    },
    asked(step, nowMs) {
      lastStep = step
      lastMs = nowMs
      hasAlert = false
      nextStep = step + cadence
    },
    answered(step, nextSteps) {
      failures = 0
      notBeforeMs = Number.NEGATIVE_INFINITY
      nextStep = step + Math.min(nextSteps, Math.max(cadence * 4, 10))
    },
    failed(nowMs, retryAfterMs) {
      failures++
      const wait =
        failures >= MOST_FAILURES ? MOST_WAIT_MS : Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1))
      notBeforeMs = nowMs + Math.max(wait, Math.min(retryAfterMs ?? 0, MOST_WAIT_MS))
    },
    get notBeforeMs() {
      return notBeforeMs
    },
    get isAway() {
      return failures >= MOST_FAILURES
    },
  }
}
