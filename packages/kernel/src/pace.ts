/** Measures the duration of a training step. */
export interface Pace {
  /** The smoothed duration of a step in seconds; null until there are two measurements. */
  readonly stepSeconds: number | null
  /** Records the current step of the loop, with the time in running milliseconds. */
  measure(step: number, now: number): void
}

export function createPace(): Pace {
  let stepSeconds: number | null = null
  let before: { readonly step: number; readonly now: number } | null = null
  return {
    get stepSeconds() {
      return stepSeconds
    },
    measure(step, now) {
      if (before !== null && step > before.step) {
        const seconds = (now - before.now) / 1000 / (step - before.step)
        stepSeconds = stepSeconds === null ? seconds : 0.8 * stepSeconds + 0.2 * seconds
      }
      before = { step, now }
    },
  }
}
