import type { EngineInput } from '../types.ts'

/** Measures how fast records arrive, on a monotonic clock. */
export interface Pace {
  take(step: number, nowMs: number): void
  /** Returns the pace; undefined until there are two marks. */
  at(nowMs: number, stepSeconds: number | null): NonNullable<EngineInput['pace']> | undefined
}

const RECENT_MS = 30_000
const USUAL_MS = 300_000
const EVERY_MS = 1000

/** Creates a pace meter that keeps one mark per second for five minutes. */
export function createPace(): Pace {
  const marks: { readonly ms: number; readonly step: number }[] = []
  let last: { readonly ms: number; readonly step: number } | undefined
  return {
    take(step, ms) {
      // If the step goes back, the count starts over.
      if (last !== undefined && step < last.step) marks.length = 0
      last = { ms, step }
      const newest = marks.at(-1)
      if (newest === undefined || ms - newest.ms >= EVERY_MS) marks.push(last)
      while (marks[0] !== undefined && ms - marks[0].ms > USUAL_MS) marks.shift()
    },
    at(nowMs, stepSeconds) {
      if (last === undefined) return undefined
      const usual = secondsPerStep(marks[0], last) ?? stepSeconds
      if (usual === null) return undefined
      const { ms } = last
      const recent =
        secondsPerStep(
          marks.find((mark) => ms - mark.ms <= RECENT_MS),
          last,
        ) ?? usual
      return { recent, usual, quiet: (nowMs - ms) / 1000 }
    },
  }
}

interface Mark {
  readonly ms: number
  readonly step: number
}

function secondsPerStep(from: Mark | undefined, to: Mark): number | undefined {
  if (from === undefined || to.step <= from.step) return undefined
  return (to.ms - from.ms) / 1000 / (to.step - from.step)
}
