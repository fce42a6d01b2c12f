/** The speed of a run, from its steps and their times. */
export interface Pace {
  see(now: number, step: number): void
  /** Resets everything, because the time of a pause or a restart does not show the speed. */
  reset(): void
  /** Seconds per step over the last half minute and over the last five minutes; null until there are enough steps. */
  now(): { readonly recent: number; readonly usual: number } | null
}

const RECENT_SECONDS = 30
const USUAL_SECONDS = 300
const APART_SECONDS = 1

interface Sample {
  readonly now: number
  readonly step: number
}

export function createPace(): Pace {
  let samples: Sample[] = []
  const over = (seconds: number): number | null => {
    const last = samples.at(-1)
    const first = samples.findLast(({ now }) => last !== undefined && now <= last.now - seconds)
    if (last === undefined || first === undefined || last.step <= first.step) return null
    return (last.now - first.now) / (last.step - first.step)
  }
  return {
    see(now, step) {
      const last = samples.at(-1)
      if (last !== undefined && step < last.step) samples = []
      if (last !== undefined && now - last.now < APART_SECONDS) return
      samples = [...samples.filter((one) => one.now >= now - USUAL_SECONDS - 2 * APART_SECONDS), { now, step }]
    },
    reset() {
      samples = []
    },
    now() {
      const [recent, usual] = [over(RECENT_SECONDS), over(USUAL_SECONDS)]
      return recent === null || usual === null ? null : { recent, usual }
    },
  }
}
